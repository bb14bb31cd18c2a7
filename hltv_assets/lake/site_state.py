"""A small state of the site in Postgres, for all machines that ask it; the same promises as `kept`.

It is read without a lock, and changed under one that dies with its connection.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Generic

import msgspec
import psycopg2
from psycopg2.errors import UndefinedTable
from psycopg2.extensions import cursor

from hltv_assets.site.state_store import KeptState, State

_TABLE = "hltv_kept_states"
_LOCK = 0x686C7476  # a number of our own among the advisory locks of the database


class PostgresStateStore:
    """The states of a site, by its host, in the database that libpq names so."""

    def __init__(self, address: str, host: str) -> None:
        self._address = address
        self._host = host

    def state(self, name: str, kind: type[State]) -> KeptState[State]:
        """Return where the state of a name is kept."""
        return PostgresState(self._address, f"{name} of {self._host}", kind)


class PostgresState(Generic[State]):
    """One state, by its name, in one row; `address` is the database as libpq names it."""

    def __init__(self, address: str, name: str, kind: type[State]) -> None:
        self._address = address
        self._name = name
        self._kind = kind

    def read(self) -> State | None:
        """Return the state, or None if there is none; raises `ConnectionError` if Postgres cannot be asked."""
        with self._session() as asking:
            try:
                return self._state(asking)
            except UndefinedTable:
                return None

    def change(self, change: Callable[[State | None], State | None]) -> State | None:
        """Replace the state by what `change` makes of it (None: no state) and return that; raises `ConnectionError`."""
        with self._session() as asking:
            asking.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            asking.execute(f"CREATE TABLE IF NOT EXISTS {_TABLE} (name text PRIMARY KEY, state text NOT NULL)")
            before = self._state(asking)
            after = change(before)
            if after is None:
                asking.execute(f"DELETE FROM {_TABLE} WHERE name = %s", [self._name])
            elif after != before:
                asking.execute(
                    f"INSERT INTO {_TABLE} VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET state = excluded.state",
                    [self._name, msgspec.json.encode(after).decode()],
                )
            return after

    def _state(self, asking: cursor) -> State | None:
        asking.execute(f"SELECT state FROM {_TABLE} WHERE name = %s", [self._name])
        row = asking.fetchone()
        try:
            return msgspec.json.decode(row[0], type=self._kind) if row else None
        except msgspec.DecodeError:
            return None

    @contextmanager
    def _session(self) -> Iterator[cursor]:
        try:
            with closing(psycopg2.connect(self._address)) as session, session, session.cursor() as asking:
                yield asking
        except psycopg2.OperationalError as error:
            reason = str(error).strip().partition("\n")[0]
            raise ConnectionError(f"the state of the site cannot be read: {reason}") from None
