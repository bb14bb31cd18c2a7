"""A match page that is written again: rows of its maps stay as long as they are read from the maps' own pages."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hltv_assets.lake.warehouse import LakeWarehouse
from hltv_assets.pages import Outcome, PageKind, parse_economy, parse_map_stats, parse_match, parse_performance
from hltv_assets.pages.failures import PageFailure
from hltv_assets.pages.records import Record
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.failures import RetryPolicy, record_failures
from hltv_assets.warehouse.file_warehouse import FileWarehouse
from hltv_assets.warehouse.provenance import Provenance
from hltv_assets.warehouse.schema.page_tables import (
    ECONOMY_TABLES,
    MAP_PAGE_TABLES,
    MAP_STATS_TABLES,
    MATCH_TABLES,
    PERFORMANCE_TABLES,
    PageTables,
)
from hltv_assets.warehouse.writing import PageRows, write_pages
from testkit.invented.economy_page import render_economy_page
from testkit.invented.map_page import render_map_page
from testkit.invented.match_facts import PlannedMap, PlannedMatch, invent_match
from testkit.invented.match_page import render_match_page
from testkit.invented.performance_page import render_performance_page
from testkit.plans import plan

POLICY = RetryPolicy(timedelta(minutes=15), max_attempts=5)
MATCH = plan(0)
NUKE, MIRAGE, INFERNO = MATCH.maps
OTHER_ID = 777_777
TABLES_OF_MAPS = [table.name for kind in MAP_PAGE_TABLES for table in kind.tables]


Rows = Mapping[str, Sequence[Record]]


def write(warehouse: Warehouse, tables: PageTables, pages: Mapping[tuple[int, int | None], Rows]) -> None:
    """Write pages of a kind at once, as a batch does; each is known by its id and the number of its map."""
    written = [
        PageRows(
            page_id=page_id,
            match_id=MATCH.match_id,
            map_number=number,
            provenance=Provenance(
                scraped_at=datetime.now(UTC),
                source_url=f"/{page_id}",
                page_sha256="ab",
                parser_version=tables.parser_version,
            ),
            rows=rows,
        )
        for (page_id, number), rows in pages.items()
    ]
    assert write_pages(warehouse, tables, written, POLICY) == []


def write_match(warehouse: Warehouse, match: PlannedMatch) -> None:
    page = parse_match(render_match_page(invent_match(match)), match.match_id)
    write(warehouse, MATCH_TABLES, {(match.match_id, None): page.tables()})


def write_maps(warehouse: Warehouse, match: PlannedMatch) -> None:
    heads: dict[tuple[int, int | None], Rows] = {}
    performances: dict[tuple[int, int | None], Rows] = {}
    economies: dict[tuple[int, int | None], Rows] = {}
    for number, invented in invent_match(match).played.items():
        page_id = invented.mapstatsid
        head = parse_map_stats(render_map_page(invented), page_id)
        heads[page_id, number] = head.tables()
        performances[page_id, number] = parse_performance(render_performance_page(invented), page_id).tables()
        economy = parse_economy(render_economy_page(invented), page_id).round_economy(
            team_left_id=head.map_stats.team_left_id, team_right_id=head.map_stats.team_right_id
        )
        economies[page_id, number] = {ECONOMY_TABLES.head.name: economy}
    write(warehouse, MAP_STATS_TABLES, heads)
    write(warehouse, PERFORMANCE_TABLES, performances)
    write(warehouse, ECONOMY_TABLES, economies)


def query(warehouse: Warehouse, sql: str) -> list[tuple[Any, ...]]:
    with warehouse.connect() as connection:
        return connection.execute(sql).fetchall()


def rows_of_maps(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of each table of maps."""
    with warehouse.connect() as connection:
        return {table: connection.execute(f"FROM {table} ORDER BY ALL").fetchall() for table in TABLES_OF_MAPS}


def pages_of_rows(warehouse: Warehouse) -> dict[str, list[tuple[int, str]]]:
    """Of each table, the numbers of the maps that have rows, with the page that these were read from."""
    with warehouse.connect() as connection:
        return {
            table: connection.execute(f"SELECT DISTINCT map_number, source_url FROM {table} ORDER BY ALL").fetchall()
            for table in TABLES_OF_MAPS
        }


def pending(warehouse: Warehouse) -> set[tuple[int, int]]:
    return {(number, page) for number, page in query(warehouse, "SELECT map_number, mapstatsid FROM pending_maps")}


@pytest.fixture(scope="module")
def filled_file(file_without_rows: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a match of three maps, all pages of which are written, to copy."""
    file = shutil.copyfile(file_without_rows, tmp_path_factory.mktemp("filled") / "hltv.duckdb")
    fill(FileWarehouse(str(file), wait=120))
    return file


@pytest.fixture
def filled(warehouse: Warehouse, filled_file: Path) -> Warehouse:
    """The same in a warehouse of the test's own."""
    if isinstance(warehouse, LakeWarehouse):
        fill(warehouse)
    else:
        shutil.copyfile(filled_file, warehouse.place)
    return warehouse


def fill(warehouse: Warehouse) -> None:
    write_match(warehouse, MATCH)
    write_maps(warehouse, MATCH)


@pytest.mark.parametrize(
    ("maps", "stay", "are_pending"),
    [
        ((NUKE, INFERNO, replace(MIRAGE, mapstatsid=None, score=None)), {1}, {(2, INFERNO.mapstatsid)}),
        ((NUKE, replace(MIRAGE, mapstatsid=OTHER_ID), INFERNO), {1, 3}, {(2, OTHER_ID)}),
        ((NUKE, PlannedMap("Default"), INFERNO), {1, 3}, set()),
        ((NUKE,), {1}, set()),
        ((INFERNO, MIRAGE, NUKE), {2}, {(1, INFERNO.mapstatsid), (3, NUKE.mapstatsid)}),
        ((NUKE, MIRAGE, INFERNO), {1, 2, 3}, set()),
    ],
    ids=["numbered anew", "another page", "no page any more", "gone", "the other way round", "as before"],
)
def test_rows_of_a_map_stay_only_where_the_match_page_says_the_same_map_is(
    filled: Warehouse, maps: tuple[PlannedMap, ...], stay: set[int], are_pending: set[tuple[int, int]]
) -> None:
    before = rows_of_maps(filled)
    write_match(filled, replace(MATCH, maps=maps, best_of=len(maps)))
    assert rows_of_maps(filled) == {table: [row for row in rows if row[1] in stay] for table, rows in before.items()}
    assert pending(filled) == are_pending


def test_the_pages_of_a_map_with_another_number_are_written_there(filled: Warehouse) -> None:
    renumbered = replace(MATCH, maps=(INFERNO, MIRAGE, NUKE))
    write_match(filled, renumbered)
    write_maps(filled, renumbered)
    pages = [(number, f"/{one.mapstatsid}") for number, one in enumerate(renumbered.maps, 1)]
    assert pages_of_rows(filled) == dict.fromkeys(TABLES_OF_MAPS, pages)
    assert pending(filled) == set()


def test_maps_that_were_written_before_their_match_keep_their_rows(warehouse: Warehouse) -> None:
    write_maps(warehouse, MATCH)
    before = pages_of_rows(warehouse)
    write_match(warehouse, MATCH)
    assert pages_of_rows(warehouse) == before
    assert pending(warehouse) == set()


def test_rows_that_an_earlier_match_page_left_to_another_map_go(filled: Warehouse) -> None:
    query(filled, f"UPDATE maps SET mapstatsid = {OTHER_ID} WHERE map_number = 2")
    write_match(filled, replace(MATCH, maps=(NUKE, replace(MIRAGE, mapstatsid=OTHER_ID), INFERNO)))
    assert {number for number, _ in pages_of_rows(filled)["kill_matrix"]} == {1, 3}
    assert pending(filled) == {(2, OTHER_ID)}


def test_failures_of_pages_that_no_match_has_any_more_are_forgotten_and_those_of_others_are_not(
    filled: Warehouse,
) -> None:
    with filled.transaction() as connection:
        for kind, page_id, number in (
            (PageKind.MAP_STATS, NUKE.mapstatsid, 1),
            (PageKind.MAP_ECONOMY, MIRAGE.mapstatsid, 2),
        ):
            failure = PageFailure(
                page_kind=kind,
                page_id=page_id or 0,
                match_id=MATCH.match_id,
                map_number=number,
                stage="fetch",
                outcome=Outcome.NOT_FOUND,
                message="so",
            )
            record_failures(connection, [failure], now=datetime.now(UTC), policy=POLICY)
    write_match(filled, replace(MATCH, maps=(NUKE, replace(MIRAGE, mapstatsid=OTHER_ID), INFERNO)))
    assert query(filled, "SELECT page_id FROM page_failures") == [(NUKE.mapstatsid,)]
