"""What must stay as fast when the warehouse grows: the sample's rows, copied until there are enough maps."""

import time
from collections.abc import Callable
from functools import partial
from statistics import median

import dagster as dg
import duckdb

from hltv_assets.archive.manifest import load_manifest, manifest_folder
from hltv_assets.archive.store import PageStore
from hltv_assets.automation.batches import batches_sensor
from hltv_assets.components import retry_policy_of
from hltv_assets.definitions import build_definitions
from hltv_assets.pipeline.chain import MAP_STATS_CHAIN
from hltv_assets.pipeline.load import load_pages
from hltv_assets.pipeline.parse import pages_of, parse_archived, record_parse_failures
from hltv_assets.settings import Settings
from hltv_assets.warehouse.batch_members import member_ids
from hltv_assets.warehouse.batches import batch_keys, cut_batches
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.file_warehouse import FileWarehouse
from hltv_assets.warehouse.schema.state_tables import BATCH_MEMBERS, PAGE_FAILURES
from hltv_assets.warehouse.schema.tables import DATA_TABLES
from testkit.places import PROJECT
from tools.docs.answers import questions

_BATCH = "maps-000001"
_APART = 10_000  # between the ids of two copies
_TIMES = 5
_QUESTIONS = PROJECT / "docs" / "query-it.md"


def grow(warehouse: str, maps: int) -> None:
    """Copy all rows of a warehouse, with ids and batches of their own, until it has so many maps; the last are due."""
    with duckdb.connect(warehouse) as connection:
        known = connection.execute("SELECT count(*) FROM maps").fetchone()
        copies = maps // (known[0] if known else 1)
        # With their failures: a page that the sample's site does not offer waits in the copies, too.
        for table in (*DATA_TABLES, BATCH_MEMBERS, PAGE_FAILURES):
            connection.execute(f"INSERT INTO {table.name} {_copies(table.column_names(), table.name, copies)}")
        last = f"match_id IN (SELECT match_id FROM matches WHERE match_id > {_APART} * {copies - 1} + 9000000)"
        for table in MAP_STATS_CHAIN.tables.tables:
            connection.execute(f"DELETE FROM {table.name} WHERE {last}")
        maps_of_last = f"SELECT mapstatsid FROM maps WHERE {last}"
        connection.execute(f"DELETE FROM batch_members WHERE page_group = 'map' AND page_id IN ({maps_of_last})")


def _copies(columns: tuple[str, ...] | list[str], table: str, copies: int) -> str:
    shifted = [
        f"{name} + {_APART} * copy AS {name}" for name in ("match_id", "mapstatsid", "page_id") if name in columns
    ]
    if "batch_key" in columns:
        shifted.append("regexp_replace(batch_key, '[0-9]+', printf('%06d', copy + 1)) AS batch_key")
    return f"SELECT * EXCLUDE (copy) REPLACE ({', '.join(shifted)}) FROM {table}, range(1, {copies}) AS copies(copy)"


def seconds_of_each_step(settings: Settings) -> dict[str, float]:
    """Return how long the pending query, a cut, ticks of the sensor, and the upsert of a batch take: medians."""
    warehouse = FileWarehouse(settings.warehouse, wait=5)
    with dg.DagsterInstance.ephemeral() as instance:
        with warehouse.connect() as connection:
            instance.add_dynamic_partitions("map_batches", batch_keys(connection, "map"))
        # What is due fills no batch, so nothing is run until it has waited; then it is cut, and runs.
        idle_tick = _tick(settings, instance)
        if not isinstance(idle_tick(), dg.SkipReason):
            raise TypeError("a tick that is measured as idle ran batches")
        tick_of_none = _median(idle_tick)
        tick = _tick(settings.model_copy(update={"batch_max_wait": 0}), instance)
        tick()
        return {
            "pending query": _median(lambda: _query(warehouse)),
            "batch cut": _median(lambda: _cut(warehouse, settings)),
            "sensor tick": _median(tick),
            "sensor tick that runs nothing": tick_of_none,
            "upsert of a batch": _median(_upsert(settings, warehouse)),
        }


def seconds_of_each_question(warehouse: str) -> list[float]:
    """Return how long each question of the docs takes on a warehouse: medians."""
    asked = [sql for sql, _ in questions(_QUESTIONS.read_text("utf-8"))]
    with duckdb.connect(warehouse, read_only=True) as connection:
        return [_median(partial(_ask, connection, sql)) for sql in asked]


def _ask(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    connection.execute(sql).fetchall()


def _median(work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(_TIMES):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return median(seconds)


def _query(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.execute("SELECT page_kind, count(*) FROM pending_maps WHERE is_due GROUP BY ALL").fetchall()


def _cut(warehouse: Warehouse, settings: Settings) -> None:
    with warehouse.connect() as connection:
        connection.begin()
        connection.execute("DELETE FROM batch_members WHERE batch_key = (SELECT max(batch_key) FROM batch_members)")
        cut_batches(connection, "map", size=settings.batch_size, order=settings.order, used_keys=())
        connection.rollback()


def _tick(settings: Settings, instance: dg.DagsterInstance) -> Callable[[], object]:
    definitions, sensor = build_definitions(settings), batches_sensor("map", settings)

    def tick() -> object:
        return sensor(dg.build_sensor_context(instance=instance, resources=definitions.resources))

    return tick


def _upsert(settings: Settings, warehouse: Warehouse) -> Callable[[], object]:
    chain, archive = MAP_STATS_CHAIN, PageStore(settings.archive)
    entries = load_manifest(manifest_folder(archive) / chain.raw_asset / f"{_BATCH}.json").pages
    with warehouse.connect() as connection:
        ids = member_ids(connection, "map", _BATCH)
    policy = retry_policy_of(settings)
    parsed = (parse_archived(page, chain, archive) for page in pages_of(entries, ids))
    read, _ = record_parse_failures(parsed, warehouse=warehouse, policy=policy)
    return lambda: load_pages(read, chain, warehouse=warehouse, policy=policy)
