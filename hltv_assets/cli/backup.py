"""`hltv-assets backup`, `restore` and `rebuild`: a progress bar, and a line for each page that could not be used."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from hltv_assets.archive.store import PageStore
from hltv_assets.cli.output import passing_bar
from hltv_assets.components import scope_of, warehouse_of
from hltv_assets.pipeline.backup import Backup, Watch, back_up, restore
from hltv_assets.pipeline.rebuild import rebuild
from hltv_assets.settings import Settings
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.copying import copy_tables
from hltv_assets.warehouse.errors import WarehouseError


def make_backup(settings: Settings, location: str, *, keep: int) -> bool:
    """Make a backup, print where it lies, and return whether every page is in it."""
    with _watching("backing up") as watch:
        backup = back_up(settings, location, keep=keep, watch=watch)
    return _told(f"{backup.place} is complete", backup)


def restore_backup(settings: Settings, location: str) -> bool:
    """Restore the newest backup, print which it was, and return whether every page of it was whole."""
    with _watching("restoring") as watch:
        backup = restore(settings, location, watch=watch)
    is_whole = _told(f"{backup.place} is restored", backup)
    _console().print("`hltv-assets sync` goes on from here")
    return is_whole


def rebuild_warehouse(settings: Settings) -> bool:
    """Rebuild the warehouse, print what the archive told, and return whether every page could be used.

    Raises `WarehouseError` if there is a warehouse already.
    """
    warehouse = warehouse_of(settings)
    warehouse.check_is_not_there()
    part = warehouse.snapshot.with_name(f".{warehouse.snapshot.name}.rebuilt")
    part.parent.mkdir(parents=True, exist_ok=True)
    part.unlink(missing_ok=True)  # of a process that was killed
    with _watching("rebuilding") as watch:
        inside = Warehouse(str(part), wait=settings.lock_wait)
        rebuilt = rebuild(PageStore(settings.archive), inside, scope_of(settings), watch)
    warehouse.become(part)
    console = _console()
    _list(rebuilt.problems)
    console.print(
        f"{warehouse.place} knows again of {rebuilt.pages:,} pages in {rebuilt.batches:,} batches, and of"
        f" {rebuilt.listing_pages:,} pages of the listing; `hltv-assets sync` reads them"
    )
    return not rebuilt.problems


def copy_whole_warehouse(settings: Settings, there: Settings) -> None:
    """Copy the warehouse to where other settings have it, and print how many rows that were.

    Raises `WarehouseError` if there is none, or the target has rows or cannot be opened.
    """
    source = warehouse_of(settings)
    if not source.is_there():
        raise WarehouseError(f"there is no warehouse {source.place} yet: run `hltv-assets sync` first")
    target = warehouse_of(there)
    with _watching("copying") as watch:
        rows = copy_tables(source, target, watch)
    _console().print(f"{rows:,} rows are in {target.place}; set HLTV_WAREHOUSE to it")


def _told(what: str, backup: Backup) -> bool:
    copied = backup.copied
    _list(copied.problems)
    _console().print(
        f"{what}: {copied.pages:,} pages, {copied.new:,} of them new ({decimal(copied.bytes)}), and a warehouse of"
        f" {decimal(backup.note.warehouse_bytes)}"
    )
    return not copied.problems


def _list(problems: Sequence[str]) -> None:
    for problem in problems:
        _console().print(f"left out: {problem}")


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True, markup=False)


@contextmanager
def _watching(what: str) -> Iterator[Watch]:
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with passing_bar(*columns) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
