"""Reading many batches again: the same tables as one batch at a time gives, however many read, and whatever breaks."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.queues import SimpleQueue
from pathlib import Path

import msgspec
import pytest

from hltv_assets.archive.manifest import load_manifest, manifest_folder
from hltv_assets.archive.store import PageStore
from hltv_assets.components import batch_locks_of, retry_policy_of
from hltv_assets.pages.failures import PageFailure
from hltv_assets.pipeline import reparse
from hltv_assets.pipeline.chain import CHAINS, MAP_STATS_CHAIN, PageChain
from hltv_assets.pipeline.parse import PageToParse, ParsedPage
from hltv_assets.pipeline.parse_pool import ParsingInterruptedError, parse_pool
from hltv_assets.pipeline.reparse import Reparse, ReparseResult
from hltv_assets.warehouse.batch_lock import BatchBusyError
from hltv_assets.warehouse.batches import restore_members
from hltv_assets.warehouse.schema.map_tables import (
    KILL_MATRIX,
    MAP_STATS,
    PLAYER_PERFORMANCE,
    PLAYER_STATS,
    ROUND_ECONOMY,
)
from testkit.synced import go_on_from, world_in
from testkit.world import Row, World

pytestmark = pytest.mark.graph

MAPS = 5
TABLES = (MAP_STATS, PLAYER_STATS, PLAYER_PERFORMANCE, KILL_MATRIX, ROUND_ECONOMY)


@pytest.fixture(scope="module")
def filled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world_in(tmp_path_factory.mktemp("filled"), batch_size=2) as world:
        world.add_maps(MAPS)
        assert world.plan().success
        assert all(world.run_all(key).success for key in world.keys("map_batches"))
        yield world


@pytest.fixture
def filled(world: World, filled_once: World) -> World:
    """A world with three batches of maps in its tables."""
    go_on_from(world, filled_once)
    return world


@contextmanager
def rereading_of(world: World, *, workers: int = 1, everything: bool = False) -> Iterator[Reparse]:
    settings = world.settings
    with parse_pool(settings.archive, workers) as reader:
        yield Reparse(
            archive=PageStore(settings.archive),
            warehouse=world.warehouse,
            locks=batch_locks_of(settings),
            policy=retry_policy_of(settings),
            parser=reader,
            everything=everything,
        )


def read_all_again(world: World, *, workers: int = 1, everything: bool = False) -> list[ReparseResult]:
    with rereading_of(world, workers=workers, everything=everything) as again:
        return [reread for chain in CHAINS for reread in again.run(chain, again.batches(chain))]


def pages_written(done: list[ReparseResult]) -> int:
    return sum(sum(one.written.values()) for one in done)


def rows(world: World) -> dict[str, list[Row]]:
    return {
        table.name: [{name: value for name, value in row.items() if name != "updated_at"} for row in found]
        for table in TABLES
        if (found := world.rows(table.name))
    }


def let_an_older_parser_have_read(world: World, *, matches: str = "true") -> None:
    """Make rows look as an older parser left them: one that read some cells wrongly, and some rows not at all."""
    with world.warehouse.transaction() as connection:
        for table in TABLES:
            connection.execute(f"UPDATE {table.name} SET parser_version = 0 WHERE {matches}")
        connection.execute(f"UPDATE player_stats SET kills = 0 WHERE {matches}")
        connection.execute(f"UPDATE map_stats SET map_name = 'unread' WHERE {matches}")
        connection.execute(f"DELETE FROM kill_matrix WHERE kills = 0 AND {matches}")


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.cli)])
def test_what_an_older_parser_read_becomes_what_the_batches_gave_without_a_request(filled: World, workers: int) -> None:
    before = rows(filled)
    let_an_older_parser_have_read(filled)
    assert rows(filled) != before
    done = read_all_again(filled, workers=workers)
    assert pages_written(done) == 3 * MAPS
    assert [failure for one in done for failure in one.failures] == []
    assert rows(filled) == before
    assert filled.site.requested == []


def test_what_is_up_to_date_is_left_alone_unless_everything_is_asked_for(filled: World) -> None:
    written_at = {row["updated_at"] for row in filled.rows("player_stats")}
    done = read_all_again(filled)
    assert pages_written(done) == 0
    assert sum(one.unchanged for one in done) == 3 * MAPS
    assert {row["updated_at"] for row in filled.rows("player_stats")} == written_at
    assert pages_written(read_all_again(filled, everything=True)) == 3 * MAPS
    assert not {row["updated_at"] for row in filled.rows("player_stats")} & written_at


def test_only_pages_of_an_older_parser_are_read(filled: World) -> None:
    let_an_older_parser_have_read(filled, matches=f"match_id = {filled.maps[0].match_id}")
    done = read_all_again(filled)
    assert pages_written(done) == 3
    assert sum(one.unchanged for one in done) == 3 * (MAPS - 1)


def test_the_last_batches_are_written_in_ever_smaller_groups(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reparse, "_MAX_PAGES_PER_TRANSACTION", 40)
    monkeypatch.setattr(reparse, "_MIN_PAGES_PER_TRANSACTION", 10)
    keys = [f"maps-{number:06d}" for number in range(1, 21)]
    with world.warehouse.transaction() as connection:
        for number, key in enumerate(keys):
            restore_members(connection, "map", key, range(5 * number + 1, 5 * number + 6))
    with rereading_of(world) as again:
        groups = again.batches(MAP_STATS_CHAIN)
    assert [5 * len(group) for group in groups] == [40, 30, 15, 10, 5]
    assert [key for group in groups for key in group] == keys


def test_what_was_written_before_it_was_cut_off_is_not_run(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reparse, "_MAX_PAGES_PER_TRANSACTION", 2)
    before = rows(filled)
    let_an_older_parser_have_read(filled)
    with rereading_of(filled) as again:
        groups = again.batches(MAP_STATS_CHAIN)
        assert [len(keys) for keys in groups] == [1, 1, 1]
        assert pages_written(list(again.run(MAP_STATS_CHAIN, groups[:1]))) == 2
    assert pages_written(read_all_again(filled)) == 3 * MAPS - 2
    assert rows(filled) == before


def test_a_page_that_is_damaged_is_told_and_stops_no_other(filled: World) -> None:
    store = PageStore(filled.settings.archive)
    damaged = next(place for place in store.places() if "/map_stats-" in place)
    (Path(filled.settings.archive) / damaged).write_bytes(b"no page")
    let_an_older_parser_have_read(filled)
    done = read_all_again(filled)
    assert [failure.page_kind for one in done for failure in one.failures] == ["map_stats"]
    assert pages_written(done) == 3 * MAPS - 1


def test_a_page_that_is_gone_from_the_archive_is_told_and_stops_no_other(filled: World) -> None:
    gone = next(place for place in PageStore(filled.settings.archive).places() if "/map_stats-" in place)
    (Path(filled.settings.archive) / gone).unlink()
    let_an_older_parser_have_read(filled)
    done = read_all_again(filled)
    assert [gone in failure.message for one in done for failure in one.failures] == [True]
    assert pages_written(done) == 3 * MAPS - 1


def test_a_damaged_manifest_is_told_and_stops_no_other_batch(filled: World) -> None:
    manifest = Path(filled.settings.archive) / "manifests" / MAP_STATS_CHAIN.raw_asset / "maps-000001.json"
    manifest.write_text("damaged")
    let_an_older_parser_have_read(filled)
    done = read_all_again(filled)
    problems = [problem for one in done for problem in one.problems]
    assert len(problems) == 1
    assert "maps-000001.json cannot be read" in problems[0]
    assert pages_written(done) == 3 * MAPS - 2


def test_a_batch_that_a_run_works_on_is_waited_for_and_then_told(filled: World) -> None:
    filled.knobs |= {"lock_wait": 0.1}
    with (
        batch_locks_of(filled.settings).hold(f"maps-000001.{MAP_STATS_CHAIN.kind}"),
        pytest.raises(BatchBusyError, match="maps-000001"),
    ):
        read_all_again(filled)


def test_what_was_read_before_a_busy_batch_is_written_and_told_first(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reparse, "_MAX_PAGES_PER_TRANSACTION", 2)
    filled.knobs |= {"lock_wait": 0.1}
    let_an_older_parser_have_read(filled)
    with (
        rereading_of(filled) as again,
        batch_locks_of(filled.settings).hold(f"maps-000003.{MAP_STATS_CHAIN.kind}"),
    ):
        told = again.run(MAP_STATS_CHAIN, again.batches(MAP_STATS_CHAIN))
        assert [next(told).written, next(told).written] == [{"maps-000001": 2}, {"maps-000002": 2}]
        with pytest.raises(BatchBusyError, match="maps-000003"):
            next(told)
    assert sorted(row["parser_version"] for row in filled.rows("map_stats")) == [0, 1, 1, 1, 1]


def test_the_next_pages_are_handed_out_before_these_are_read(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reparse, "_MAX_PAGES_PER_TRANSACTION", 2)
    handed_out: list[int] = []
    all_are_handed_out = threading.Event()

    with rereading_of(filled, everything=True) as again:

        def read_late(chain: PageChain, pages: Sequence[PageToParse]) -> Iterator[ParsedPage | PageFailure]:
            handed_out.append(len(pages))
            if len(handed_out) == 2:
                all_are_handed_out.set()

            def read() -> Iterator[ParsedPage | PageFailure]:
                assert all_are_handed_out.wait(120)
                yield from again.parser(chain, pages)

            return read()

        late = msgspec.structs.replace(again, parser=read_late)
        told = late.run(MAP_STATS_CHAIN, late.batches(MAP_STATS_CHAIN)[:2])
        assert [one.written for one in told] == [{"maps-000001": 2}, {"maps-000002": 2}]
    assert handed_out == [2, 2]


@pytest.mark.cli
def test_the_warehouse_is_free_for_others_while_pages_are_read(filled: World) -> None:
    place = filled.settings.warehouse
    count = "import duckdb, sys; print(duckdb.connect(sys.argv[1]).sql('SELECT count(*) FROM map_stats').fetchone())"
    others_saw: list[str] = []

    with rereading_of(filled, everything=True) as again:

        def read(chain: PageChain, pages: Sequence[PageToParse]) -> Iterator[ParsedPage | PageFailure]:
            yield from again.parser(chain, pages)
            others_saw.append(subprocess.check_output([sys.executable, "-c", count, place], text=True).strip())

        watched = msgspec.structs.replace(again, parser=read)
        groups = watched.batches(MAP_STATS_CHAIN)
        assert len(groups) == 1  # while the second would be read, the first would be written
        assert pages_written(list(watched.run(MAP_STATS_CHAIN, groups))) == MAPS
    assert others_saw == [f"({MAPS},)"]


def test_a_rereading_that_is_left_holds_no_batch(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reparse, "_MAX_PAGES_PER_TRANSACTION", 2)
    filled.knobs |= {"lock_wait": 0.1}
    with rereading_of(filled, everything=True) as again:
        told = again.run(MAP_STATS_CHAIN, again.batches(MAP_STATS_CHAIN))
        next(told)
        told.close()
        assert pages_written(list(again.run(MAP_STATS_CHAIN, again.batches(MAP_STATS_CHAIN)))) == MAPS


@pytest.mark.cli
def test_an_interrupt_that_reaches_the_reading_processes_leaves_them_reading(filled: World) -> None:
    with rereading_of(filled, workers=2, everything=True) as again:
        assert pages_written(list(again.run(MAP_STATS_CHAIN, again.batches(MAP_STATS_CHAIN)))) == MAPS
        for process in multiprocessing.active_children():
            assert process.pid is not None
            os.kill(process.pid, signal.SIGINT)
        assert pages_written(list(again.run(MAP_STATS_CHAIN, again.batches(MAP_STATS_CHAIN)))) == MAPS


@pytest.mark.kill
def test_reading_processes_that_are_killed_leave_nothing_half_written(filled: World) -> None:
    let_an_older_parser_have_read(filled, matches=f"match_id = {filled.maps[0].match_id}")

    def read_until_killed() -> None:
        with rereading_of(filled, workers=2) as again:
            keys = [key for group in again.batches(MAP_STATS_CHAIN) for key in group]
            assert pages_written(list(again.run(MAP_STATS_CHAIN, [keys]))) == 1
            let_an_older_parser_have_read(filled)
            for process in multiprocessing.active_children():
                process.kill()
            list(again.run(MAP_STATS_CHAIN, [keys]))

    with pytest.raises(ParsingInterruptedError, match="was killed"):
        read_until_killed()
    assert {row["parser_version"] for row in filled.rows("map_stats")} == {0}
    assert pages_written(read_all_again(filled)) == 3 * MAPS


def _read(archive: str, pages: Sequence[PageToParse], told: SimpleQueue[int]) -> None:
    with parse_pool(archive, 2) as reader:
        told.put(sum(isinstance(one, ParsedPage) for one in reader(MAP_STATS_CHAIN, pages)))


@pytest.mark.cli
def test_a_process_that_may_have_no_children_as_a_worker_of_celery_reads_itself(filled: World) -> None:
    archive = PageStore(filled.settings.archive)
    manifests = [
        load_manifest(manifest_folder(archive) / MAP_STATS_CHAIN.raw_asset / f"{key}.json")
        for key in filled.keys("map_batches")
    ]
    pages = [
        PageToParse(entry=entry, page_id=entry.page_id, match_id=entry.match_id, map_number=1)
        for one in manifests
        for entry in one.pages
    ]
    context = multiprocessing.get_context("spawn")
    told: SimpleQueue[int] = context.SimpleQueue()
    process = context.Process(target=_read, args=(filled.settings.archive, pages, told), daemon=True)
    process.start()
    process.join(240)
    assert process.exitcode == 0
    assert told.get() == MAPS


@pytest.mark.cli
def test_what_only_reads_pages_loads_neither_dagster_nor_arrow() -> None:
    loaded = (
        "import sys, hltv_assets.pipeline.parse_pool; print(sorted({'dagster', 'pyarrow', 'numpy'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", loaded], check=True, capture_output=True, text=True)
    assert told.stdout.strip() == "[]"


def test_the_job_tells_dagster_of_each_table_of_a_batch_that_has_new_rows(filled: World) -> None:
    before = rows(filled)
    let_an_older_parser_have_read(filled, matches=f"match_id = {filled.maps[0].match_id}")
    result = filled.definitions.resolve_job_def("reparse").execute_in_process(
        instance=filled.instance, run_config={"ops": {"reparse_archive": {"config": {"workers": 1}}}}
    )
    assert result.success
    told = [one.materialization for one in result.all_events if one.is_step_materialization]
    assert len({one.partition for one in told}) == 1
    assert {one.asset_key.path[-1] for one in told} == {
        name
        for chain in CHAINS
        if chain.group == "map"
        for name in (chain.parsed_asset, *(table.name for table in chain.tables.tables))
    }
    assert rows(filled) == before
