"""Lakes for tests: a database each in a real Postgres (HLTV_TEST_POSTGRES, or the one on this machine)."""

import os
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

POSTGRES = os.environ.get("HLTV_TEST_POSTGRES") or "host=127.0.0.1 port=5432 user=postgres dbname=postgres"


@contextmanager
def postgres_database() -> Iterator[str]:
    """Yield the address of an empty database, which is dropped in the end; skip the test where there is no Postgres.

    In CI there must be one.
    """
    name = f"hltv_test_{uuid.uuid4().hex}"
    try:
        _administer(f"CREATE DATABASE {name}")
    except psycopg2.OperationalError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"needs a Postgres, see HLTV_TEST_POSTGRES: {str(error).splitlines()[0]}")
    try:
        yield make_dsn(POSTGRES, dbname=name)
    finally:
        _administer(f"DROP DATABASE {name} WITH (FORCE)")


def _administer(statement: str) -> None:
    with closing(psycopg2.connect(POSTGRES, connect_timeout=5)) as session:
        session.autocommit = True
        with session.cursor() as cursor:
            cursor.execute(statement)
