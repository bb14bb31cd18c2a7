"""One measurement in a process of its own, so that none warms up another: prints the seconds that it took.

`python -m benchmarks.once reparse FOLDER WORKERS`, `job FOLDER WORKERS`, `floor FOLDER`, or `batch FOLDER`.

Each work is made ready first, which does not count, and loads what it alone needs: processes that read pages load this
module anew, and should load no more than those of `hltv-assets reparse`.
"""

import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
from selectolax.lexbor import LexborHTMLParser

from hltv_assets.archive.manifest import load_manifest, manifest_folder
from hltv_assets.archive.store import PageStore
from hltv_assets.components import batch_locks_of, retry_policy_of
from hltv_assets.pipeline.chain import MAP_STATS_CHAIN
from hltv_assets.pipeline.parse import parse_batch
from hltv_assets.pipeline.parse_pool import parse_pool
from hltv_assets.settings import Settings
from hltv_assets.warehouse.file_warehouse import FileWarehouse
from hltv_assets.warehouse.schema.migration import apply_schema, file_form
from hltv_assets.warehouse.schema.page_tables import MAP_STATS_TABLES

Work = Callable[[], None]


def reparse(settings: Settings, workers: int) -> Work:
    """Read all archived map pages into the tables, as `hltv-assets reparse` and its job do."""
    from hltv_assets.pipeline.reparse import Reparse

    def work() -> None:
        with parse_pool(settings.archive, workers) as reader:
            again = Reparse(
                archive=PageStore(settings.archive),
                warehouse=FileWarehouse(settings.warehouse, wait=5),
                locks=batch_locks_of(settings),
                policy=retry_policy_of(settings),
                parser=reader,
            )
            for _ in again.run(MAP_STATS_CHAIN, again.batches(MAP_STATS_CHAIN)):
                pass

    return work


def job(settings: Settings, workers: int) -> Work:
    """Do the same in a run of Dagster, whose events lie in SQLite files as those of one machine do."""
    import dagster as dg

    from hltv_assets.definitions import build_definitions

    home = settings.data_dir / "dagster"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()

    def work() -> None:
        with dg.DagsterInstance.local_temp(str(home)) as instance:
            config = {"ops": {"reparse_archive": {"config": {"workers": workers}}}}
            definition = build_definitions(settings).resolve_job_def("reparse")
            if not definition.execute_in_process(instance=instance, run_config=config).success:
                raise RuntimeError("the run failed")

    return work


def floor(settings: Settings) -> Work:
    """Return the least that must be done for it: read, unpack, bare parse, and one bulk insert of the same rows."""
    archive = PageStore(settings.archive)
    with duckdb.connect(settings.warehouse, read_only=True) as connection:
        rows = {table.name: connection.table(table.name).arrow().read_all() for table in MAP_STATS_TABLES.tables}
    target = Path(settings.warehouse).with_name("floor.duckdb")
    target.unlink(missing_ok=True)
    with duckdb.connect(str(target)) as connection:
        apply_schema(connection, file_form())

    def work() -> None:
        for place in archive.places():
            LexborHTMLParser(archive.load(place)[1])
        with duckdb.connect(str(target)) as connection:
            connection.begin()
            for name, table in rows.items():
                connection.register("incoming", table)
                connection.execute(f"INSERT INTO {name} FROM incoming")
                connection.unregister("incoming")
            connection.commit()

    return work


def batch(settings: Settings) -> Work:
    """Read and write one batch, as its run does."""
    from hltv_assets.pipeline.load import load_batch

    def work() -> None:
        archive, warehouse = PageStore(settings.archive), FileWarehouse(settings.warehouse, wait=5)
        manifest = load_manifest(manifest_folder(archive) / MAP_STATS_CHAIN.raw_asset / "maps-000001.json")
        policy = retry_policy_of(settings)
        read = parse_batch(
            manifest, MAP_STATS_CHAIN, archive=archive, warehouse=warehouse, policy=policy, run_id="bench"
        )
        load_batch(read.batch, MAP_STATS_CHAIN, warehouse=warehouse, policy=policy, run_id="bench")

    return work


def main() -> None:
    """Measure what the arguments say."""
    what, folder, *rest = sys.argv[1:]
    settings = Settings(data_dir=Path(folder), base_url="https://sample.invalid")
    works: dict[str, Callable[[], Work]] = {
        "reparse": lambda: reparse(settings, int(rest[0])),
        "job": lambda: job(settings, int(rest[0])),
        "floor": lambda: floor(settings),
        "batch": lambda: batch(settings),
    }
    work = works[what]()
    started = time.perf_counter()
    work()
    print(time.perf_counter() - started)


if __name__ == "__main__":
    main()
