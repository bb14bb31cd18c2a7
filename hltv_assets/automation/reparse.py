"""The job that reads all archived pages again in one run: what `hltv-assets reparse` does, told to Dagster."""

import os

import dagster as dg

from hltv_assets.archive.store import PageStore
from hltv_assets.assets.errors_to_failures import in_plain_words
from hltv_assets.components import retry_policy_of
from hltv_assets.pipeline.chain import CHAINS, PageChain
from hltv_assets.pipeline.parse_pool import readers
from hltv_assets.pipeline.reparse import Reread, Rereading
from hltv_assets.settings import Settings
from hltv_assets.warehouse.batch_lock import BatchLocks
from hltv_assets.warehouse.connection import Warehouse

_CODE_VERSION = "dagster/code_version"


class ReparseConfig(dg.Config):
    """`everything`: also pages whose rows are of today's parser. `workers`: processes that parse, 0 for one a core.

    A worker of Celery may start none: there it parses in its own process.
    """

    everything: bool = False
    workers: int = 0


@dg.op(description="Reads archived pages again, as far as their parser got better, and writes their rows.")
def read_archive_again(
    context: dg.OpExecutionContext,
    config: ReparseConfig,
    warehouse: dg.ResourceParam[Warehouse],
    archive: dg.ResourceParam[PageStore],
    batch_locks: dg.ResourceParam[BatchLocks],
    settings: dg.ResourceParam[Settings],
) -> None:
    """Read all batches of all chains again, and tell of each table and batch that got new rows."""
    failed = 0
    with in_plain_words(), readers(settings.archive, config.workers or len(os.sched_getaffinity(0))) as reader:
        rereading = Rereading(
            archive=archive,
            warehouse=warehouse,
            locks=batch_locks,
            policy=retry_policy_of(settings),
            reader=reader,
            everything=config.everything,
        )
        for chain in CHAINS:
            for reread in rereading.read_again(chain, rereading.batches(chain)):
                _tell(context, chain, reread)
                failed += len(reread.failures) + len(reread.problems)
    context.log.info(f"{failed} pages failed")


def _tell(context: dg.OpExecutionContext, chain: PageChain, reread: Reread) -> None:
    for failure in reread.failures:
        context.log.warning(f"{failure.label} (page {failure.page_id}): {failure.outcome}, {failure.message}")
    for problem in reread.problems:
        context.log.warning(problem)
    for key, pages in reread.written.items():
        if pages:
            for table in chain.tables.tables:
                context.log_event(
                    dg.AssetMaterialization(
                        table.name,
                        partition=key,
                        metadata={"pages": pages},
                        tags={_CODE_VERSION: str(chain.tables.parser_version)},
                    )
                )


@dg.job(name="reparse", description="Reads all archived pages again in one run, on all cores; fetches nothing.")
def reparse_job() -> None:
    """Read everything again."""
    read_archive_again()
