"""Parsing archived pages again: the job that does so in one run, and the sensor that starts it after an upgrade.

The job is what `hltv-assets reparse` does, reported to Dagster.
"""

import os
from datetime import UTC, datetime, timedelta

import dagster as dg

from hltv_assets.archive.store import PageStore
from hltv_assets.assets.errors_to_failures import in_plain_words
from hltv_assets.automation.default_status import sensors_are
from hltv_assets.automation.run_queries import ended_at, newest_run_of_job, run_key_after, warehouse_of_a_tick
from hltv_assets.components import retry_policy_of
from hltv_assets.pipeline.chain import CHAINS, PageChain
from hltv_assets.pipeline.parse_pool import parse_pool
from hltv_assets.pipeline.reparse import Reparse, ReparseResult
from hltv_assets.settings import Settings
from hltv_assets.warehouse.batch_lock import BatchLocks
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.errors import WarehouseError
from hltv_assets.warehouse.pages_to_parse import count_stale

_CODE_VERSION = "dagster/code_version"
_JOB = "reparse"
_PAUSE = timedelta(hours=1)  # before pages are parsed again that are stale even so


class ReparseConfig(dg.Config):
    """`everything` includes pages already parsed by the current version; `workers` is the number of processes.

    0 workers means one per core. A Celery worker may not start processes, so it parses in its own.
    """

    everything: bool = False
    workers: int = 0


@dg.op(description="Parses archived pages again whose parser has a new version, and loads their rows.")
def reparse_archive(
    context: dg.OpExecutionContext,
    config: ReparseConfig,
    warehouse: dg.ResourceParam[Warehouse],
    archive: dg.ResourceParam[PageStore],
    batch_locks: dg.ResourceParam[BatchLocks],
    settings: dg.ResourceParam[Settings],
) -> None:
    """Parse all batches of all chains again, and report each table and batch that got new rows."""
    failed = 0
    with in_plain_words(), parse_pool(settings.archive, config.workers or len(os.sched_getaffinity(0))) as parser:
        reparse = Reparse(
            archive=archive,
            warehouse=warehouse,
            locks=batch_locks,
            policy=retry_policy_of(settings),
            parser=parser,
            everything=config.everything,
        )
        for chain in CHAINS:
            for result in reparse.run(chain, reparse.batches(chain)):
                _report(context, chain, result)
                failed += len(result.failures) + len(result.problems)
    context.log.info(f"{failed} pages failed")


def _report(context: dg.OpExecutionContext, chain: PageChain, result: ReparseResult) -> None:
    for failure in result.failures:
        context.log.warning(f"{failure.label} (page {failure.page_id}): {failure.outcome}, {failure.message}")
    for problem in result.problems:
        context.log.warning(problem)
    for key, pages in result.written.items():
        if pages:
            for name in (chain.parsed_asset, *(table.name for table in chain.tables.tables)):
                context.log_event(
                    dg.AssetMaterialization(
                        name,
                        partition=key,
                        metadata={"pages": pages},
                        tags={_CODE_VERSION: str(chain.tables.parser_version)},
                    )
                )


@dg.job(name=_JOB, description="Parses all archived pages again in one run, on all cores, without a request.")
def reparse_job() -> None:
    """Parse everything again."""
    reparse_archive()


def reparse_request(stale: int, newest: dg.RunRecord | None, now: datetime) -> dg.RunRequest | dg.SkipReason:
    """Return the run to ask for when so many pages are stale, after the newest run of the job."""
    if not stale:
        return dg.SkipReason("all pages are parsed by the current version")
    if newest and not newest.dagster_run.is_finished:
        return dg.SkipReason(f"run {newest.dagster_run.run_id} parses {stale} pages of an older parser version")
    if newest and now - ended_at(newest) < _PAUSE:
        return dg.SkipReason(
            f"{stale} pages are still of an older parser version after run {newest.dagster_run.run_id}, whose log says "
            "why; the next try is an hour after it ended"
        )
    return dg.RunRequest(job_name=_JOB, run_key=run_key_after(_JOB, newest))


def stale_parser_sensor(settings: Settings) -> dg.SensorDefinition:
    """Return the sensor that starts the job when pages are of an older parser version."""

    @dg.sensor(
        name="stale_parser_sensor",
        job_name=_JOB,
        minimum_interval_seconds=settings.sensor_interval,
        default_status=sensors_are(settings),
        description="Starts the job `reparse` when archived pages were parsed by an older parser version.",
    )
    def sensor(
        context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
    ) -> dg.RunRequest | dg.SkipReason:
        try:
            with warehouse_of_a_tick(settings).connect() as connection:
                stale = count_stale(connection)
        except WarehouseError as error:
            return dg.SkipReason(f"the next tick tries again: {error}")
        return reparse_request(stale, newest_run_of_job(context.instance, _JOB), datetime.now(UTC))

    return sensor
