"""The assets of a chain, made from its description: pending, raw, parsed, and the tables; a partition a batch."""

from collections.abc import Iterator, Sequence

import dagster as dg

from hltv_assets.archive.manifest import ArchivedBatch, Manifest
from hltv_assets.archive.store import PageStore
from hltv_assets.assets.column_lineage import member_columns, parsed_columns, raw_columns, table_lineage
from hltv_assets.assets.errors_to_failures import in_plain_words
from hltv_assets.assets.failure_tables import fetch_failure_table, page_failure_table
from hltv_assets.assets.partitions import BATCH_PARTITIONS, OWNERS
from hltv_assets.assets.plots import PlotMetadata, fetching_plot, table_plot
from hltv_assets.assets.queues import IN_FETCH_QUEUE
from hltv_assets.assets.table_metadata import rows_preview, table_definition
from hltv_assets.components import SITE_POOL, retry_policy_of, scope_of
from hltv_assets.pages import Outcome
from hltv_assets.pages.kinds import PageGroup
from hltv_assets.pages.outcomes import Fault, Then
from hltv_assets.pipeline.chain import PageChain
from hltv_assets.pipeline.fetch import FetchReport, fetch_batch, make_manifest
from hltv_assets.pipeline.load import LoadReport, load_batch
from hltv_assets.pipeline.parse import ParsedBatch, ReadingReport, read_batch
from hltv_assets.settings import Settings
from hltv_assets.site.client import Site
from hltv_assets.site.requests import FetchFailure
from hltv_assets.warehouse.batch_lock import BatchLocks
from hltv_assets.warehouse.batch_members import PendingBatch, batch_of
from hltv_assets.warehouse.batches import check_batch_key, take_members
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.listing import apply_scope
from hltv_assets.warehouse.overview import row_counts
from hltv_assets.warehouse.schema.columns import Table

PENDING_BATCH_IO = "pending_batch_io"
RAW_PAGES_IO = "raw_pages_io"
PARSED_PAGES_IO = "parsed_pages_io"

_DAGSTER_GROUPS = {"match": "matches", "map": "maps"}


def pending_asset_name(group: PageGroup) -> str:
    """Return the name of the asset with the members of a batch."""
    return f"pending_{_DAGSTER_GROUPS[group]}"


def pending_asset(group: PageGroup) -> dg.AssetsDefinition:
    """Return the asset that knows the members of a batch, and what each still needs."""
    members = _DAGSTER_GROUPS[group]

    @dg.asset(
        name=pending_asset_name(group),
        partitions_def=BATCH_PARTITIONS[group],
        io_manager_key=PENDING_BATCH_IO,
        metadata=member_columns(),
        group_name=members,
        kinds={"duckdb"},
        owners=OWNERS,
        description=f"The {members} of a batch, and what each still needs. A batch that has no members yet (a key "
        "that a person typed) takes the next ones that are due.",
    )
    def pending(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        settings: dg.ResourceParam[Settings],
    ) -> dg.Output[PendingBatch]:
        key = context.partition_key
        with in_plain_words():
            check_batch_key(key)
            with warehouse.transaction() as connection:
                apply_scope(connection, scope_of(settings))
                take_members(connection, group, key, size=settings.batch_size, order=settings.order)
                batch = batch_of(connection, group, key)
        states = [need.state for member in batch.members for need in member.needs]
        due = states.count("due")
        context.log.info(f"batch {key}: {len(batch.members)} {members}, {due} pages due{_next_due(batch)}")
        return dg.Output(batch, metadata={"batch_size": len(batch.members), **_members_table(batch, states)})

    return pending


def _next_due(batch: PendingBatch) -> str:
    """When a waiting page is due, in words; empty if none waits."""
    needs = [need for member in batch.members for need in member.needs]
    times = [need.due_at for need in needs if need.state == "waiting" and need.due_at]
    return f", {len(times)} wait, the first until {min(times):%Y-%m-%d %H:%M:%S} UTC" if times else ""


def _members_table(batch: PendingBatch, states: Sequence[str]) -> dict[str, dg.MetadataValue | int]:
    records = [
        dg.TableRecord(
            {
                "match_id": member.match_id,
                "map_number": member.map_number,
                "page_id": member.page_id,
                "page_kind": need.page_kind.value,
                "needs": need.state,
                "due_at": need.due_at.isoformat(timespec="seconds") if need.due_at else None,
            }
        )
        for member in batch.members
        for need in member.needs
    ]
    counts: dict[str, dg.MetadataValue | int] = {state: states.count(state) for state in sorted(set(states))}
    return {**counts, "members": dg.MetadataValue.table(records)} if records else counts


def raw_asset(chain: PageChain) -> dg.AssetsDefinition:
    """Return the asset that fetches a batch's pages of one kind, and yields their manifest if all have arrived."""

    @dg.asset(
        name=chain.raw_asset,
        ins={"pending": dg.AssetIn(pending_asset_name(chain.group))},
        partitions_def=BATCH_PARTITIONS[chain.group],
        group_name=_DAGSTER_GROUPS[chain.group],
        pool=SITE_POOL,
        op_tags=IN_FETCH_QUEUE,
        kinds={"html"},
        owners=OWNERS,
        io_manager_key=RAW_PAGES_IO,
        metadata=raw_columns(),
        output_required=False,
        check_specs=[
            dg.AssetCheckSpec(
                "fetch_errors",
                asset=chain.raw_asset,
                blocking=True,
                description="Every page of the batch that is due arrived whole. If one did not, the batch is "
                "discarded: nothing of it is read or written, what did arrive stays in the archive, a later run asks "
                "for the rest.",
            )
        ],
        description=f"The batch's pages of the kind {chain.kind}, in the archive. Its output is the batch's manifest, "
        "written only if every page that is due arrived.",
    )
    def raw_pages(
        context: dg.AssetExecutionContext,
        pending: PendingBatch,
        warehouse: dg.ResourceParam[Warehouse],
        site: dg.ResourceParam[Site],
        archive: dg.ResourceParam[PageStore],
        batch_locks: dg.ResourceParam[BatchLocks],
        settings: dg.ResourceParam[Settings],
    ) -> Iterator[dg.AssetCheckResult | dg.Output[Manifest]]:
        with in_plain_words(), batch_locks.hold(f"{context.partition_key}.{chain.kind}"):
            report = fetch_batch(
                pending,
                chain.kind,
                site=site,
                store=archive,
                warehouse=warehouse,
                policy=retry_policy_of(settings),
                run_id=context.run.run_id,
            )
            manifest = make_manifest(pending, chain.kind, archive, run_id=context.run.run_id, report=report)
        for member, failure in report.failures:
            context.log.warning(f"{member.label} ({failure.url}): {failure.outcome}, {failure.message}")
        context.log.info(f"{report.fetched} pages fetched, {len(manifest.pages)} of {report.batch_size} in the archive")
        plot = fetching_plot(chain.kind, warehouse, context.log) if report.asked else {}
        # A batch that is discarded has no materialization to show anything on.
        yield _fetch_check(report, plot if report.fetch_errors else {})
        if not report.fetch_errors:
            yield dg.Output(
                manifest,
                metadata={
                    "archived": len(manifest.pages),
                    "fetched": report.fetched,
                    "bytes": report.bytes_fetched,
                    "seconds": round(report.seconds, 3),
                    **plot,
                },
            )

    return raw_pages


def _fetch_check(report: FetchReport, plot: PlotMetadata) -> dg.AssetCheckResult:
    errors = report.fetch_errors
    return dg.AssetCheckResult(
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
            **plot,
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
        f"first: {member.label}: {failure.outcome} ({failure.message}). {_what_to_do(failure)}"
    )


def _what_to_do(failure: FetchFailure) -> str:
    if failure.fault is Fault.SITE:
        return (
            "The fault is the site's, no page is blamed: run the batch again when the site may be asked again, it asks "
            "only for what is missing (hltv-assets status tells of a cool-down)."
        )
    if failure.outcome.consequence.then is Then.MISSING:
        request = failure.request
        return (
            "The fault is the page's: it is missing now, and the next run of the batch goes on without it; "
            f"`hltv-assets release {request.kind} {request.page_id}` lets it be asked for again."
        )
    return "The fault is the page's: it waits, and the next run of the batch asks only for what is missing and due."


def parsed_asset(chain: PageChain) -> dg.AssetsDefinition:
    """Return the asset that reads the pages which a manifest names."""

    @dg.asset(
        name=chain.parsed_asset,
        ins={"raw": dg.AssetIn(chain.raw_asset)},
        partitions_def=BATCH_PARTITIONS[chain.group],
        group_name=_DAGSTER_GROUPS[chain.group],
        kinds={"python"},
        owners=OWNERS,
        io_manager_key=PARSED_PAGES_IO,
        metadata=parsed_columns(chain, pending_asset_name(chain.group)),
        code_version=str(chain.tables.parser_version),
        check_specs=[
            dg.AssetCheckSpec(
                "parse_failures",
                asset=chain.parsed_asset,
                description="Every page could be read. One that could not is recorded in page_failures and stays "
                "pending; the others go on.",
            )
        ],
        description="What the pages say: those that have no rows yet, or rows of other content or of an older parser.",
    )
    def parsed_pages(
        context: dg.AssetExecutionContext,
        raw: ArchivedBatch,
        warehouse: dg.ResourceParam[Warehouse],
        archive: dg.ResourceParam[PageStore],
        batch_locks: dg.ResourceParam[BatchLocks],
        settings: dg.ResourceParam[Settings],
    ) -> Iterator[dg.AssetCheckResult | dg.Output[ParsedBatch]]:
        with in_plain_words(), batch_locks.hold(f"{context.partition_key}.{chain.kind}"):
            report = read_batch(
                raw.manifest,
                chain,
                archive=archive,
                warehouse=warehouse,
                policy=retry_policy_of(settings),
                run_id=context.run.run_id,
            )
        _log_reading(context, report)
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

    return parsed_pages


def _log_reading(context: dg.AssetExecutionContext, report: ReadingReport) -> None:
    for failure in report.failures:
        context.log.warning(f"{failure.label} (page {failure.page_id}): {failure.outcome}, {failure.message}")
    for page in report.batch.pages:
        for warning in page.records.warnings:
            context.log.warning(f"{page.label}: {warning}")
    context.log.info(f"{len(report.batch.pages)} pages read, {len(report.failures)} failed")


def tables_asset(chain: PageChain) -> dg.AssetsDefinition:
    """Return the tables of a page kind as assets; whichever is selected, a page's rows land in all of them."""
    head = chain.tables.head.name

    @dg.multi_asset(
        name=f"{chain.kind}_tables",
        ins={"parsed": dg.AssetIn(chain.parsed_asset)},
        partitions_def=BATCH_PARTITIONS[chain.group],
        group_name=_DAGSTER_GROUPS[chain.group],
        can_subset=True,
        specs=[
            dg.AssetSpec(
                table.name,
                deps=[chain.parsed_asset, *chain.after],
                description=table.meaning,
                kinds={"duckdb", "table"},
                owners=OWNERS,
                code_version=str(chain.tables.parser_version),
                metadata=table_definition(table, table_lineage(chain, table)),
            )
            for table in chain.tables.tables
        ],
        check_specs=[
            dg.AssetCheckSpec(
                "write_failures",
                asset=head,
                description="The tables took every page that was read. One that they refused is recorded in "
                "page_failures and rejected_rows and stays pending; the others are written.",
            )
        ],
    )
    def page_tables(
        context: dg.AssetExecutionContext,
        parsed: ParsedBatch,
        warehouse: dg.ResourceParam[Warehouse],
        batch_locks: dg.ResourceParam[BatchLocks],
        settings: dg.ResourceParam[Settings],
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
        with in_plain_words(), batch_locks.hold(f"{context.partition_key}.{chain.kind}"):
            report = load_batch(
                parsed, chain, warehouse=warehouse, policy=retry_policy_of(settings), run_id=context.run.run_id
            )
            with warehouse.connect() as connection:
                counts = row_counts(connection, chain.tables.tables)
        _log_writing(context, report)
        if context.selected_asset_check_keys:
            yield dg.AssetCheckResult(
                passed=not report.write_failures,
                check_name="write_failures",
                asset_key=head,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"failed": len(report.write_failures), **page_failure_table(report.write_failures)},
            )
        for table in chain.tables.tables:
            if dg.AssetKey(table.name) in context.selected_asset_keys:
                metadata = _table_report(report, table, chain, counts[table.name])
                plot = table_plot(table, report, warehouse, context.log)
                yield dg.MaterializeResult(asset_key=table.name, metadata={**metadata, **plot})

    return page_tables


def _log_writing(context: dg.AssetExecutionContext, report: LoadReport) -> None:
    for failure in report.write_failures:
        context.log.warning(f"{failure.label}: not written, {failure.message}; see rejected_rows for what was read")
    if report.left:
        context.log.info(f"{report.left} pages wait for the rows of the map page")
    context.log.info(f"{len(report.written)} pages written, {len(report.write_failures)} refused by the tables")


def _table_report(
    report: LoadReport, table: Table, chain: PageChain, row_count: int
) -> dict[str, dg.MetadataValue | int | float]:
    rows = [
        ({name: getattr(page, name) for name in chain.tables.page_key}, record)
        for page in report.written
        for record in page.rows[table.name]
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
