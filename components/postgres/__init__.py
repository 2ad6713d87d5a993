"""A PostgreSQL store."""

from components.postgres.args import PostgresArgs
from components.postgres.component import Postgres

__all__ = ["Postgres", "PostgresArgs"]
