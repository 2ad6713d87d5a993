"""Real passwords, keys and certificates for a cluster without the Pulumi CLI, kept from run to run."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import string
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from ladder.engine import keys, kinds
from ladder.engine.model import UnsupportedError
from ladder.engine.properties import Properties, from_state, mapping, plain, to_state
from ladder.engine.values import ValuesRequest

# What the random provider takes from unless `overrideSpecial` says otherwise.
_SPECIAL = "!@#$%&*()-_=+[]{}<>:?"


class RealValues:
    """Makes values once and keeps them in a file that only its owner can read.

    A value is made again when the inputs of its resource change, and a certificate also when it has run out
    (`earlyRenewalHours` before its end, if given). `bcryptHash` is not made: nothing here reads it.
    """

    def __init__(self, path: Path) -> None:
        """Keep the values in the file at `path`, made when it is first needed."""
        self._path = path

    def outputs(self, request: ValuesRequest) -> Properties:
        """Return the kept values, or make and keep new ones.

        Raises:
            UnsupportedError: nothing here makes values of that type.
        """
        make = _MAKERS.get(request.type)
        if make is None:
            raise UnsupportedError(f"{request.type}: no real values can be made for {request.name}")
        inputs = mapping(plain(request.inputs))
        fingerprint = hashlib.sha256(json.dumps(to_state(inputs), sort_keys=True).encode()).hexdigest()
        kept = self._read()
        entry: Properties = mapping(kept.get(request.urn))
        if entry.get("inputs") != fingerprint or _ran_out(inputs, mapping(entry.get("outputs"))):
            entry = {"inputs": fingerprint, "outputs": make(inputs)}
            kept[request.urn] = entry
            self._write(kept)
        return dict(mapping(entry["outputs"]))

    def _read(self) -> Properties:
        if not self._path.exists():
            return {}
        return mapping(from_state(cast(object, json.loads(self._path.read_text()))))

    def _write(self, kept: Properties) -> None:
        """Replace the file in one step, so that a run that dies leaves the old one whole."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(to_state(kept), file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)


def _password(inputs: Properties) -> Properties:
    special = str(inputs.get("overrideSpecial") or _SPECIAL)
    groups = (
        ("upper", "minUpper", string.ascii_uppercase),
        ("lower", "minLower", string.ascii_lowercase),
        ("numeric", "minNumeric", string.digits),
        ("special", "minSpecial", special),
    )
    # `number` is the old name of `numeric`.
    wanted = {"numeric": inputs.get("number", True), **inputs}
    alphabet = "".join(letters for key, _, letters in groups if wanted.get(key, True))
    chosen = [secrets.choice(letters) for _, least, letters in groups for _ in range(int(str(inputs.get(least, 0))))]
    length = int(str(inputs["length"]))
    chosen += [secrets.choice(alphabet) for _ in range(length - len(chosen))]
    secrets.SystemRandom().shuffle(chosen)
    return {"id": "none", "result": "".join(chosen)}


def _ran_out(inputs: Properties, outputs: Properties) -> bool:
    end = outputs.get("validityEndTime")
    if not isinstance(end, str):
        return False
    margin = timedelta(hours=int(str(inputs.get("earlyRenewalHours", 0))))
    return datetime.now(UTC) >= datetime.fromisoformat(end) - margin


_MAKERS: dict[str, Callable[[Properties], Properties]] = {
    kinds.PASSWORD: _password,
    kinds.PRIVATE_KEY: keys.private_key,
    kinds.SELF_SIGNED: keys.self_signed,
    kinds.CERT_REQUEST: keys.cert_request,
    kinds.LOCALLY_SIGNED: keys.locally_signed,
}
