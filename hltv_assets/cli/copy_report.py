"""What `backup`, `restore` and `rebuild` print: a progress bar, and one line per page that could not be used."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.filesize import decimal
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from hltv_assets.cli.output import passing_bar, plain_console
from hltv_assets.pipeline.backup import Backup, Watch


def print_backup(what: str, backup: Backup) -> bool:
    """Print what a backup contains, and return whether no page is missing."""
    copied = backup.copied
    print_problems(copied.problems)
    plain_console().print(
        f"{what}: {copied.pages:,} pages, {copied.new:,} of them new ({decimal(copied.bytes)}), and a warehouse of"
        f" {decimal(backup.note.warehouse_bytes)}"
    )
    return not copied.problems


def print_problems(problems: Sequence[str]) -> None:
    """Print what was left out."""
    for problem in problems:
        plain_console().print(f"left out: {problem}")


@contextmanager
def watching(what: str) -> Iterator[Watch]:
    """Show how much is done while something is copied."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with passing_bar(*columns) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
