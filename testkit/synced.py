"""The sample with all page kinds on a loopback site, and a world that was filled from it as `sync` does it."""

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import dagster as dg
from filelock import FileLock

from hltv_assets.pages import PageKind
from testkit.invented.economy_page import render_economy_page, render_empty_economy_page
from testkit.invented.expected import (
    expected_economy_tables,
    expected_performance_tables,
    expected_tables,
)
from testkit.invented.expected_match import expected_match_tables
from testkit.invented.facts import InventedMap
from testkit.invented.map_page import render_map_page
from testkit.invented.match_facts import InventedMatch, PlannedMatch, invent_match
from testkit.invented.match_page import render_match_page
from testkit.invented.performance_page import render_performance_page
from testkit.invented.results_page import RESULTS_A_PAGE, ListedResult, listed, render_results_page
from testkit.loopback_site import Answer, LoopbackSite, page, serve
from testkit.plans import plan
from testkit.world import Row, World

# What an expected row cannot tell: when and from where it came.
_UNWRITTEN = {"scraped_at", "updated_at", "source_url", "page_sha256", "parser_version", "economy_rounds"}


def publish_matches(site: LoopbackSite, plans: list[PlannedMatch]) -> list[InventedMatch]:
    """Put all pages of matches on a site, the listing included."""
    matches = [publish_match(site, plan) for plan in plans]
    publish_listing(site, [listed(plan) for plan in plans])
    return matches


def publish_match(site: LoopbackSite, plan: PlannedMatch) -> InventedMatch:
    """Put the page of a match, and those of its maps, on a site; not the listing."""
    match, pages = _pages_of(plan)
    site.answers |= pages
    return match


@lru_cache(maxsize=8)
def _pages_of(plan: PlannedMatch) -> tuple[InventedMatch, Mapping[str, Answer]]:
    """Invent a match, and render its pages, by path; many tests want the same ones."""
    match, pages = invent_match(plan), LoopbackSite("", {}, [])
    pages.publish(plan.match_id, page(render_match_page(match)), PageKind.MATCH)
    for number, invented in match.played.items():
        publish_map(pages, invented, has_economy=plan.maps[number - 1].has_economy)
    return match, pages.answers


def publish_map(site: LoopbackSite, invented: InventedMap, *, has_economy: bool = True) -> None:
    """Put the three pages of a map on a site."""
    economy = render_economy_page if has_economy else render_empty_economy_page
    site.publish(invented.mapstatsid, page(render_map_page(invented)), PageKind.MAP_STATS)
    site.publish(invented.mapstatsid, page(render_performance_page(invented)), PageKind.MAP_PERFORMANCE)
    site.publish(invented.mapstatsid, page(economy(invented)), PageKind.MAP_ECONOMY)


def publish_listing(site: LoopbackSite, results: list[ListedResult]) -> None:
    """Put all pages of the listing on a site, newest first."""
    newest_first = sorted(results, key=lambda result: result.ended_at, reverse=True)
    for offset in range(0, max(1, len(newest_first)), RESULTS_A_PAGE):
        site.publish(offset, page(render_results_page(newest_first, offset=offset)), PageKind.RESULTS)


def sync_once(world: World) -> list[dg.ExecuteInProcessResult]:
    """Discover, then run all match batches and all map batches once."""
    results = [world.materialize(["discovered_matches"]), world.materialize(["match_batches"])]
    results += [world.materialize("pending_matches*", key) for key in world.keys("match_batches")]
    results.append(world.materialize(["map_batches"]))
    return results + [world.materialize("pending_maps*", key) for key in world.keys("map_batches")]


@contextmanager
def world_in(folder: Path, **knobs: object) -> Iterator[World]:
    """A world of its own in a folder, for tests that share what takes long to fill; its runs check no rules."""
    with serve() as site, dg.DagsterInstance.ephemeral() as instance:
        yield World(folder, site, instance, knobs, with_rules=False)


@contextmanager
def world_of_two_matches(folder: Path, **knobs: object) -> Iterator[World]:
    """A world of its own whose tables are filled from two matches of three maps, `plan(0)` and `plan(1)`."""
    with world_in(folder, **knobs) as world:
        publish_matches(world.site, [plan(0), plan(1)])
        assert all(result.success for result in sync_once(world))
        yield world


# The batches of the filled world: both matches, and the maps of each, those of the newer match first.
FILLED_BATCH_SIZE = 3
_KEYS_FILE = "batches.json"


@contextmanager
def filled_once(shared: Path, own: Path) -> Iterator[World]:
    """A copy, in the folder `own`, of a world of two matches that is filled once in `shared`, by the first that comes.

    Processes may come at once: one fills, the others wait. Nobody opens what was filled, everybody copies it.
    """
    shared.mkdir(parents=True, exist_ok=True)
    keys_file = shared / _KEYS_FILE  # written last: without it, the filling was cut off
    with FileLock(shared / "filled.lock"):
        if not keys_file.exists():
            shutil.rmtree(shared / "data", ignore_errors=True)
            with world_of_two_matches(shared / "data", batch_size=FILLED_BATCH_SIZE) as filled:
                keys = {partitions: filled.keys(partitions) for partitions in _PARTITIONS}
            keys_file.write_text(json.dumps(keys), "utf-8")
    shutil.copytree(shared / "data", own)
    with world_in(own, batch_size=FILLED_BATCH_SIZE) as world:
        for partitions, found in json.loads(keys_file.read_text("utf-8")).items():
            world.instance.add_dynamic_partitions(partitions, found)
        publish_matches(world.site, [plan(0), plan(1)])
        yield world


def folder_of_session(own: Path) -> Path:
    """Return the folder that all workers of a test session share, given the base folder of one of them."""
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


_PARTITIONS = ("match_batches", "map_batches")


def go_on_from(world: World, filled: World) -> None:
    """Give a world the files, the batches, the maps and the knobs of another, which stays as it is."""
    shutil.copytree(filled.data_dir, world.data_dir)
    for partitions in _PARTITIONS:
        world.instance.add_dynamic_partitions(partitions, filled.keys(partitions))
    world.maps = list(filled.maps)
    world.knobs |= filled.knobs
    world.site.answers |= filled.site.answers


def expected_of(matches: list[InventedMatch]) -> Mapping[str, list[Row]]:
    """The rows that matches must yield in every table of data, by table."""
    tables: dict[str, list[Row]] = {}
    for match in matches:
        parts: list[Mapping[str, Sequence[Mapping[str, object]]]] = [expected_match_tables(match)]
        for number, invented in match.played.items():
            parts.append(expected_of_map(invented, has_economy=match.plan.maps[number - 1].has_economy))
        for part in parts:
            for table, rows in part.items():
                tables.setdefault(table, []).extend(dict(row) for row in rows)
    return tables


def expected_of_map(invented: InventedMap, *, has_economy: bool = True) -> Mapping[str, Sequence[Mapping[str, object]]]:
    """The rows that the three pages of a map must yield, by table."""
    economy = expected_economy_tables(invented) if has_economy else {}
    return {**expected_tables(invented), **expected_performance_tables(invented), **economy}


def comparable(rows: list[Row]) -> Counter[str]:
    """Return rows in a form in which those of a table and those expected can be compared, in any order."""
    return Counter(
        repr(sorted((name, f"{value}") for name, value in row.items() if name not in _UNWRITTEN)) for row in rows
    )
