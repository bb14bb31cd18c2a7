"""The chain on pages that are not in this project: real ones, composed beside it, with the rows they must yield."""

import gzip
import json
from typing import Any

import pytest

from hltv_assets_tests.pages.shared_pages import expected_tables
from testkit.loopback_site import Answer, page
from testkit.places import NO_SHARED_PAGES, SHARED_PAGES
from testkit.world import TABLES, World, put_maps, table_report

pytestmark = [pytest.mark.graph, pytest.mark.skipif(not SHARED_PAGES.is_dir(), reason=NO_SHARED_PAGES)]

NOT_ON_THE_MAP_PAGE = {"economy_rounds"}


def _expected() -> list[dict[str, Any]]:
    files = sorted((SHARED_PAGES / "composed" / "expected").glob("*.json"))
    facts = [json.loads(file.read_text()) for file in files]
    return [{**one, "tables": expected_tables(SHARED_PAGES, one["mapstatsid"])} for one in facts]


def _publish(world: World, facts: list[dict[str, Any]]) -> None:
    for one in facts:
        html = gzip.decompress((SHARED_PAGES / "composed" / "mapstats" / f"{one['mapstatsid']}.html.gz").read_bytes())
        world.site.publish(one["mapstatsid"], page(html))
    names = ("match_id", "map_number", "mapstatsid", "map_slug", "map_name")
    with world.warehouse.transaction() as connection:
        put_maps(connection, [{name: one[name] for name in names} for one in facts])


def _content(world: World, table: str, names: list[str]) -> list[tuple[Any, ...]]:
    return world.query(f"SELECT {', '.join(names)} FROM {table} ORDER BY ALL")


def _wanted(world: World, table: str, names: list[str], rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """The rows that a table must have, in the types of its columns."""
    marks = ", ".join("?" for _ in names)
    with world.warehouse.connect() as connection:
        connection.execute(f"CREATE TEMP TABLE wanted AS SELECT {', '.join(names)} FROM {table} LIMIT 0")
        connection.begin()
        for row in rows:
            connection.execute(f"INSERT INTO wanted VALUES ({marks})", [row[name] for name in names])
        connection.commit()
        return connection.execute("FROM wanted ORDER BY ALL").fetchall()


def test_all_of_them_yield_the_rows_that_they_must_and_maps_begin_when_the_page_says(world: World) -> None:
    facts = _expected()
    _publish(world, facts)
    world.plan()
    assert world.run_batch().success
    assert world.pending() == set()
    for table in TABLES:
        expected = [row for one in facts for row in one["tables"][table]]
        names = [name for name in expected[0] if name not in NOT_ON_THE_MAP_PAGE]
        wanted = _wanted(world, table, names, expected)
        assert len(wanted) == len(expected) > len(facts) - 1, table
        assert _content(world, table, names) == wanted, table
    begins = dict(world.query("SELECT mapstatsid, epoch_ms(played_at) FROM map_stats"))
    assert begins == {one["mapstatsid"]: one["played_at_unix_ms"] for one in facts}


def test_one_that_does_not_arrive_discards_the_batch_and_the_next_runs_write_all(world: World) -> None:
    facts = _expected()[:4]
    _publish(world, facts)
    world.knobs["retry_base"] = 0
    healthy = world.site.answers["/stats/matches/mapstatsid/" + str(facts[0]["mapstatsid"])]
    world.site.publish(facts[0]["mapstatsid"], Answer(healthy.body[:50_000], headers=healthy.headers))
    world.plan()
    assert not world.run_batch().success
    assert world.written() == set()
    world.site.publish(facts[0]["mapstatsid"], healthy)
    result = world.run_batch()
    assert table_report(result) == {"batch_size": 4, "fetched": 1, "parsed": 4, "failed": 0, "fetch_errors": 0}
