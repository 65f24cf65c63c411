"""PostgreSQL believes that tables are empty which are not: a campaign must not read each row for each of its messages.

What is read is counted by PostgreSQL itself; a join that compares each with each would read a hundred times as much.
"""

import pytest
from django.db import connection

from campaigns.services.control import launch_campaign
from campaigns.services.enrolment import enrol_next_slice
from messaging.models import Message
from messaging.services.claims import Claim, Work, claim, extend
from messaging.services.outcomes import Recorded, record
from messaging.services.repair import expire_leases
from messaging.vocabulary import State
from projects.table_estimates import correct_estimates
from tests.campaigns.scene import make_campaign
from users.models import Address, OmnichannelUser

pytestmark = pytest.mark.django_db

PEOPLE = 500
FEW_EACH = 40 * PEOPLE
TABLES = ["messaging_message", "users_address", "users_omnichanneluser", "users_segmentmember"]


def believe(*, rows: int) -> None:
    """What autovacuum leaves that comes by when nearly all rows of 200 pages are gone: so many are left."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_class SET relpages = 200, reltuples = %s WHERE oid = ANY(%s::regclass[])", [rows, TABLES]
        )
        assert cursor.rowcount == len(TABLES)


def rows_read() -> int:
    """How many rows of the tables this test's transaction has read so far."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_xact_user_tables WHERE relname = ANY(%s)", [TABLES]
        )
        return int(cursor.fetchone()[0])


def enrolled() -> Work:
    campaign = make_campaign(PEOPLE)
    launch_campaign(campaign)
    believe(rows=0)
    assert enrol_next_slice(campaign.pk) is False
    assert campaign.sender_id
    return Work(campaign.sender_id, campaign.pk)


def claim_all(work: Work) -> Claim:
    claimed = claim(work, limit=PEOPLE)
    assert len(claimed.messages) == PEOPLE
    return claimed


def test_a_campaign_reads_a_few_rows_a_message() -> None:
    work = enrolled()
    claimed = claim_all(work)
    extend(claimed.lease)
    record(claimed.lease, [Recorded(each.id, each.address_id, State.SENT) for each in claimed.messages])
    assert 0 < rows_read() < FEW_EACH
    assert Message.objects.filter(state="sent").count() == PEOPLE


def test_leases_end_with_a_few_rows_read_a_message() -> None:
    claim_all(enrolled())
    Message.objects.update(lease_until="2020-01-01T00:00:00Z")
    assert expire_leases() == {"in_doubt": PEOPLE}
    assert 0 < rows_read() < FEW_EACH


def test_extending_a_lease_reads_a_few_rows_a_message_whatever_is_believed() -> None:
    claimed = claim_all(enrolled())
    before = rows_read()
    believe(rows=0)
    extend(claimed.lease)
    assert 0 < rows_read() - before < FEW_EACH


def test_a_table_that_is_believed_empty_is_counted_anew() -> None:
    make_campaign(people=3)
    believe(rows=199)
    assert correct_estimates(OmnichannelUser, Address) == ["users_address", "users_omnichanneluser"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'users_address'::regclass")
        assert cursor.fetchone() == (3,)


def test_a_table_that_is_known_to_hold_rows_is_left_alone() -> None:
    believe(rows=200)
    assert correct_estimates(OmnichannelUser, Address) == []
