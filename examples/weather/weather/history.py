"""Which cities were asked for and what the answer was, in MongoDB."""

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from pymongo import DESCENDING, MongoClient
from pymongo.errors import ConfigurationError, ConnectionFailure, InvalidURI, PyMongoError
from pymongo.uri_parser import parse_uri

from weather.queries import Query
from weather.tls import handshake
from weather.watch import Facts, StoreError, explain

_TIMEOUT_MS = 2000
_INDEX = "newest_first"


class History:
    """Queries as documents, one each. Raises StoreError, also when made."""

    def __init__(self, uri: str, ca: Path | None) -> None:
        """Connects at first use; `ca` is the trust where the URI wants TLS."""
        self._ca = ca
        if ca is not None:  # the driver opens the file that a URI names, even where an argument replaces it
            uri = re.sub(r"(?<=[?&])tlsCAFile=[^&]*&?", "", uri, flags=re.IGNORECASE).rstrip("?&")
        try:
            options = cast("Mapping[str, object]", parse_uri(uri, validate=True, warn=False)["options"])
            self._encrypted = bool(options.get("tls"))
            self._client: MongoClient[dict[str, object]] = MongoClient(
                uri,
                appname="weather",
                connectTimeoutMS=_TIMEOUT_MS,
                serverSelectionTimeoutMS=_TIMEOUT_MS,
                socketTimeoutMS=_TIMEOUT_MS,
                waitQueueTimeoutMS=_TIMEOUT_MS,
                maxPoolSize=8,
                tz_aware=True,
                tlsCAFile=str(ca) if ca is not None and self._encrypted else None,
            )
        except OSError as error:
            raise StoreError("the CA file that MONGODB_URI names cannot be read", lost=True) from error
        except (InvalidURI, ValueError, TypeError) as error:
            raise StoreError("MONGODB_URI is not a valid MongoDB URI", lost=True) from error
        except ConfigurationError as error:  # also: a mongodb+srv host that DNS does not know
            raise StoreError(explain(error), lost=True) from error
        self._verified = not (options.get("tlsInsecure") or options.get("tlsAllowInvalidCertificates"))
        self._database = self._client.get_default_database("app")
        self._queries = self._database["queries"]

    def prepare(self) -> Facts:
        """Make the index once. Twice at once is harmless; the look is for a user who may not (any more)."""
        with _errors():
            if _INDEX not in self._queries.index_information():
                self._queries.create_index([("at", DESCENDING)], name=_INDEX)
            about = self._database.command("buildInfo")
            address = self._client.address
        version = str(about.get("version", ""))
        if "ferretdb" in about:  # honest about a stand-in
            version = f"{version} (FerretDB)"
        tls = handshake(*address, self._ca, verify=self._verified) if self._encrypted and address else None
        return Facts(version=version, tls=tls)

    def ping(self) -> None:
        """See Driver."""
        with _errors():
            self._database.command("ping")

    def newest(self, most: int) -> list[Query]:
        """The newest queries first; documents of another form are left out."""
        with _errors():
            documents = list(self._queries.find(projection={"_id": False}).sort("at", DESCENDING).limit(most))
        return [query for document in documents if (query := _read(document)) is not None]

    def add(self, query: Query) -> None:
        """Remember one query."""
        with _errors():
            self._queries.insert_one(
                {
                    "city": query.city,
                    "at": query.at,
                    "temperature_c": query.temperature_c,
                    "sky": query.sky,
                    "source": query.source,
                }
            )

    def close(self) -> None:
        """See Driver."""
        self._client.close()


def _read(document: Mapping[str, object]) -> Query | None:
    at, temperature = document.get("at"), document.get("temperature_c")
    if not isinstance(at, datetime) or not isinstance(temperature, int | float):
        return None
    return Query(
        city=str(document.get("city", "")),
        at=at.astimezone(UTC),
        temperature_c=float(temperature),
        sky=str(document.get("sky", "")),
        source=str(document.get("source", "")),
    )


@contextmanager
def _errors() -> Generator[None]:
    try:
        yield
    except PyMongoError as error:
        refused = "authentication failed" in str(error).lower()
        lost = refused or isinstance(error, ConnectionFailure)
        raise StoreError(explain(error), lost=lost) from error
