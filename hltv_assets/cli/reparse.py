"""`hltv-assets reparse`: archived pages are parsed again on all cores, with a progress bar and one line per failure."""

import os
from collections.abc import Collection
from itertools import chain as concatenated

import click
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from hltv_assets.archive.store import PageStore
from hltv_assets.cli.output import counted, passing_bar, plain_console
from hltv_assets.cli.verb import verb
from hltv_assets.components import batch_locks_of, retry_policy_of, warehouse_of
from hltv_assets.pages import PageKind
from hltv_assets.pipeline.chain import CHAINS
from hltv_assets.pipeline.parse_pool import parse_pool
from hltv_assets.pipeline.reparse import Reparse
from hltv_assets.settings import Settings


@click.command()
@click.argument("kinds", nargs=-1, type=click.Choice([chain.kind.value for chain in CHAINS]))
@click.option("--all", "everything", is_flag=True, help="Include pages already parsed by the current version.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes that parse (default: one per core).")
@verb
def command(settings: Settings, kinds: tuple[str, ...], *, everything: bool, workers: int | None) -> bool:
    """Parse archived pages again that an older parser version parsed; of all KINDS, or of these.

    Makes no request. If it is interrupted, the next one continues there.
    """
    chosen = {PageKind(kind) for kind in kinds} or set(PageKind)
    return reparse(settings, chosen, workers=workers or len(os.sched_getaffinity(0)), everything=everything)


def reparse(settings: Settings, kinds: Collection[PageKind], *, workers: int, everything: bool) -> bool:
    """Parse pages of these kinds again, print the result, and return whether none failed.

    Raises as `Reparse.run` does.
    """
    console = plain_console()
    written = unchanged = failed = 0
    columns = (TextColumn("parsing"), BarColumn(), MofNCompleteColumn(), TextColumn("batches"))
    with (
        parse_pool(settings.archive, workers) as parser,
        passing_bar(*columns, TimeRemainingColumn()) as progress,
    ):
        reparsing = Reparse(
            archive=PageStore(settings.archive),
            warehouse=warehouse_of(settings),
            locks=batch_locks_of(settings),
            policy=retry_policy_of(settings),
            parser=parser,
            everything=everything,
        )
        groups = [(chain, reparsing.batches(chain)) for chain in CHAINS if chain.kind in kinds]
        task = progress.add_task("", total=sum(len(keys) for _, of_chain in groups for keys in of_chain))
        for result in concatenated.from_iterable(reparsing.run(chain, of_chain) for chain, of_chain in groups):
            progress.advance(task, len(result.written))
            for failure in result.failures:
                console.print(f"{failure.label} ({failure.page_kind}): {failure.outcome}, {failure.message}")
            for problem in result.problems:
                console.print(problem)
            written += sum(result.written.values())
            unchanged += result.unchanged + result.deferred
            failed += len(result.failures) + len(result.problems)
    console.print(f"{counted(written, 'page')} parsed again and loaded, {unchanged:,} unchanged, {failed:,} failed")
    return not failed
