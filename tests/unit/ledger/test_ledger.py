import json
from dataclasses import asdict
from decimal import Decimal

import pulumi
import pytest
from pulumi.runtime import Mocks, set_mocks

from components import record
from components.catalog import Backend, Engine, Kind, Role
from components.store import Phase
from infra import ledger
from tests.unit.guard.world import SECRET, claims, finished, store, wants, written

MONGODB, REDIS, POSTGRES = Kind.MONGODB, Kind.REDIS, Kind.POSTGRES
CHAIN = "urn:pulumi:prod::ladder::"


@pytest.mark.parametrize(
    ("quantity", "gib"),
    [
        ("50Gi", 50),
        ("1Ti", 1024),
        ("512Mi", Decimal("0.5")),
        ("1048576Ki", 1),
        ("1073741824", 1),
        ("1G", Decimal(10**9) / 2**30),
        ("1.5Gi", Decimal("1.5")),
        ("1e9", Decimal(10**9) / 2**30),
        ("107374182400m", Decimal("0.1")),
        ("1E", Decimal(10**18) / 2**30),
        ("1Ei", 2**30),
    ],
)
def test_a_quantity_becomes_gib(quantity, gib):
    assert ledger.gib(quantity) == gib


@pytest.mark.parametrize("quantity", ["", "Gi", "50 GB", "5mi"])
def test_what_is_no_quantity_is_an_error(quantity):
    with pytest.raises(ValueError, match=r"Invalid number|suffix"):
        ledger.gib(quantity)


def test_a_new_stack_has_an_empty_ledger():
    assert ledger.parse({}) == ledger.Ledger()


def test_the_fields_are_those_that_a_record_writes():
    (kept,) = ledger.parse(finished(store(POSTGRES, region="r", account="a"))).stores
    assert kept.record is not None
    assert asdict(kept.record) == record.facts(store(POSTGRES, region="r", account="a")) | {"to": None}


def test_claims_and_record_of_a_store_come_together():
    it = store(MONGODB, replicas=3)
    (kept,) = ledger.parse(finished(it)).stores
    assert (kept.kind, kept.name, kept.holds_data, kept.removed) == (MONGODB, "mongodb", True, False)
    assert [(claim.name, claim.ordinal, claim.gib) for claim in kept.leaves] == [
        (f"data-mongodb-{ordinal}", ordinal, 50) for ordinal in range(3)
    ]
    assert {claim.storage_class for claim in kept.leaves} == {"fast"}
    assert {claim.facts for claim in kept.leaves} == {kept.record}


def test_ordinals_are_numbers():
    it = store(MONGODB, replicas=3)
    rows = claims(it)
    urn = next(urn for urn in rows if urn.endswith("-2"))
    row = json.loads(json.dumps(rows.pop(urn)).replace("data-mongodb-2", "data-mongodb-10"))
    (kept,) = ledger.parse({urn: row, **rows}).stores
    assert [claim.ordinal for claim in kept.leaves] == [0, 1, 10]


@pytest.mark.parametrize(
    ("it", "holds"),
    [
        (store(REDIS, role=Role.CACHE), False),
        (store(REDIS), True),
        (store(POSTGRES, backend=Backend.EXTERNAL), False),
    ],
)
def test_without_claims_the_record_says_whether_there_is_data(it, holds):
    (kept,) = ledger.parse(written(it)).stores
    assert kept.holds_data is holds


def test_a_removal_is_complete_when_record_and_all_claims_say_so():
    gone, there = store(MONGODB, phase=Phase.REMOVE), store(MONGODB, replicas=2)
    assert ledger.parse(finished(gone)).stores[0].removed
    assert not ledger.parse(finished(there) | claims(gone)).stores[0].removed
    assert not ledger.parse(finished(there) | written(gone)).stores[0].removed


def test_other_resources_are_not_looked_at():
    rows = {
        f"{CHAIN}pulumi:pulumi:Stack::ladder-prod": {"outputs": {"stores": {"postgres": {}}}},
        f"{CHAIN}ladder:index:Postgres::postgres": {"outputs": {"endpoint": {"uri": SECRET}}},
        f"{CHAIN}kubernetes:core/v1:ConfigMap::ladder-web": {"outputs": {"data": {"page": "x"}}},
        f"{CHAIN}kubernetes:core/v1:ConfigMap::empty": {"outputs": {"data": None}},
        f"{CHAIN}kubernetes:core/v1:PersistentVolumeClaim::uploads": {"outputs": claim_named("uploads")},
        f"{CHAIN}kubernetes:core/v1:Secret::s": {"type": "kubernetes:core/v1:Secret", "outputs": {"data": SECRET}},
    }
    assert ledger.parse(rows) == ledger.Ledger()


def claim_named(name):
    return {"metadata": {"name": name}, "spec": {"resources": {"requests": {"storage": "1Gi"}}}}


def test_a_claim_of_a_store_that_lost_its_annotations_is_an_error():
    urn = f"{CHAIN}kubernetes:core/v1:PersistentVolumeClaim::data-postgres-0"
    with pytest.raises(ledger.LedgerError, match="kind: field required"):
        ledger.parse({urn: {"outputs": claim_named("data-postgres-0")}})


@pytest.mark.parametrize("fact", ["engine", "version"])
def test_a_claim_that_does_not_say_what_wrote_it_is_an_error(fact):
    text = json.dumps(claims(store(POSTGRES))).replace(f"ladder/{fact}", "other/key")
    with pytest.raises(ledger.LedgerError, match="engine and version are required where data is kept"):
        ledger.parse(json.loads(text))


def test_a_size_that_is_none_is_an_error():
    text = json.dumps(claims(store(POSTGRES))).replace("50Gi", "much")
    with pytest.raises(ledger.LedgerError, match=r"data-postgres-0: its annotations or size .*much"):
        ledger.parse(json.loads(text))


def rewritten(text):
    ((urn, _),) = written(store(POSTGRES)).items()
    return {urn: {"outputs": {"metadata": {"name": "ladder-postgres"}, "data": {"ledger.json": text}}}}


def test_a_schema_of_the_future_asks_for_a_newer_ladder():
    with pytest.raises(ledger.LedgerError, match="its schema is 2, this Ladder knows 1; use a newer Ladder"):
        ledger.parse(rewritten('{"schema": 2, "shape": "unknown"}'))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"schema": 1}', '{"schema": 1, "kind": "mysql"}'])
def test_a_record_that_cannot_be_read_is_an_error(text):
    with pytest.raises(ledger.LedgerError, match=r"ladder-postgres: its ledger\.json cannot be read"):
        ledger.parse(rewritten(text))


def test_a_backend_that_is_not_known_yet_asks_for_a_newer_ladder():
    text = json.dumps({"schema": 1, **record.facts(store(POSTGRES)), "backend": "moon_db"})
    with pytest.raises(ledger.LedgerError, match="use a newer Ladder if one wrote it"):
        ledger.parse(rewritten(text))


def test_a_fact_that_a_later_ladder_added_is_passed_over():
    text = json.dumps({"schema": 1, **record.facts(store(POSTGRES)), "colour": "blue"})
    assert ledger.parse(rewritten(text)).stores[0].bearers[0].engine is Engine.POSTGRES


class Engineless(Mocks):
    """Answers the one question that the ledger asks."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []

    def new_resource(self, args):
        return args.name, args.inputs

    def call(self, args):
        self.asked.append((args.token, args.args))
        return self.answer


def test_read_asks_the_engine_for_the_running_stack():
    mocks = Engineless({"name": "acme/ladder/prod", "outputs": finished(store(POSTGRES))})
    set_mocks(mocks)
    assert [kept.name for kept in ledger.read(wants()).stores] == ["postgres"]
    assert mocks.asked == [("pulumi:pulumi:readStackResourceOutputs", {"stackName": "acme/ladder/prod"})]


def test_read_of_a_state_with_secrets_keeps_none_of_them():
    secret = {"endpoint": {"uri": pulumi.Output.secret(SECRET)}}
    rows = {f"{CHAIN}ladder:index:Postgres::postgres": {"outputs": secret}, **finished(store(POSTGRES))}
    set_mocks(Engineless({"name": "n", "outputs": rows}))
    found = ledger.read(wants())
    assert found.stores[0].leaves
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize("answer", [{}, {"outputs": {f"{CHAIN}a:b:C::d": SECRET}}])
def test_an_answer_that_says_nothing_about_the_state_is_an_error_without_secrets(answer):
    set_mocks(Engineless(answer))
    with pytest.raises(ledger.LedgerError, match="stack acme/ladder/prod: the engine did not say") as error:
        ledger.read(wants())
    assert "hunter2" not in str(error.getrepr(chain=True))
