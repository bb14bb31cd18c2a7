"""The asset `discovered_matches`: which matches there are, by the results listing."""

from collections.abc import Iterator

import dagster as dg

from hltv_assets.archive.store import PageStore
from hltv_assets.assets.errors_to_failures import in_plain_words
from hltv_assets.assets.partitions import OWNERS
from hltv_assets.assets.plots import progress_plot
from hltv_assets.assets.queues import IN_FETCH_QUEUE
from hltv_assets.assets.table_metadata import table_definition
from hltv_assets.components import SITE_POOL, scope_of
from hltv_assets.pipeline.discover import DiscoveryReport, discover
from hltv_assets.settings import Settings
from hltv_assets.site.client import Site
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.schema.match_tables import DISCOVERED_MATCHES


@dg.asset(
    group_name="planning",
    pool=SITE_POOL,
    op_tags=IN_FETCH_QUEUE,
    kinds={"duckdb", "table"},
    owners=OWNERS,
    metadata=table_definition(DISCOVERED_MATCHES),
    description="The matches of the results listing. Reads it from the top until a page has nothing new, and continues "
    "the backfill where it stopped.",
    check_specs=[
        dg.AssetCheckSpec(
            "fetch_errors",
            asset="discovered_matches",
            blocking=True,
            description="Every page of the listing that was asked for arrived and could be read. What was read before "
            "stays, the next run goes on from there.",
        ),
        dg.AssetCheckSpec(
            "listing_gaps",
            asset="discovered_matches",
            description="Where the listing was read to its end, as many matches are known as it says it has.",
        ),
    ],
)
def discovered_matches(
    context: dg.AssetExecutionContext,
    warehouse: dg.ResourceParam[Warehouse],
    site: dg.ResourceParam[Site],
    archive: dg.ResourceParam[PageStore],
    settings: dg.ResourceParam[Settings],
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
    """Read the listing as far as there is something new or unread in it."""
    with in_plain_words():
        report = discover(site=site, archive=archive, warehouse=warehouse, scope=scope_of(settings))
    context.log.info(f"{report.pages} pages of the results listing, {report.new_matches} new matches")
    problem = problem_of(report)
    missing = (report.state.results_total or 0) - report.state.known if report.state.is_complete else 0
    yield dg.AssetCheckResult(
        passed=missing <= 0,
        check_name="listing_gaps",
        severity=dg.AssetCheckSeverity.WARN,
        description=f"the listing has {max(0, missing)} matches that are not known",
        metadata={"known": report.state.known, "results_total": report.state.results_total or 0},
    )
    yield dg.AssetCheckResult(
        passed=problem is None,
        check_name="fetch_errors",
        severity=dg.AssetCheckSeverity.ERROR,
        description=problem or f"{report.pages} pages arrived, none failed",
    )
    yield dg.MaterializeResult(
        metadata={
            "pages": report.pages,
            "new_matches": report.new_matches,
            "bytes": report.bytes_fetched,
            "seconds": round(report.seconds, 3),
            "is_complete": report.state.is_complete,
            "dagster/row_count": report.state.known,
            **progress_plot("match", warehouse, context.log),
            **progress_plot("map", warehouse, context.log),
        }
    )


def problem_of(report: DiscoveryReport) -> str | None:
    """Return in words why a walk through the listing ended early; None if it did not."""
    if report.failure:
        return (
            f"{report.failure.url}: {report.failure.outcome}, {report.failure.message}; run it again to continue there"
        )
    if report.unreadable:
        return f"the listing cannot be read: {report.unreadable}; the page is in the archive"
    return None
