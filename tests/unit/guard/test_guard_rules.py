import pytest

from components.catalog import Backend, Cloud, Engine, Kind, Role, Stage
from components.store import Phase
from infra import guard, ledger
from tests.unit.guard.world import claims, finished, held, store, wants, written

MONGODB, REDIS, POSTGRES = Kind.MONGODB, Kind.REDIS, Kind.POSTGRES
CACHE = {"role": Role.CACHE}
EXTERNAL = {"backend": Backend.EXTERNAL}
REMOVE = {"phase": Phase.REMOVE}

ALLOWED = {
    "nothing_changes": (store(POSTGRES), store(POSTGRES)),
    "a_volume_grows": (store(POSTGRES), store(POSTGRES, storage_gib=51)),
    "a_member_joins": (store(MONGODB), store(MONGODB, replicas=3)),
    "a_stage_that_means_the_same_backend": (store(POSTGRES), store(POSTGRES, stage=Stage.FUNDED)),
    "a_region_is_named_for_the_first_time": (store(POSTGRES), store(POSTGRES, region="eu-central-1")),
    "an_account_is_named_for_the_first_time": (store(POSTGRES), store(POSTGRES, account="42")),
    "a_newer_version_in_place": (store(MONGODB, version="7.0"), store(MONGODB)),
    "a_newer_redis_version": (store(REDIS, version="8.0"), store(REDIS)),
    "protection_is_lifted": (store(POSTGRES), store(POSTGRES, protect=False)),
    "a_removal_begins": (store(POSTGRES), store(POSTGRES, **REMOVE)),
    "a_removal_is_taken_back": (store(POSTGRES, **REMOVE), store(POSTGRES)),
    "a_removed_store_vanishes": (store(POSTGRES, **REMOVE), None),
    "a_removed_store_is_followed_by_another": (store(POSTGRES, **REMOVE), store(POSTGRES, name="main")),
    "a_cache_vanishes": (store(REDIS, **CACHE), None),
    "a_cache_gets_another_name": (store(REDIS, **CACHE), store(REDIS, name="fast", **CACHE)),
    "a_cache_becomes_a_store": (store(REDIS, **CACHE), store(REDIS)),
    "a_cache_gets_another_engine": (
        store(REDIS, **CACHE),
        store(REDIS, engine=Engine.REDIS, version="7.4", **CACHE),
    ),
    "a_cache_goes_back_a_version": (store(REDIS, **CACHE), store(REDIS, version="8.0", **CACHE)),
    "a_cache_moves": (store(REDIS, **CACHE), store(REDIS, namespace="other", **CACHE)),
    "an_external_store_vanishes": (store(POSTGRES, **EXTERNAL), None),
    "an_external_store_stays": (store(POSTGRES, **EXTERNAL), store(POSTGRES, version="16", **EXTERNAL)),
    "a_name_passes_from_a_cache_to_a_store": (store(REDIS, name="db", **CACHE), store(POSTGRES, name="db")),
}

REFUSED = {
    "it_vanishes": (store(POSTGRES), None, ["ladder:postgres is not set"]),
    "an_unprotected_one_vanishes": (store(POSTGRES, protect=False), None, ["ladder:postgres is not set"]),
    "it_gets_another_name": (store(POSTGRES), store(POSTGRES, name="main"), ['ladder:postgres.name = "main"']),
    "it_goes_to_another_backend": (
        store(POSTGRES),
        store(POSTGRES, **EXTERNAL),
        ['ladder:postgres.backend = "external"'],
    ),
    "it_comes_from_another_backend": (
        store(POSTGRES, **EXTERNAL),
        store(POSTGRES),
        ['ladder:postgres.backend = "in_cluster"'],
    ),
    "a_cache_goes_to_another_backend": (
        store(REDIS, **CACHE),
        store(REDIS, **EXTERNAL),
        ['ladder:redis.backend = "external"'],
    ),
    "another_backend_during_a_removal": (
        store(POSTGRES, **REMOVE),
        store(POSTGRES, **EXTERNAL, **REMOVE),
        ['ladder:postgres.backend = "external"'],
    ),
    "a_smaller_volume_during_a_removal": (
        store(POSTGRES, **REMOVE),
        store(POSTGRES, storage_gib=1, **REMOVE),
        ["ladder:postgres.storage_gib = 1"],
    ),
    "a_store_becomes_a_cache": (store(REDIS), store(REDIS, **CACHE), ['ladder:redis.role = "cache"']),
    "another_cloud": (store(POSTGRES), store(POSTGRES, cloud=Cloud.AWS), ["ladder:cloud"]),
    "another_cluster": (store(POSTGRES), store(POSTGRES, cluster="work"), ["ladder:cluster.identifier"]),
    "another_account": (
        store(POSTGRES, account="42"),
        store(POSTGRES, account="43"),
        ["ladder:cluster.account"],
    ),
    "an_account_is_no_longer_named": (store(POSTGRES, account="42"), store(POSTGRES), ["ladder:cluster.account"]),
    "another_region": (store(POSTGRES, region="a"), store(POSTGRES, region="b"), ["ladder:cluster.region"]),
    "another_namespace": (store(POSTGRES), store(POSTGRES, namespace="other"), ["ladder:namespace"]),
    "another_storage_class": (
        store(POSTGRES),
        store(POSTGRES, storage_class="slow"),
        ["ladder:cluster.storage_class"],
    ),
    "another_engine": (
        store(REDIS),
        store(REDIS, engine=Engine.REDIS, version="8.0"),
        ['ladder:redis.engine = "redis"'],
    ),
    "fewer_members": (store(MONGODB, replicas=3), store(MONGODB, replicas=2), ["ladder:mongodb.replicas = 2"]),
    "a_smaller_volume": (store(POSTGRES), store(POSTGRES, storage_gib=49), ["ladder:postgres.storage_gib = 49"]),
    "an_older_version": (store(MONGODB), store(MONGODB, version="7.0"), ['ladder:mongodb.version = "7.0"']),
    "a_version_that_needs_a_dump": (
        store(POSTGRES, version="16"),
        store(POSTGRES),
        ['ladder:postgres.version = "17"'],
    ),
    "everything_at_once": (
        store(MONGODB, replicas=3),
        store(MONGODB, namespace="other", storage_class="slow", storage_gib=1, version="7.0"),
        [
            "ladder:namespace",
            "ladder:cluster.storage_class",
            "ladder:mongodb.replicas = 1",
            "ladder:mongodb.storage_gib = 1",
            'ladder:mongodb.version = "7.0"',
        ],
    ),
    "its_name_goes_to_a_store_of_another_kind": (
        store(MONGODB, name="db", **REMOVE),
        store(POSTGRES, name="db"),
        ['ladder:postgres.name = "db"'],
    ),
}


def settings_at_fault(state, *stores):
    found = guard.check(ledger.parse(state), wants(*stores))
    return [reason.setting for refusal in found for reason in refusal.reasons]


@pytest.mark.parametrize(("was", "wanted"), ALLOWED.values(), ids=ALLOWED)
def test_a_change_that_loses_nothing_is_allowed(was, wanted):
    assert settings_at_fault(finished(was), *([wanted] if wanted else [])) == []


@pytest.mark.parametrize(("was", "wanted", "faults"), REFUSED.values(), ids=REFUSED)
def test_a_change_that_loses_data_is_refused_worst_first(was, wanted, faults):
    assert settings_at_fault(finished(was), *([wanted] if wanted else [])) == faults


def test_a_new_stack_may_have_anything():
    assert guard.check(held(), wants(store(POSTGRES, **REMOVE), store(REDIS, **CACHE), store(MONGODB))) == []


def test_every_store_at_fault_is_named_once():
    was = [store(POSTGRES), store(REDIS), store(MONGODB)]
    found = guard.check(held(*was), wants(store(REDIS, storage_gib=1, namespace="other")))
    assert [refusal.store for refusal in found] == ["mongodb", "postgres", "redis"]


def test_enforce_raises_with_every_refusal_and_is_silent_without_one():
    was = [store(POSTGRES), store(REDIS)]
    guard.enforce(held(*was), wants(*was))
    with pytest.raises(guard.Refused) as error:
        guard.enforce(held(*was), wants())
    assert [refusal.store for refusal in error.value.refusals] == ["postgres", "redis"]


class TestAfterAnUnfinishedRun:
    def test_claims_of_a_first_run_hold_data(self):
        assert settings_at_fault(claims(store(POSTGRES))) == ["ladder:postgres is not set"]

    def test_a_growth_that_reached_one_claim_binds_all(self):
        reached = claims(store(MONGODB, replicas=2)) | claims(store(MONGODB, storage_gib=80))
        assert settings_at_fault(reached, store(MONGODB, replicas=2, storage_gib=79)) == [
            "ladder:mongodb.storage_gib = 79"
        ]
        assert settings_at_fault(reached, store(MONGODB, replicas=2, storage_gib=80)) == []

    def test_members_that_were_made_count_without_a_record_of_them(self):
        state = finished(store(MONGODB)) | claims(store(MONGODB, replicas=2))
        assert settings_at_fault(state, store(MONGODB)) == ["ladder:mongodb.replicas = 1"]

    @pytest.mark.parametrize("version", ["7.0", "8.0"])
    def test_a_version_change_can_go_on_and_back(self, version):
        state = finished(store(MONGODB, version="7.0")) | claims(store(MONGODB, version="8.0"))
        assert settings_at_fault(state, store(MONGODB, version=version)) == []

    @pytest.mark.parametrize(
        ("version", "allowed"), [("7.2", False), ("7.4", True), ("7.6", False), ("8.0", True), ("8.2", True)]
    )
    def test_a_third_version_must_suit_both(self, version, allowed, monkeypatch):
        for extra in ("7.2", "7.6", "8.2"):
            monkeypatch.setitem(guard.catalog.IMAGES, (Engine.REDIS, extra), guard.catalog.IMAGES[Engine.REDIS, "8.0"])
        old, new = (store(REDIS, engine=Engine.REDIS, version=it) for it in ("7.4", "8.0"))
        state = finished(old) | claims(new)
        wanted = store(REDIS, engine=Engine.REDIS, version=version)
        assert (settings_at_fault(state, wanted) == []) is allowed

    def test_a_cache_that_became_a_store_may_try_again_with_another_engine(self):
        old, new = store(REDIS, **CACHE), store(REDIS, engine=Engine.REDIS, version="7.4")
        assert settings_at_fault(finished(old) | claims(new), new) == []
        assert settings_at_fault(finished(old) | claims(new), old) == [
            'ladder:redis.role = "cache"',
            'ladder:redis.engine = "valkey"',
        ]

    def test_the_version_of_the_cache_that_it_was_binds_nothing(self, monkeypatch):
        monkeypatch.setitem(guard.catalog.IMAGES, (Engine.VALKEY, "8.2"), guard.catalog.IMAGES[Engine.VALKEY, "8.1"])
        state = finished(store(REDIS, version="8.2", **CACHE)) | claims(store(REDIS, version="8.0"))
        assert settings_at_fault(state, store(REDIS, version="8.1")) == []

    def test_a_removal_that_marked_the_claims_only_is_not_complete(self):
        state = finished(store(POSTGRES)) | claims(store(POSTGRES, **REMOVE))
        assert settings_at_fault(state) == ["ladder:postgres is not set"]

    def test_a_removal_that_a_later_run_took_back_is_not_complete(self):
        state = finished(store(POSTGRES, **REMOVE)) | claims(store(POSTGRES))
        assert settings_at_fault(state) == ["ladder:postgres is not set"]

    def test_a_deletion_that_took_the_record_first_can_go_on(self):
        assert settings_at_fault(claims(store(POSTGRES, **REMOVE))) == []

    def test_one_claim_that_is_not_marked_keeps_the_store(self):
        state = claims(store(MONGODB, replicas=2)) | claims(store(MONGODB, **REMOVE))
        assert settings_at_fault(state) == ["ladder:mongodb is not set"]


class TestARecordWithoutClaims:
    def test_it_may_not_start_empty(self):
        assert settings_at_fault(written(store(POSTGRES)), store(POSTGRES)) == ["ladder:postgres"]

    def test_it_may_not_vanish(self):
        assert settings_at_fault(written(store(POSTGRES))) == ["ladder:postgres is not set"]

    def test_it_may_vanish_once_removed(self):
        assert settings_at_fault(written(store(POSTGRES, **REMOVE))) == []

    def test_a_replica_set_fills_a_member_whose_claim_is_gone(self):
        state = finished(store(MONGODB, replicas=3))
        gone = next(urn for urn in state if urn.endswith("data-mongodb-1"))
        del state[gone]
        assert settings_at_fault(state, store(MONGODB, replicas=3)) == []
