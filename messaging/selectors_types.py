"""The names of a project's types, for apps below that know only their numbers (settings.TYPE_NAMES)."""

from messaging.models import Mailing
from messaging.vocabulary import TESTS_TYPE_ID
from projects.models import Project
from users.segment_catalogue import CHANNEL_KINDS
from users.vocabulary import AddressKind


def names_of_types(project: Project, kind: AddressKind) -> dict[int, tuple[str, str]]:
    """Type ID → (name, category) of the types that are sent to addresses of this kind, by number.

    The type of the panel's tests is left out: nobody who gets one chose it.
    """
    channels = [channel for channel, each in CHANNEL_KINDS.items() if each == kind]
    rows = Mailing.objects.filter(project=project, channel__in=channels, type_id__gt=TESTS_TYPE_ID).order_by("type_id")
    told = rows.values_list("type_id", "name", "category")
    return {type_id: (name, category) for type_id, name, category in told if type_id is not None}
