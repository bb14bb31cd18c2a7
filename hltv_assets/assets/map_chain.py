"""The chain from pending maps to the tables of the map page, a partition a batch."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import dagster as dg

from hltv_assets.archive.manifest import ArchivedBatch, Manifest
from hltv_assets.archive.store import PageStore
from hltv_assets.assets.batch_lock import BatchLocks
from hltv_assets.assets.failure_tables import fetch_failure_table, page_failure_table
from hltv_assets.assets.fetching import FetchReport, fetch_batch, make_manifest
from hltv_assets.assets.loading import LoadReport, load_batch
from hltv_assets.assets.page_chain import MAP_STATS_CHAIN
from hltv_assets.assets.partitions import OWNERS, map_batches_partitions
from hltv_assets.assets.plain_words import in_plain_words
from hltv_assets.assets.planning import seed_sample
from hltv_assets.assets.reading import ParsedBatch, read_batch
from hltv_assets.assets.table_metadata import rows_preview, table_definition
from hltv_assets.pages import Outcome
from hltv_assets.pages.outcomes import Fault
from hltv_assets.settings import Settings
from hltv_assets.site.client import Site
from hltv_assets.warehouse.batches import check_batch_key, take_members
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.counting import row_counts
from hltv_assets.warehouse.failures import RetryPolicy
from hltv_assets.warehouse.members import PendingBatch, map_batch
from hltv_assets.warehouse.schema import Table

RAW_PAGES_IO = "raw_pages_io"
PARSED_PAGES_IO = "parsed_pages_io"


def _policy(settings: Settings) -> RetryPolicy:
    return RetryPolicy(timedelta(seconds=settings.retry_base), settings.max_attempts)


@dg.asset(
    partitions_def=map_batches_partitions,
    group_name="maps",
    kinds={"duckdb"},
    owners=OWNERS,
    description="The maps of a batch, and what each still needs. A batch that has no members yet (a key that a person "
    "typed) takes the next ones that are due.",
)
def pending_maps(
    context: dg.AssetExecutionContext,
    warehouse: dg.ResourceParam[Warehouse],
    site: dg.ResourceParam[Site],
    settings: dg.ResourceParam[Settings],
) -> dg.Output[PendingBatch]:
    """Return the members of the batch."""
    key = context.partition_key
    with in_plain_words():
        check_batch_key(key)
        with warehouse.transaction() as connection:
            seed_sample(connection, site)
            take_members(connection, key, size=settings.batch_size, order=settings.order)
            batch = map_batch(connection, key)
    states = [need.state for member in batch.maps for need in member.needs]
    context.log.info(f"batch {key}: {len(batch.maps)} maps, {states.count('due')} pages due{_next_due(batch)}")
    return dg.Output(batch, metadata={"batch_size": len(batch.maps), **_members_table(batch, states)})


def _next_due(batch: PendingBatch) -> str:
    """When a waiting page is due, in words; empty if none waits."""
    times = [need.due_at for member in batch.maps for need in member.needs if need.state == "waiting" and need.due_at]
    return f", {len(times)} wait, the first until {min(times):%Y-%m-%d %H:%M:%S} UTC" if times else ""


def _members_table(batch: PendingBatch, states: Sequence[str]) -> dict[str, dg.MetadataValue | int]:
    records = [
        dg.TableRecord(
            {
                "match_id": member.match_id,
                "map_number": member.map_number,
                "mapstatsid": member.mapstatsid,
                "page_kind": need.page_kind.value,
                "needs": need.state,
                "due_at": need.due_at.isoformat(timespec="seconds") if need.due_at else None,
            }
        )
        for member in batch.maps
        for need in member.needs
    ]
    counts: dict[str, dg.MetadataValue | int] = {state: states.count(state) for state in sorted(set(states))}
    return {**counts, "members": dg.MetadataValue.table(records)} if records else counts


@dg.asset(
    name=MAP_STATS_CHAIN.raw_asset,
    partitions_def=map_batches_partitions,
    group_name="maps",
    kinds={"html"},
    owners=OWNERS,
    io_manager_key=RAW_PAGES_IO,
    output_required=False,
    check_specs=[
        dg.AssetCheckSpec(
            "fetch_errors",
            asset=MAP_STATS_CHAIN.raw_asset,
            blocking=True,
            description="Every page of the batch that is due arrived whole. If one did not, the batch is discarded: "
            "nothing of it is read or written, what did arrive stays in the archive, a later run asks for the rest.",
        )
    ],
    description="The pages of the batch's maps, in the archive. Its output is the batch's manifest, written only if "
    "every page that is due arrived.",
)
def raw_map_html(
    context: dg.AssetExecutionContext,
    pending_maps: PendingBatch,
    warehouse: dg.ResourceParam[Warehouse],
    site: dg.ResourceParam[Site],
    archive: dg.ResourceParam[PageStore],
    batch_locks: dg.ResourceParam[BatchLocks],
    settings: dg.ResourceParam[Settings],
) -> Iterator[dg.AssetCheckResult | dg.Output[Manifest]]:
    """Fetch what is due and not in the archive; yield the manifest, unless a page failed to arrive."""
    kind = MAP_STATS_CHAIN.kind
    with in_plain_words(), batch_locks.hold(f"{context.partition_key}.{kind}"):
        report = fetch_batch(
            pending_maps, kind, site=site, store=archive, warehouse=warehouse, policy=_policy(settings)
        )
        manifest = make_manifest(pending_maps, kind, archive, run_id=context.run.run_id, report=report)
    for member, failure in report.failures:
        context.log.warning(
            f"match {member.match_id}, map {member.map_number} ({failure.url}): {failure.outcome}, {failure.message}"
        )
    errors = report.fetch_errors
    context.log.info(f"{report.fetched} pages fetched, {len(manifest.pages)} of {report.batch_size} in the archive")
    yield dg.AssetCheckResult(
        passed=not errors,
        check_name="fetch_errors",
        severity=dg.AssetCheckSeverity.ERROR,
        description=_fetch_summary(report),
        metadata={
            "batch_size": report.batch_size,
            "fetched": report.fetched,
            "parsed": 0,
            "failed": 0,
            "fetch_errors": len(errors),
            "bytes": report.bytes_fetched,
            "seconds": round(report.seconds, 3),
            **fetch_failure_table(report.failures),
        },
    )
    if not errors:
        yield dg.Output(
            manifest,
            metadata={
                "archived": len(manifest.pages),
                "fetched": report.fetched,
                "bytes": report.bytes_fetched,
                "seconds": round(report.seconds, 3),
            },
        )


def _fetch_summary(report: FetchReport) -> str:
    errors = report.fetch_errors
    if not errors:
        return f"{report.fetched} pages fetched, none failed"
    # What stopped the fetching says more than what was not tried because of it.
    member, failure = next((one for one in errors if one[1].outcome is not Outcome.NOT_TRIED), errors[0])
    return (
        f"{len(errors)} of {report.batch_size} pages did not arrive, so nothing of the batch is read or written; "
        f"first: match {member.match_id}, map {member.map_number}: {failure.outcome} ({failure.message}). "
        f"{_WHAT_TO_DO[failure.fault]}"
    )


_WHAT_TO_DO = {
    Fault.PAGE: "The fault is the page's: it waits, and the next run of the batch asks only for what is missing and "
    "due.",
    Fault.SITE: "The fault is the site's, no page is blamed: run the batch again when the site may be asked again, it "
    "asks only for what is missing (hltv-assets status tells of a cool-down).",
}


@dg.asset(
    name=MAP_STATS_CHAIN.parsed_asset,
    partitions_def=map_batches_partitions,
    group_name="maps",
    kinds={"python"},
    owners=OWNERS,
    io_manager_key=PARSED_PAGES_IO,
    code_version=str(MAP_STATS_CHAIN.tables.parser_version),
    check_specs=[
        dg.AssetCheckSpec(
            "parse_failures",
            asset=MAP_STATS_CHAIN.parsed_asset,
            description="Every page could be read. One that could not is recorded in page_failures and stays pending; "
            "the others go on.",
        )
    ],
    description="What the pages say: those that have no rows yet, or rows of other content or of an older parser.",
)
def parsed_map_stats(
    context: dg.AssetExecutionContext,
    raw_map_html: ArchivedBatch,
    warehouse: dg.ResourceParam[Warehouse],
    batch_locks: dg.ResourceParam[BatchLocks],
    settings: dg.ResourceParam[Settings],
) -> Iterator[dg.AssetCheckResult | dg.Output[ParsedBatch]]:
    """Read the pages that the manifest names."""
    with in_plain_words(), batch_locks.hold(f"{context.partition_key}.{MAP_STATS_CHAIN.kind}"):
        report = read_batch(
            raw_map_html, MAP_STATS_CHAIN, warehouse=warehouse, policy=_policy(settings), run_id=context.run.run_id
        )
    for failure in report.failures:
        context.log.warning(
            f"match {failure.match_id}, map {failure.map_number} (map page {failure.page_id}): "
            f"{failure.outcome}, {failure.message}"
        )
    for page in report.batch.pages:
        for warning in page.records.warnings:
            context.log.warning(f"match {page.records.match_id}, map {page.map_number}: {warning}")
    context.log.info(f"{len(report.batch.pages)} pages read, {len(report.failures)} failed")
    yield dg.AssetCheckResult(
        passed=not report.failures,
        check_name="parse_failures",
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(report.batch.pages)} pages read, {len(report.failures)} failed",
        metadata={"failed": len(report.failures), **page_failure_table(report.failures)},
    )
    yield dg.Output(
        report.batch,
        metadata={
            "read": len(report.batch.pages),
            "unchanged": len(report.batch.unchanged),
            "failed": len(report.failures),
            "warnings": sum(len(page.records.warnings) for page in report.batch.pages),
            "seconds": round(report.batch.seconds, 3),
        },
    )


@dg.multi_asset(
    name="map_stats_tables",
    partitions_def=map_batches_partitions,
    group_name="maps",
    can_subset=True,
    specs=[
        dg.AssetSpec(
            table.name,
            deps=[MAP_STATS_CHAIN.parsed_asset],
            description=table.meaning,
            kinds={"duckdb", "table"},
            owners=OWNERS,
            code_version=str(MAP_STATS_CHAIN.tables.parser_version),
            metadata=table_definition(table),
        )
        for table in MAP_STATS_CHAIN.tables.tables
    ],
    check_specs=[
        dg.AssetCheckSpec(
            "write_failures",
            asset=MAP_STATS_CHAIN.tables.head.name,
            description="The tables took every page that was read. One that they refused is recorded in page_failures "
            "and rejected_rows and stays pending; the others are written.",
        )
    ],
)
def map_stats_tables(
    context: dg.AssetExecutionContext,
    parsed_map_stats: ParsedBatch,
    warehouse: dg.ResourceParam[Warehouse],
    batch_locks: dg.ResourceParam[BatchLocks],
    settings: dg.ResourceParam[Settings],
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
    """Write the pages that were read; whichever table is selected, a page's rows land in all of them."""
    with in_plain_words(), batch_locks.hold(f"{context.partition_key}.{MAP_STATS_CHAIN.kind}"):
        report = load_batch(
            parsed_map_stats, MAP_STATS_CHAIN, warehouse=warehouse, policy=_policy(settings), run_id=context.run.run_id
        )
        with warehouse.connect() as connection:
            counts = row_counts(connection, MAP_STATS_CHAIN.tables.tables)
    for failure in report.write_failures:
        context.log.warning(
            f"match {failure.match_id}, map {failure.map_number}: not written, {failure.message}; "
            "see rejected_rows for what was read"
        )
    context.log.info(f"{len(report.written)} maps written, {len(report.write_failures)} refused by the tables")
    if context.selected_asset_check_keys:
        yield dg.AssetCheckResult(
            passed=not report.write_failures,
            check_name="write_failures",
            asset_key=MAP_STATS_CHAIN.tables.head.name,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"failed": len(report.write_failures), **page_failure_table(report.write_failures)},
        )
    for table in MAP_STATS_CHAIN.tables.tables:
        if dg.AssetKey(table.name) in context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=table.name, metadata=_table_report(report, table, counts[table.name]))


def _table_report(report: LoadReport, table: Table, row_count: int) -> dict[str, dg.MetadataValue | int | float]:
    rows = [
        ({"match_id": page.records.match_id, "map_number": page.map_number}, record)
        for page in report.written
        for record in page.records.tables()[table.name]
    ]
    preview = rows_preview(rows)
    return {
        "batch_size": report.batch_size,
        "fetched": report.fetched,
        "parsed": len(report.written),
        "failed": report.failed,
        "fetch_errors": 0,
        "bytes": report.bytes_fetched,
        "rows_written": len(rows),
        "seconds": round(report.seconds, 3),
        "dagster/row_count": row_count,
        **({"preview": preview} if preview else {}),
    }
