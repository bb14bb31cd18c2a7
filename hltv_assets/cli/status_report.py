"""What `hltv-assets status` tells, as one record: warehouse, archive, site, last run, and what is to be done.

It is what `--json` prints, so a field that is renamed breaks somebody's script.
"""

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from hltv_assets.archive.size import ArchiveSize, archive_size
from hltv_assets.archive.store import PageStore
from hltv_assets.components import site_of, warehouse_of
from hltv_assets.settings import Settings
from hltv_assets.site.cool_down import CoolDown
from hltv_assets.site.hosts import SAMPLE_HOST
from hltv_assets.warehouse.file_warehouse import FileWarehouse
from hltv_assets.warehouse.imports import ImportsWaiting, imports_waiting
from hltv_assets.warehouse.overview import Overview, TableSize, overview, table_sizes
from hltv_assets.warehouse.schema.tables import TABLES

if TYPE_CHECKING:
    import dagster as dg

_NOWHERE = ":memory:"  # as DuckDB has it
# 15, 30 and 60 minutes have not helped then: more of the same will not, either.
_BLOCKS_BEFORE_A_PERSON = 3


class LastRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run; `partition` is its batch, if it was of one."""

    run_id: str
    status: str
    partition: str | None
    began_at: datetime | None
    ended_at: datetime | None


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a data folder; what is None is not known, or not there.

    `last_run` is the one that was begun last, be it of the snapshot or of planning; `last_failed_run` the last of those
    that failed.
    """

    at: datetime
    warehouse: str
    warehouse_is_there: bool
    overview: Overview
    tables: dict[str, TableSize]
    imports_waiting: ImportsWaiting
    archive: str
    archive_size: ArchiveSize | None
    cool_down: CoolDown | None
    last_run: LastRun | None
    last_failed_run: LastRun | None
    action_needed: list[str]


def read_condition(settings: Settings) -> Condition:
    """Return the state of the data folder; raises `WarehouseError` and `ArchiveError` as those rooms do.

    Where there is no warehouse, none is made: its state is that of one without rows.
    """
    now = datetime.now(UTC)
    warehouse = warehouse_of(settings)
    is_there = warehouse.is_there()
    with (warehouse if is_there else FileWarehouse(_NOWHERE, wait=0)).connect() as connection:
        state = overview(connection)
        tables = table_sizes(connection, TABLES)
        imports = imports_waiting(connection)
    cool_down = site_of(settings).cool_downs.latest()
    last_run, last_failed_run = _last_runs()
    return Condition(
        at=now,
        warehouse=settings.warehouse,
        warehouse_is_there=is_there,
        overview=state,
        tables=tables,
        imports_waiting=imports,
        archive=settings.archive,
        archive_size=archive_size(PageStore(settings.archive)),
        cool_down=cool_down,
        last_run=last_run,
        last_failed_run=last_failed_run,
        action_needed=what_needs_action(
            state, cool_down, now=now, fresh_within=timedelta(seconds=settings.fresh_within)
        ),
    )


def what_needs_action(
    state: Overview, cool_down: CoolDown | None, *, now: datetime, fresh_within: timedelta
) -> list[str]:
    """Return what does not mend itself, a line each, with what to do about it.

    The bundled sample never has newer matches, so old data is no fault of it.
    """
    lines = []
    if state.held:
        lines.append(
            f"{state.held:,} pages failed too often and are held: the check held_pages on map_batches and match_batches"
            " tells why; `hltv-assets release KIND ID` or `--all` makes them due again"
        )
    if cool_down and cool_down.until > now and cool_down.blocks_in_a_row >= _BLOCKS_BEFORE_A_PERSON:
        lines.append(
            f"the site blocked {cool_down.blocks_in_a_row} times in a row: ask its owners, or go slower"
            " (HLTV_MIN_DELAY); `hltv-assets release --site` ends the cool-down"
        )
    newest = state.newest_page_at
    if newest and state.source != SAMPLE_HOST and now - newest > fresh_within:
        lines.append(
            f"no page that is in the tables is newer than {newest:%Y-%m-%d %H:%M} UTC, HLTV_FRESH_WITHIN asks for more:"
            " see whether the daemon runs, and what its last runs say"
        )
    return lines


def _last_runs() -> tuple[LastRun | None, LastRun | None]:
    """The last run, and the last that failed."""
    if not os.environ.get("DAGSTER_HOME"):
        return None, None
    import dagster as dg

    from hltv_assets.cli.runs import dagster_home

    def last(wanted: dg.RunsFilter) -> LastRun | None:
        records = instance.get_run_records(wanted, limit=1)
        return _run(records[0]) if records else None

    with dagster_home() as instance:
        return last(dg.RunsFilter()), last(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE]))


def _run(record: "dg.RunRecord") -> LastRun:
    run = record.dagster_run
    return LastRun(
        run_id=run.run_id,
        status=run.status.value,
        partition=run.tags.get("dagster/partition"),
        began_at=_time(record.start_time),
        ended_at=_time(record.end_time),
    )


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
