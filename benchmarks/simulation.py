"""A cluster with 1, 2, 4 and 8 workers on invented pages: `make simulate`. It gives the figures of docs/scale.md.

The site answers at once and without a delay worth speaking of, so that the workers are what limits.
"""

import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import click
import dagster as dg
import msgspec
import psycopg2
from rich.console import Console
from rich.table import Table

from testkit.cluster import Cluster, cluster
from testkit.growing_site import GrowingSite
from testkit.loopback_site import serve
from testkit.plans import match_of_one_map
from testkit.service import QUICK

_BUILD = Path("build")
_WORKERS = (1, 2, 4, 8)
_MAPS_A_BATCH = 10
_BATCHES = 8  # of matches, and as many of maps
_LONGEST = 1_800


class Simulated(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured with so many workers; seconds are those in which batches were run, bytes are on disk."""

    workers: int
    maps: int
    batches: int
    seconds: float
    requests: int
    dagster_rows: int
    dagster_bytes: int
    lake_rows: int
    lake_bytes: int
    archive_bytes: int


@click.command()
def main() -> None:
    """Simulate, write build/simulation.json, and print a table."""
    found = []
    for workers in _WORKERS:
        with tempfile.TemporaryDirectory(prefix="hltv-assets-simulation-") as folder:
            found.append(_simulate(Path(folder), workers))
        _BUILD.mkdir(exist_ok=True)
        (_BUILD / "simulation.json").write_bytes(msgspec.json.format(msgspec.json.encode(found)))
    Console().print(_table(found))


def _simulate(folder: Path, workers: int) -> Simulated:
    with serve() as site:
        world = GrowingSite(site)
        world.grow([match_of_one_map(number) for number in range(_MAPS_A_BATCH * _BATCHES)])
        knobs = {
            **QUICK,
            "HLTV_BASE_URL": site.base_url,
            "HLTV_BATCH_SIZE": str(_MAPS_A_BATCH),
            "HLTV_MIN_DELAY": "0.001",
            "HLTV_OPEN_BATCHES": "8",
        }
        with cluster(folder / "cluster", knobs, workers=workers, patience=_LONGEST) as running:
            running.start_all()
            running.wait_until(lambda: len(_seconds_of_batches(running)) >= 2 * _BATCHES)
            running.wait_until(lambda: not running.open_runs())
            times = _seconds_of_batches(running).values()
            rows, size = _rows_and_bytes(running.dagster, "event_logs")
            with running.warehouse.connect() as connection:
                lake = connection.execute("SELECT count(*) FROM player_stats").fetchone()
            return Simulated(
                workers=workers,
                maps=_MAPS_A_BATCH * _BATCHES,
                batches=2 * _BATCHES,
                seconds=max(end for _, end in times) - min(start for start, _ in times),
                requests=len(site.requested),
                dagster_rows=rows,
                dagster_bytes=size,
                lake_rows=int(lake[0]) if lake else 0,
                lake_bytes=_bytes_in(Path(running.settings.lake)),
                archive_bytes=_bytes_in(Path(running.settings.archive) / "matches"),
            )


def _seconds_of_batches(running: Cluster) -> Mapping[str, tuple[float, float]]:
    """When the successful runs of batches began and ended, by their key."""
    with running.instance() as instance:
        records = instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS]))
    return {
        key: (record.start_time, record.end_time)
        for record in records
        if (key := record.dagster_run.tags.get("dagster/partition")) and record.start_time and record.end_time
    }


def _rows_and_bytes(address: str, table: str) -> tuple[int, int]:
    """The rows of a table, and the bytes of the whole database."""
    with closing(psycopg2.connect(address)) as session, session.cursor() as cursor:
        cursor.execute(f"SELECT count(*), pg_database_size(current_database()) FROM {table}")
        row = cursor.fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _bytes_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _table(found: list[Simulated]) -> Table:
    table = Table("workers", "seconds", "maps a minute", "times as fast as one", "events a batch")
    for one in found:
        table.add_row(
            str(one.workers),
            f"{one.seconds:,.0f}",
            f"{60 * one.maps / one.seconds:,.0f}",
            f"{found[0].seconds / one.seconds:.2f}",
            f"{one.dagster_rows / one.batches:,.0f}",
        )
    return table


if __name__ == "__main__":
    main()
