"""Locks that Postgres keeps for many machines: each belongs to a connection, and dies with it or with its process."""

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2
from psycopg2.errors import LockNotAvailable

# A machine that is gone without a word keeps its locks no longer than about a minute.
_KEEPALIVE = {"keepalives": 1, "keepalives_idle": 20, "keepalives_interval": 10, "keepalives_count": 4}
_ON_SERVER = "-c tcp_keepalives_idle=20 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=4"


class LockHeldError(Exception):
    """Another process holds a lock, and did not give it back in time."""


@contextmanager
def exclusive_lock(address: str, name: str, *, wait: float) -> Iterator[None]:
    """Hold a lock alone; `address` is the database as libpq names it, `wait` is in seconds.

    Raises `LockHeldError` if somebody else still holds it after the wait, `psycopg2.Error` if there is no database.
    """
    with _held(address, "pg_advisory_lock", name, wait):
        yield


@contextmanager
def shared_lock(address: str, name: str, *, wait: float) -> Iterator[None]:
    """Hold a lock together with others who share it, while nobody holds it alone; see `exclusive_lock`."""
    with _held(address, "pg_advisory_lock_shared", name, wait):
        yield


@contextmanager
def _held(address: str, function: str, name: str, wait: float) -> Iterator[None]:
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with closing(psycopg2.connect(address, options=_ON_SERVER, **_KEEPALIVE)) as session:
        session.autocommit = True
        with session.cursor() as cursor:
            # 0 would be for ever.
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{max(1, round(wait * 1000))}ms"])
            try:
                cursor.execute(f"SELECT {function}(%s)", [key])
            except LockNotAvailable:
                raise LockHeldError(name) from None
        yield
