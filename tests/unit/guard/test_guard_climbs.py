"""Which phase of a climb may follow which, and what must have been proven before."""

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from components import record
from components.backups.args import BackupArgs
from components.catalog import Backend, Kind, Role
from components.naming import RECEIPT_KEY
from components.store import Phase, StoreArgs
from infra import guard, ledger
from tests.unit.guard.world import State, claims, climbing, finished, store, wants, written

KEY = "only-for-tests-0123456789abcdefgh"
NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
RUN = "20261127T110000Z-0a1b2c"
BACKUP = BackupArgs(schedule="5 * * * *", verify="5 4 * * 0", prune="5 5 * * 0")

HERE = store(Kind.POSTGRES, backup=BACKUP)
THERE = store(Kind.POSTGRES, backend=Backend.EXTERNAL)
AWS = {"cloud": "aws", "region": "eu-central-1", "account": "123456789012"}
HERE_ON_AWS = store(Kind.POSTGRES, backup=BACKUP, **AWS)
ELSEWHERE = store(Kind.POSTGRES, backend=Backend.AWS_RDS, **AWS)
COPY, CUTOVER, RETIRE = Phase.COPY, Phase.CUTOVER, Phase.RETIRE


def receipt(proves: str, *, key: str = KEY, kind: str = "postgres", stack: str = "prod", old: int = 0) -> str:
    time = (NOW - timedelta(hours=old)).strftime("%Y%m%dT%H%M%SZ")
    seal = hmac.new(key.encode(), f"{kind}/{stack}/{proves}/{RUN}/{time}".encode(), hashlib.sha256).hexdigest()
    return f"{proves}.{RUN}.{time}.{seal}"


def keyed(state: State) -> State:
    type_ = "random:index/randomPassword:RandomPassword"
    urn = f"urn:pulumi:prod::ladder::ladder:index:Postgres${type_}::postgres{RECEIPT_KEY}"
    return {**state, urn: {"type": type_, "outputs": {"result": KEY}}}


def instance(it: StoreArgs) -> State:
    """What a run leaves of a store on RDS."""
    type_ = "aws:rds/instance:Instance"
    outputs = {"identifier": "ladder-prod-postgres", "allocatedStorage": it.storage_gib, "tags": record.tags(it)}
    return {f"urn:pulumi:prod::ladder::{type_}::postgres-instance": {"type": type_, "outputs": outputs}}


def said(was: StoreArgs, wanted: StoreArgs) -> str:
    there = was.climb.to if was.climb else was
    state = finished(was) | (instance(there) if there.backend is Backend.AWS_RDS else {})
    found = guard.check(ledger.parse(keyed(state)), wants(wanted), NOW)
    return "\n".join(map(str, found))


def step(phase: Phase | None, proves: str = "", source: StoreArgs = HERE, target: StoreArgs = THERE) -> StoreArgs:
    if phase is None:
        return source
    return climbing(phase, source, target, receipt=receipt(proves) if proves else None)


ALLOWED = {
    "copy_after_a_proven_backup": (step(None), step(COPY, "copy")),
    "copy_goes_on": (step(COPY), step(COPY)),
    "copy_to_another_place_instead": (step(COPY), step(COPY, target=ELSEWHERE)),
    "copy_given_up": (step(COPY), step(None)),
    "cutover_after_a_compared_copy": (step(COPY), step(CUTOVER, "cutover")),
    "cutover_goes_on": (step(CUTOVER), step(CUTOVER)),
    "back_to_copy_when_nobody_was_let_in": (step(CUTOVER), step(COPY, "back")),
    "the_copy_reversed": (step(CUTOVER), step(COPY, "gate", source=THERE, target=HERE)),
    "retire_what_cannot_be_backed_up_after_the_gate": (step(CUTOVER), step(RETIRE, "gate")),
    "retire_goes_on": (step(RETIRE), step(RETIRE)),
    "retire_taken_back": (step(RETIRE), step(CUTOVER)),
    "the_end": (step(RETIRE), step(None, source=THERE)),
    "copy_of_what_somebody_else_runs": (step(None, source=THERE), step(COPY, source=THERE, target=HERE)),
}

REFUSED = {
    "a_flip_without_a_climb": (step(None), THERE, "ladder climb postgres --to external --stack prod"),
    "copy_without_a_receipt": (step(None), step(COPY), "receipt is not set"),
    "copy_with_the_proof_of_something_else": (step(None), step(COPY, "gate"), 'proves "gate", and this wants "copy"'),
    "cutover_before_the_copy": (step(None), step(CUTOVER, "cutover"), "go on before anything was copied"),
    "retire_before_the_copy": (step(None), step(RETIRE, "retire"), "go on before anything was copied"),
    "cutover_without_a_receipt": (step(COPY), step(CUTOVER), "without a copy that was compared"),
    "cutover_to_where_nothing_was_copied": (
        step(COPY),
        step(CUTOVER, "cutover", target=ELSEWHERE),
        "go on before it was copied",
    ),
    "retire_from_copy": (step(COPY), step(RETIRE, "gate"), "go on before it was copied"),
    "a_flip_in_copy": (step(COPY), THERE, "delete the volumes that hold its data"),
    "back_to_copy_unproven": (step(CUTOVER), step(COPY), "without a target that nobody wrote to"),
    "the_reverse_before_the_gate": (step(CUTOVER), step(COPY, "back", source=THERE, target=HERE), 'wants "gate"'),
    "a_flip_in_cutover": (step(CUTOVER), THERE, "while either side may hold what the other does not"),
    "the_old_alone_in_cutover": (step(CUTOVER), step(None), "while either side may hold what the other does not"),
    "another_target_in_cutover": (
        step(CUTOVER),
        step(CUTOVER, target=ELSEWHERE),
        "while either side may hold what the other does not",
    ),
    "retire_without_a_receipt": (step(CUTOVER), step(RETIRE), "receipt is not set"),
    "the_old_alone_after_retire": (step(RETIRE), step(None), "although its data is on another backend"),
    "copy_after_retire": (step(RETIRE), step(COPY, "back"), "although its data is on another backend"),
}


@pytest.mark.parametrize(("was", "wanted"), ALLOWED.values(), ids=ALLOWED)
def test_a_step_that_is_proven_is_let_in(was: StoreArgs, wanted: StoreArgs) -> None:
    assert said(was, wanted) == ""


@pytest.mark.parametrize(("was", "wanted", "words"), REFUSED.values(), ids=REFUSED)
def test_a_step_that_could_lose_data_is_refused_with_the_command(was: StoreArgs, wanted: StoreArgs, words: str) -> None:
    text = " ".join(said(was, wanted).split())
    assert words in text
    assert "ladder climb postgres --to" in text


@pytest.mark.parametrize("phase", [COPY, CUTOVER, RETIRE])
def test_a_store_does_not_vanish_while_it_climbs(phase: Phase) -> None:
    state = keyed(finished(step(phase)))
    (refusal,) = guard.check(ledger.parse(state), wants(), NOW)
    assert "ladder:postgres is not set" in str(refusal)


@pytest.mark.parametrize(
    "wrong",
    [
        receipt("copy", key="another"),
        receipt("copy", kind="redis"),
        receipt("copy", stack="dev"),
        receipt("copy")[:-1] + ("0" if receipt("copy")[-1] != "0" else "1"),
        receipt("copy", old=1).replace("T110000Z", "T120000Z", 2),
    ],
)
def test_nobody_types_a_receipt(wrong: str) -> None:
    text = said(HERE, climbing(COPY, HERE, THERE, receipt=wrong))
    assert "was not sealed by a job of this store" in " ".join(text.split())


def test_a_receipt_without_a_key_in_the_state_proves_nothing() -> None:
    found = guard.check(ledger.parse(finished(HERE)), wants(step(COPY, "copy")), NOW)
    assert "sealed by no job" in " ".join(str(found[0]).split())


def test_an_old_backup_is_enough_only_when_it_is_accepted_by_its_name() -> None:
    old = receipt("copy", old=25)
    assert "was proven 25 h ago" in said(HERE, climbing(COPY, HERE, THERE, receipt=old))
    assert said(HERE, climbing(COPY, HERE, THERE, receipt=old, fall_back_to_run="20261126T110000Z-0a1b2c"))
    assert said(HERE, climbing(COPY, HERE, THERE, receipt=old, fall_back_to_run=RUN)) == ""


def test_a_target_that_is_backed_up_is_proven_before_the_old_one_goes() -> None:
    there = replace(ELSEWHERE, backup=BACKUP)
    was = climbing(CUTOVER, HERE_ON_AWS, there)
    assert 'proves "gate", and this wants "retire"' in said(
        was, climbing(RETIRE, HERE_ON_AWS, there, receipt=receipt("gate"))
    )
    assert said(was, climbing(RETIRE, HERE_ON_AWS, there, receipt=receipt("retire"))) == ""


def test_a_run_that_was_cut_off_counts_by_its_record() -> None:
    """The volumes say the new phase and the record the old one: applications were told nothing yet."""
    state = keyed({**written(step(COPY)), **claims(step(CUTOVER))})
    held = ledger.parse(state)
    assert guard.check(held, wants(step(CUTOVER, "cutover")), NOW) == []
    assert guard.check(held, wants(step(COPY)), NOW) == []
    assert guard.check(held, wants(THERE), NOW) != []


def test_both_sides_are_looked_after_until_one_is_given_up() -> None:
    smaller = climbing(CUTOVER, replace(HERE_ON_AWS, storage_gib=1), ELSEWHERE)
    assert "storage_gib = 1" in said(climbing(CUTOVER, HERE_ON_AWS, ELSEWHERE), smaller)
    assert (
        said(climbing(RETIRE, HERE_ON_AWS, ELSEWHERE), climbing(RETIRE, replace(HERE_ON_AWS, storage_gib=1), ELSEWHERE))
        == ""
    )


def test_a_cache_is_exchanged_only_when_that_was_said_before() -> None:
    cache, elsewhere = (store(Kind.REDIS, role=Role.CACHE, **it) for it in ({}, {"backend": Backend.EXTERNAL}))
    assert "phase to remove" in " ".join(said(cache, elsewhere).split())
    assert said(replace(cache, phase=Phase.REMOVE), elsewhere) == ""
    kept = store(Kind.REDIS, role=Role.STORE)
    assert "delete" in said(replace(kept, phase=Phase.REMOVE), replace(elsewhere, role=Role.STORE))


def test_a_cache_is_not_climbed() -> None:
    cache = store(Kind.REDIS, role=Role.CACHE)
    text = said(cache, store(Kind.REDIS, role=Role.CACHE, backend=Backend.EXTERNAL))
    assert "set ladder:redis.phase to remove" in " ".join(text.split())
    assert "ladder climb" not in text
