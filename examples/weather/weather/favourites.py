"""Favourite cities, in PostgreSQL."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool, PoolTimeout

from weather.watch import Facts, StoreError, Tls, explain

_TIMEOUT_S = 2.0
_LOCK = 0x6C616464  # an arbitrary number that only this application locks
_MOST = 100


class _Connection(psycopg.Connection[tuple[object, ...]]):
    """Remembers why connecting failed: the pool itself only says that it waited in vain."""

    last_failure: psycopg.Error | None = None

    @classmethod
    def connect(cls, *args: object, **kwargs: object) -> "_Connection":
        try:
            connection = super().connect(*args, **kwargs)  # pyright: ignore[reportArgumentType] (as given)
        except psycopg.Error as error:
            cls.last_failure = error
            raise
        cls.last_failure = None
        return connection


class Favourites:
    """A pool of a few connections, proven alive before each use. Raises StoreError, also when made."""

    def __init__(self, uri: str, ca: Path | None) -> None:
        """Connects at first use; `ca` is the trust where the URI wants to verify."""
        try:
            parameters = conninfo_to_dict(uri)
        except psycopg.Error as error:
            raise StoreError("DATABASE_URL is not a valid PostgreSQL URI", lost=True) from error
        mode = str(parameters.get("sslmode", ""))
        self._verified = mode == "verify-full"
        trust = {"sslrootcert": str(ca)} if ca is not None and mode.startswith("verify") else {}
        if "sslcert" not in parameters:
            # Else libpq looks for a client certificate in $HOME, and a home that it may not enter is an error.
            trust["sslcertmode"] = "disable"
        self._pool = ConnectionPool(
            uri,
            connection_class=_Connection,
            # Without tcp_user_timeout a deleted pod's address keeps a sender waiting for many minutes.
            kwargs={
                "autocommit": True,
                "connect_timeout": 2,
                "tcp_user_timeout": 2000,
                "keepalives_idle": 10,
                "keepalives_interval": 3,
                "keepalives_count": 2,
                "application_name": "weather",
                "prepare_threshold": None,  # poolers in transaction mode do not keep prepared statements
                **trust,
            },
            configure=_configure,
            check=ConnectionPool.check_connection,
            min_size=0,
            max_size=4,
            max_idle=60,
            timeout=_TIMEOUT_S,
            reconnect_timeout=_TIMEOUT_S,  # give up early: the watch tries again every second
            open=True,
        )

    def prepare(self) -> Facts:
        """Make the table once.

        The look is for a user who may not create (any more), the lock for replicas that start at once.
        """
        with self._connection() as connection:
            if connection.execute("select to_regclass('favourites')").fetchone() == (None,):
                with connection.transaction():
                    connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
                    connection.execute(
                        "create table if not exists favourites ("
                        " city text primary key,"
                        " added_at timestamptz not null default now())"
                    )
            # The view hides even one's own connection from another role, such as the one taken on at login.
            with connection.transaction():
                connection.execute("set local role none")
                row = connection.execute(
                    "select current_setting('server_version'),"
                    " (select version from pg_stat_ssl where pid = pg_backend_pid())"
                ).fetchone()
        version, tls = row if row is not None else ("", None)
        return Facts(
            version=str(version).split(" ")[0],
            tls=None if tls is None else Tls(version=str(tls), verified=self._verified),
        )

    def ping(self) -> None:
        """See Driver."""
        with self._connection() as connection:
            connection.execute("select 1")

    def cities(self) -> list[str]:
        """The newest first."""
        with self._connection() as connection:
            rows = connection.execute(
                "select city from favourites order by added_at desc, city limit %s", (_MOST,)
            ).fetchall()
        return [str(row[0]) for row in rows]

    def add(self, city: str) -> bool:
        """Whether it is new."""
        with self._connection() as connection:
            cursor = connection.execute("insert into favourites (city) values (%s) on conflict do nothing", (city,))
        return cursor.rowcount == 1

    def remove(self, city: str) -> bool:
        """Whether it was there."""
        with self._connection() as connection:
            cursor = connection.execute("delete from favourites where city = %s", (city,))
        return cursor.rowcount == 1

    def close(self) -> None:
        """See Driver."""
        self._pool.close(timeout=1)

    @contextmanager
    def _connection(self) -> Generator[_Connection]:
        try:
            with self._pool.connection() as connection:
                yield connection
        except psycopg.Error as error:
            lost = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
            why = _Connection.last_failure if isinstance(error, PoolTimeout) else None
            raise StoreError(explain(why or error), lost=lost) from error


def _configure(connection: _Connection) -> None:
    # A setting, not a start-up option: poolers refuse the latter.
    connection.execute("set statement_timeout = '2s'")
