"""`hltv-assets reparse`: archived pages are read again on all cores, with a progress bar, and a line a failure."""

import os
from collections.abc import Collection
from itertools import chain as concatenated

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from hltv_assets.archive.store import PageStore
from hltv_assets.cli.output import counted, passing_bar
from hltv_assets.cli.verb import verb
from hltv_assets.components import batch_locks_of, retry_policy_of, warehouse_of
from hltv_assets.pages import PageKind
from hltv_assets.pipeline.chain import CHAINS
from hltv_assets.pipeline.parse_pool import readers
from hltv_assets.pipeline.reparse import Rereading
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
    """Read pages of these kinds again, print what became of them, and return whether none failed.

    Raises as `Rereading.read_again` does.
    """
    console = Console(highlight=False, soft_wrap=True, markup=False)
    written = unchanged = failed = 0
    columns = (TextColumn("reading again"), BarColumn(), MofNCompleteColumn(), TextColumn("batches"))
    with (
        readers(settings.archive, workers) as reader,
        passing_bar(*columns, TimeRemainingColumn()) as progress,
    ):
        rereading = Rereading(
            archive=PageStore(settings.archive),
            warehouse=warehouse_of(settings),
            locks=batch_locks_of(settings),
            policy=retry_policy_of(settings),
            reader=reader,
            everything=everything,
        )
        groups = [(chain, rereading.batches(chain)) for chain in CHAINS if chain.kind in kinds]
        task = progress.add_task("", total=sum(len(keys) for _, of_chain in groups for keys in of_chain))
        for reread in concatenated.from_iterable(rereading.read_again(chain, of_chain) for chain, of_chain in groups):
            progress.advance(task, len(reread.written))
            for failure in reread.failures:
                console.print(f"{failure.label} ({failure.page_kind}): {failure.outcome}, {failure.message}")
            for problem in reread.problems:
                console.print(problem)
            written += sum(reread.written.values())
            unchanged += reread.unchanged + reread.left
            failed += len(reread.failures) + len(reread.problems)
    console.print(
        f"{counted(written, 'page')} read again and written, {unchanged:,} left as they are, {failed:,} failed"
    )
    return not failed
