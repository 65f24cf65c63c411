import pytest

from messaging.models import Mailing, Message
from messaging.selectors import Counters, counters_of
from messaging.services.enrolment import Slice, enrol_slice
from messaging.services.mailings import set_mix
from messaging.services.statistics import check_statistics
from projects.errors import InvalidInput
from tests.messaging.scene import Scene, push_text
from users.models import Address, OmnichannelUser

pytestmark = pytest.mark.django_db


def enrol(scene: Scene, mailing: Mailing, *, after: int = 0, limit: int = 100) -> Slice:
    users = OmnichannelUser.objects.filter(project=scene.project)
    return enrol_slice(mailing, users=users, after=after, limit=limit)


def states(mailing: Mailing) -> list[tuple[str, str]]:
    return list(Message.objects.filter(mailing=mailing).order_by("user_id", "id").values_list("state", "reason"))


def test_everybody_gets_one_queued_message() -> None:
    scene = Scene(people=3)
    done = enrol(scene, scene.push)
    assert (done.users, done.enrolled, done.is_last) == (3, 3, True)
    assert states(scene.push) == [("queued", "")] * 3


def test_slices_go_on_behind_the_cursor_and_end() -> None:
    scene = Scene(people=5)
    first = enrol(scene, scene.push, limit=2)
    second = enrol(scene, scene.push, after=first.last_user_id, limit=2)
    last = enrol(scene, scene.push, after=second.last_user_id, limit=2)
    assert [(part.enrolled, part.is_last) for part in (first, second, last)] == [(2, False), (2, False), (1, True)]


def test_a_slice_that_is_repeated_enrols_nobody_twice() -> None:
    scene = Scene(people=3)
    enrol(scene, scene.push)
    assert enrol(scene, scene.push).enrolled == 0
    assert counters_of([scene.push.pk]) == {scene.push.pk: Counters(audience=3)}


def test_every_device_gets_its_own_message() -> None:
    scene = Scene(people=1)
    scene.address(scene.users[0], "push", "second-device", provider="fcm")
    assert enrol(scene, scene.push).enrolled == 2


def test_people_without_an_address_of_the_channel_get_no_row() -> None:
    scene = Scene(people=2)
    Address.objects.filter(user=scene.users[0], kind="phone").delete()
    assert (enrol(scene, scene.sms).users, Message.objects.count()) == (2, 1)


def test_people_who_may_not_be_reached_are_in_the_ledger_as_skipped() -> None:
    scene = Scene(people=2)
    Address.objects.filter(user=scene.users[0], kind="push").update(status="opted_out")
    enrol(scene, scene.push)
    assert states(scene.push) == [("skipped", "The address is opted out."), ("queued", "")]
    assert counters_of([scene.push.pk])[scene.push.pk] == Counters(audience=2, skipped=1)


def test_a_retired_device_beside_an_active_one_leaves_no_row() -> None:
    scene = Scene(people=1)
    old = scene.address(scene.users[0], "push", "old-device", provider="fcm")
    Address.objects.filter(pk=old.pk).update(status="retired")
    enrol(scene, scene.push)
    assert states(scene.push) == [("queued", "")]


def test_a_device_whose_provider_has_no_identifier_is_skipped() -> None:
    scene = Scene(people=1)
    Address.objects.filter(user=scene.users[0], kind="push").update(provider="apns")
    enrol(scene, scene.push)
    assert states(scene.push) == [("skipped", "The project has no identifier for apns.")]


def test_the_mix_is_drawn_by_weight() -> None:
    scene = Scene(people=0)
    OmnichannelUser.objects.bulk_create(
        OmnichannelUser(project=scene.project, client_user_id=f"many-{n}") for n in range(2000)
    )
    users = OmnichannelUser.objects.filter(project=scene.project)
    Address.objects.bulk_create(
        Address(user=user, project=scene.project, kind="push", provider="fcm", value=f"many-{user.pk}")
        for user in users
    )
    rare, common = scene.template("app_push", push_text()), scene.template("app_push", push_text())
    set_mix(scene.push, weights={rare.pk: 1, common.pk: 3})
    enrol(scene, scene.push, limit=5000)
    drawn = Message.objects.filter(mailing=scene.push, version_id=common.current_id).count()
    # 2,000 draws at 3/4: the standard deviation is 19, so this fails once in 10^9 runs.
    assert 1500 - 6.1 * 19.4 < drawn < 1500 + 6.1 * 19.4
    assert check_statistics(scene.push.pk) == []


def test_a_mix_without_an_active_template_enrols_nobody() -> None:
    scene = Scene(people=1)
    scene.push.mix.all().delete()
    with pytest.raises(InvalidInput, match="no active template"):
        enrol(scene, scene.push)
