"""`hltv-assets rebuild`."""

import click

from hltv_assets.archive.store import PageStore
from hltv_assets.cli.copy_report import print_problems, watching
from hltv_assets.cli.output import plain_console
from hltv_assets.cli.verb import verb
from hltv_assets.components import scope_of, warehouse_of
from hltv_assets.pipeline.rebuild import rebuild
from hltv_assets.settings import Settings
from hltv_assets.warehouse.file_warehouse import FileWarehouse


@click.command()
@verb
def command(settings: Settings) -> bool:
    """Rebuild the warehouse from the archive alone, where there is none; `sync` then parses its pages."""
    return rebuild_warehouse(settings)


def rebuild_warehouse(settings: Settings) -> bool:
    """Rebuild the warehouse, print what the archive contains, and return whether every page could be used.

    Raises `WarehouseError` if there is a warehouse already.
    """
    warehouse = warehouse_of(settings)
    warehouse.check_is_not_there()
    part = warehouse.snapshot.with_name(f".{warehouse.snapshot.name}.rebuilt")
    part.parent.mkdir(parents=True, exist_ok=True)
    part.unlink(missing_ok=True)  # of a process that was killed
    with watching("rebuilding") as watch:
        inside = FileWarehouse(str(part), wait=settings.lock_wait)
        rebuilt = rebuild(PageStore(settings.archive), inside, scope_of(settings), watch)
    warehouse.adopt_file(part)
    print_problems(rebuilt.problems)
    plain_console().print(
        f"rebuilt {warehouse.place} from {rebuilt.pages:,} pages in {rebuilt.batches:,} batches and"
        f" {rebuilt.listing_pages:,} pages of the listing; run `hltv-assets sync` to parse them"
    )
    return not rebuilt.problems
