import pytest

from components.catalog import Backend, Kind
from infra import guard
from tests.unit.guard.test_guard_rules import REFUSED
from tests.unit.guard.world import SECRET, held, store, wants

VANISHES = """\
postgres: this change would delete the volumes that hold its data

  was      in_cluster   volume data-postgres-0 (50 GiB)
  wanted   nothing      ladder:postgres is not set

  Nothing was changed. Put ladder:postgres back. To give the store up with its data:

      ladder remove postgres --stack prod
"""

SEVERAL = """\
mongodb: this change would put it in another place, without its data

  was      ladder-prod   volumes data-mongodb-0, data-mongodb-1, data-mongodb-2 (50 GiB each)
  wanted   other         ladder:namespace

  Nothing was changed. Data does not move along. Set ladder:namespace back to "ladder-prod".

  It would also delete the volumes of members that hold data

  was      3 members   volumes data-mongodb-0, data-mongodb-1, data-mongodb-2 (50 GiB each)
  wanted   1 member    ladder:mongodb.replicas = 1

  This version of Ladder takes no member out. Set ladder:mongodb.replicas back to 3.
"""

TWO_STORES = """\
mongodb: this change would open its files with a server that cannot read them

  was      8.0   volume data-mongodb-0 (50 GiB)
  wanted   7.0   ladder:mongodb.version = "7.0"

  Nothing was changed. Set ladder:mongodb.version to 8.0; any other version wants a dump and
  a new store.

postgres: this change would shrink the volumes that hold its data

  was      50 GiB   volume data-postgres-0 (50 GiB)
  wanted   20 GiB   ladder:postgres.storage_gib = 20

  Nothing was changed. A volume only grows. Set ladder:postgres.storage_gib to 50 or more.
"""

CASES = {
    "a_store_that_vanishes": ([store(Kind.POSTGRES)], [], VANISHES),
    "several_reasons_for_one_store": (
        [store(Kind.MONGODB, replicas=3)],
        [store(Kind.MONGODB, namespace="other")],
        SEVERAL,
    ),
    "two_stores": (
        [store(Kind.MONGODB), store(Kind.POSTGRES)],
        [store(Kind.MONGODB, version="7.0"), store(Kind.POSTGRES, storage_gib=20)],
        TWO_STORES,
    ),
}


def text(was, wanted):
    with pytest.raises(guard.Refused) as error:
        guard.enforce(held(*was), wants(*wanted))
    return str(error.value)


@pytest.mark.parametrize(("was", "wanted", "shown"), CASES.values(), ids=CASES)
def test_a_refusal_reads_like_this(was, wanted, shown):
    assert text(was, wanted) == shown


@pytest.mark.parametrize(("was", "wanted", "_"), REFUSED.values(), ids=REFUSED)
def test_no_refusal_is_wider_than_a_log_or_shows_a_secret(was, wanted, _):
    shown = text([was], [wanted] if wanted else [])
    # `error: ` comes before the first line, four blanks before the others.
    assert max(map(len, shown.splitlines())) <= 93
    assert SECRET not in shown
    assert "hunter2" not in shown


def test_long_names_are_folded_and_stay_readable():
    arn = "arn:aws:eks:eu-central-1:123456789012:cluster/" + "production" * 8
    name = "a-store-with-a-name-of-30-char"
    shown = text([store(Kind.MONGODB, name=name, replicas=3, cluster=arn)], [store(Kind.MONGODB, name=name)])
    assert max(map(len, shown.splitlines())) <= 93
    assert arn in shown.replace("\n", "").replace(" ", "")
    assert all(f"data-{name}-{ordinal}" in shown for ordinal in range(3))


def test_the_uri_of_an_external_store_is_not_shown():
    shown = text([store(Kind.POSTGRES)], [store(Kind.POSTGRES, backend=Backend.EXTERNAL)])
    assert 'ladder:postgres.backend = "external"' in shown
    assert "hunter2" not in shown
