"""The answers in the documents: what each SQL block gives on the sample, as the table that follows the block."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import duckdb

from hltv_assets.site.hosts import SAMPLE_BASE_URL
from testkit.loopback_site import serve
from testkit.synced import sync_once
from testkit.world import World
from tools.docs.markdown import escaped, table_of

_QUESTION = re.compile(r"(?P<block>^```sql\n(?P<sql>[^`]*?)^```\n)(?P<answer>\n(?:\|.*\n)+)?", re.MULTILINE)
_MAX_ROWS = 20


@contextmanager
def warehouse_of_the_sample(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Fill a warehouse from the bundled sample, and open it to read."""
    with duckdb.connect(fill_from_the_sample(folder), read_only=True) as connection:
        yield connection


def fill_from_the_sample(folder: Path) -> str:
    """Fill a data folder from the bundled sample, as `hltv-assets sync` does it; return the warehouse."""
    with serve() as unused_site, dg.DagsterInstance.ephemeral() as instance:
        world = World(folder, unused_site, instance, {"base_url": SAMPLE_BASE_URL})
        if not all(run.success for run in sync_once(world)):
            raise RuntimeError("the sample could not be loaded")
        return world.settings.warehouse


def with_answers(text: str, connection: duckdb.DuckDBPyConnection) -> str:
    """Return a document in which the answer of today follows each question."""
    return _QUESTION.sub(lambda found: f"{found['block']}\n{answer(connection, found['sql'])}\n", text)


def questions(text: str) -> list[tuple[str, str]]:
    """Return the questions of a document, each with the answer that it states, empty if it states none."""
    return [(found["sql"], (found["answer"] or "").strip()) for found in _QUESTION.finditer(text)]


def answer(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """Return what a query gives, as a table; raises `ValueError` if it is longer than one wants to read."""
    result = connection.execute(sql)
    columns = [(column[0], str(column[1]) in _NUMBERS) for column in result.description]
    rows = result.fetchall()
    if len(rows) > _MAX_ROWS:
        raise ValueError(f"{len(rows)} rows are too many for a document")
    cells = [["NULL" if value is None else escaped(f"{value}") for value in row] for row in rows]
    return table_of([escaped(name) for name, _ in columns], cells, [is_number for _, is_number in columns])


_NUMBERS = {"NUMBER", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE"}
