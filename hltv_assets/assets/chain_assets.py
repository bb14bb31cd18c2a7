"""The assets of a chain, made from its description: pending, raw, parsed, and the tables; one partition per batch."""

from collections.abc import Iterator, Sequence

import dagster as dg

from hltv_assets.archive.manifest import Manifest
from hltv_assets.archive.store import PageStore
from hltv_assets.assets.errors_to_failures import in_plain_words
from hltv_assets.assets.failure_tables import fetch_failure_table, page_failure_table
from hltv_assets.assets.partitions import BATCH_PARTITIONS, OWNERS
from hltv_assets.assets.plots import table_plot
from hltv_assets.assets.queues import IN_FETCH_QUEUE
from hltv_assets.assets.table_metadata import rows_preview, table_definition
from hltv_assets.components import SITE_POOL, retry_policy_of, scope_of
from hltv_assets.pages import Outcome
from hltv_assets.pages.failures import PageFailure
from hltv_assets.pages.kinds import PageGroup
from hltv_assets.pages.outcomes import Fault, NextStep
from hltv_assets.pipeline.chain import PageChain
from hltv_assets.pipeline.fetch import FetchReport, fetch_batch
from hltv_assets.pipeline.load import LoadReport, load_batch
from hltv_assets.pipeline.parse import ParsedBatch, ParseReport, parse_batch
from hltv_assets.settings import Settings
from hltv_assets.site.client import Site
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
    """Return the asset with the members of a batch, and what each still needs."""
    members = _DAGSTER_GROUPS[group]

    @dg.asset(
        name=pending_asset_name(group),
        partitions_def=BATCH_PARTITIONS[group],
        io_manager_key=PENDING_BATCH_IO,
        group_name=members,
        kinds={"duckdb"},
        owners=OWNERS,
        description=f"The {members} of a batch, and what each still needs. A batch without members (a key that "
        "somebody typed) takes the next ones that are due.",
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
    """Return the asset that fetches a batch's pages of one kind, and returns their manifest if all arrived."""

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
        output_required=False,
        check_specs=[
            dg.AssetCheckSpec(
                "fetch_errors",
                asset=chain.raw_asset,
                blocking=True,
                description="Every page of the batch that is due arrived whole. If one did not, the batch is "
                "discarded: nothing of it is parsed or loaded, pages that arrived stay in the archive, and a later run "
                "requests the rest.",
            )
        ],
        description=f"The {chain.kind} pages of the batch in the archive. The output is the batch's manifest, written "
        "only if every page that is due arrived.",
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
        for failure in report.failures:
            context.log.warning(f"{failure.label} ({failure.url}): {failure.outcome}, {failure.message}")
        context.log.info(
            f"{report.fetched} pages fetched, {len(report.manifest.pages)} of {report.batch_size} in the archive"
        )
        yield _fetch_check(report)
        if not report.fetch_errors:
            yield dg.Output(
                report.manifest,
                metadata={
                    "archived": len(report.manifest.pages),
                    "fetched": report.fetched,
                    "bytes": report.bytes_fetched,
                    "seconds": round(report.seconds, 3),
                },
            )

    return raw_pages


def _fetch_check(report: FetchReport) -> dg.AssetCheckResult:
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
        },
    )


def _fetch_summary(report: FetchReport) -> str:
    errors = report.fetch_errors
    if not errors:
        return f"{report.fetched} pages fetched, none failed"
    # What stopped the fetching says more than what was not tried because of it.
    failure = next((one for one in errors if one.outcome is not Outcome.NOT_TRIED), errors[0])
    return (
        f"{len(errors)} of {report.batch_size} pages did not arrive, so nothing of the batch is parsed or loaded; "
        f"first: {failure.label}: {failure.outcome} ({failure.message}). {_what_to_do(failure)}"
    )


def _what_to_do(failure: PageFailure) -> str:
    if failure.fault is Fault.SITE:
        return (
            "This is a failure of the whole site; no page is penalised. Run the batch again after the cool-down (see "
            "`hltv-assets status`): only missing pages are requested."
        )
    if failure.outcome.consequence.next_step is NextStep.MISSING:
        return (
            "The page counts as missing now, and the next run of the batch goes on without it; `hltv-assets release "
            f"{failure.page_kind} {failure.page_id}` makes it due again."
        )
    return "The page waits, and the next run of the batch requests only pages that are missing and due."


def parsed_asset(chain: PageChain) -> dg.AssetsDefinition:
    """Return the asset that parses the pages of a manifest."""

    @dg.asset(
        name=chain.parsed_asset,
        ins={"raw": dg.AssetIn(chain.raw_asset)},
        partitions_def=BATCH_PARTITIONS[chain.group],
        group_name=_DAGSTER_GROUPS[chain.group],
        kinds={"python"},
        owners=OWNERS,
        io_manager_key=PARSED_PAGES_IO,
        code_version=str(chain.tables.parser_version),
        check_specs=[
            dg.AssetCheckSpec(
                "parse_failures",
                asset=chain.parsed_asset,
                description="Every page could be parsed. A page that could not is recorded in page_failures and stays "
                "pending; the others go on.",
            )
        ],
        description="What pages say that have no rows yet, or rows of other content or an older parser version.",
    )
    def parsed_pages(
        context: dg.AssetExecutionContext,
        raw: Manifest,
        warehouse: dg.ResourceParam[Warehouse],
        archive: dg.ResourceParam[PageStore],
        batch_locks: dg.ResourceParam[BatchLocks],
        settings: dg.ResourceParam[Settings],
    ) -> Iterator[dg.AssetCheckResult | dg.Output[ParsedBatch]]:
        with in_plain_words(), batch_locks.hold(f"{context.partition_key}.{chain.kind}"):
            report = parse_batch(
                raw,
                chain,
                archive=archive,
                warehouse=warehouse,
                policy=retry_policy_of(settings),
                run_id=context.run.run_id,
            )
        _log_parsing(context, report)
        yield dg.AssetCheckResult(
            passed=not report.failures,
            check_name="parse_failures",
            severity=dg.AssetCheckSeverity.WARN,
            description=f"{len(report.batch.pages)} pages parsed, {len(report.failures)} failed",
            metadata={"failed": len(report.failures), **page_failure_table(report.failures)},
        )
        yield dg.Output(
            report.batch,
            metadata={
                "parsed": len(report.batch.pages),
                "unchanged": len(report.batch.unchanged),
                "failed": len(report.failures),
                "warnings": sum(len(page.records.warnings) for page in report.batch.pages),
                "seconds": round(report.batch.seconds, 3),
            },
        )

    return parsed_pages


def _log_parsing(context: dg.AssetExecutionContext, report: ParseReport) -> None:
    for failure in report.failures:
        context.log.warning(f"{failure.label} (page {failure.page_id}): {failure.outcome}, {failure.message}")
    for page in report.batch.pages:
        for warning in page.records.warnings:
            context.log.warning(f"{page.label}: {warning}")
    context.log.info(f"{len(report.batch.pages)} pages parsed, {len(report.failures)} failed")


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
                metadata=table_definition(table),
            )
            for table in chain.tables.tables
        ],
        check_specs=[
            dg.AssetCheckSpec(
                "write_failures",
                asset=head,
                description="The rows of every parsed page were loaded. A page whose rows were refused is recorded in "
                "page_failures and rejected_rows and stays pending; the others are loaded.",
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
        lock = batch_locks.hold(f"{context.partition_key}.{chain.kind}")
        selected = [table for table in chain.tables.tables if dg.AssetKey(table.name) in context.selected_asset_keys]
        # Held open for all steps: opening a file takes longer than most of them.
        with in_plain_words(), lock, warehouse.connect() as connection:
            report = load_batch(
                parsed, chain, warehouse=warehouse, policy=retry_policy_of(settings), run_id=context.run.run_id
            )
            counts = row_counts(connection, chain.tables.tables)
            plots = [table_plot(table, report, connection, context.log) for table in selected]
        _log_loading(context, report)
        if context.selected_asset_check_keys:
            yield dg.AssetCheckResult(
                passed=not report.write_failures,
                check_name="write_failures",
                asset_key=head,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"failed": len(report.write_failures), **page_failure_table(report.write_failures)},
            )
        for table, plot in zip(selected, plots, strict=True):
            metadata = _table_report(report, table, chain, counts[table.name])
            yield dg.MaterializeResult(asset_key=table.name, metadata={**metadata, **plot()})

    return page_tables


def _log_loading(context: dg.AssetExecutionContext, report: LoadReport) -> None:
    for failure in report.write_failures:
        context.log.warning(f"{failure.label}: not loaded, {failure.message}; its rows are in rejected_rows")
    if report.deferred:
        context.log.info(f"{report.deferred} pages wait for the rows of their map page")
    context.log.info(f"{len(report.written)} pages loaded, {len(report.write_failures)} refused")


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
