"""Lakes for tests: a database each in a real Postgres (HLTV_TEST_POSTGRES, or the one on this machine).

A database is named after the process that made it: `hltv_test_`, its number, and something random. As long as the
process lives it holds an advisory lock with that number, so a database without such a lock was left by a run that was
killed, and the next run drops it.
"""

import os
import secrets
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from unittest.mock import patch

import duckdb
import psycopg2
import pytest
from psycopg2.extensions import connection as Session  # noqa: N812 - it is a class
from psycopg2.extensions import make_dsn

from hltv_assets.lake.warehouse import LakeWarehouse, _attached
from testkit.tiers import missing

POSTGRES = os.environ.get("HLTV_TEST_POSTGRES") or "host=127.0.0.1 port=5432 user=postgres dbname=postgres"

# For tests and fixtures that are about both.
FILE_AND_LAKE = ("file", pytest.param("lake", marks=pytest.mark.lake))

_LOCKS = 22  # the first half of the key of our advisory locks, the second half is the number of a process
_LEFT_BEHIND = f"""
SELECT datname FROM pg_database
WHERE datname ~ '^hltv_test_[0-9]+_[0-9a-f]+$' AND split_part(datname, '_', 3)::bigint NOT IN (
    SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND classid::bigint = {_LOCKS}
)
"""
_SECONDS = 120  # to wait for what others do on a busy machine


@contextmanager
def postgres_database(*, template: str = "template1") -> Iterator[str]:
    """Yield the address of a new database, which is dropped in the end; skip the test where there is no Postgres.

    In CI there must be one. The database is empty, or a copy of a template that nobody has open.
    """
    with _database(template) as name:
        yield make_dsn(POSTGRES, dbname=name)


@contextmanager
def lake_template() -> Iterator[str]:
    """Yield the name of a database with the catalogue of a lake without rows, for `lake_in` to copy."""
    with _database() as name, TemporaryDirectory() as folder:
        files = Path(folder) / "lake"
        address = make_dsn(POSTGRES, dbname=name)
        lake = LakeWarehouse(address, files=str(files), snapshot=Path(folder) / "snapshot", wait=_SECONDS)
        with lake.connect():
            pass
        assert not [path for path in files.rglob("*") if path.is_file()], "copies of the catalogue would miss them"
        # Postgres copies no database that somebody has open.
        _administer(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        _administer(
            f"SELECT pg_terminate_backend(pid, {1_000 * _SECONDS}) FROM pg_stat_activity WHERE datname = '{name}'"
        )
        yield name


@contextmanager
def lake_in(folder: Path, *, template: str) -> Iterator[LakeWarehouse]:
    """Yield a lake without rows, a copy of a template, whose files are in the folder."""
    files = folder / "lake"
    with postgres_database(template=template) as address:
        with closing(psycopg2.connect(address)) as session, session, session.cursor() as cursor:
            cursor.execute("UPDATE ducklake_metadata SET value = %s WHERE key = 'data_path'", [f"{files}/"])
            assert cursor.rowcount == 1
        yield LakeWarehouse(address, files=str(files), snapshot=folder / "snapshot.duckdb", wait=_SECONDS)
    _attached.cache_clear()  # or this process would hold a DuckDB, 9 MB, for each lake that there was


@contextmanager
def extensions_checked_before() -> Iterator[None]:
    """Let new databases of DuckDB in memory load its extensions without a look at their signatures.

    To check 90 MB takes most of the second in which a lake is opened, and every test opens its own.
    """
    connect: Callable[..., duckdb.DuckDBPyConnection] = duckdb.connect

    def connect_unchecked(*arguments: Any, **options: Any) -> duckdb.DuckDBPyConnection:
        if arguments or options:
            return connect(*arguments, **options)
        return connect(config={"allow_unsigned_extensions": "true"})

    with patch("duckdb.connect", connect_unchecked):
        yield


class _Process(NamedTuple):
    number: int
    session: Session


@lru_cache
def _this_process(pid: int) -> _Process:
    """Give this process a number, and drop what processes left that are gone."""
    del pid  # a fork is another process
    session = psycopg2.connect(POSTGRES, connect_timeout=_SECONDS)
    session.autocommit = True
    number = secrets.randbelow(2**31)
    with session.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [_LOCKS, number])
        cursor.execute(_LEFT_BEHIND)
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    return _Process(number, session)


@contextmanager
def _database(template: str = "template1") -> Iterator[str]:
    try:
        process = _this_process(os.getpid())
    except psycopg2.OperationalError as error:
        missing(f"a Postgres, see HLTV_TEST_POSTGRES: {str(error).splitlines()[0]}")
    name = f"hltv_test_{process.number}_{uuid.uuid4().hex}"
    _administer(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield name
    finally:
        _administer(f"DROP DATABASE {name} WITH (FORCE)")


def _administer(statement: str) -> None:
    with _this_process(os.getpid()).session.cursor() as cursor:
        cursor.execute(statement)
