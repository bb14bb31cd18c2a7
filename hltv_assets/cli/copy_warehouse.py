"""`hltv-assets copy-warehouse`."""

import click

from hltv_assets.cli.copy_report import watching
from hltv_assets.cli.output import plain_console
from hltv_assets.cli.verb import verb
from hltv_assets.components import warehouse_of
from hltv_assets.settings import Settings
from hltv_assets.warehouse.copying import copy_tables
from hltv_assets.warehouse.errors import WarehouseError


@click.command("copy-warehouse")
@click.argument("target")
@click.option("--lake", help="Folder or URL of the Parquet files, if TARGET is a lake (default: HLTV_LAKE).")
@verb
def command(settings: Settings, target: str, lake: str | None) -> None:
    """Copy all rows of the warehouse to TARGET, a DuckDB file or `ducklake:postgres:...`.

    TARGET must not have rows yet. Let no run write meanwhile; afterwards, set HLTV_WAREHOUSE to TARGET.
    """
    copy_whole_warehouse(settings, settings.with_warehouse(target, lake=lake))


def copy_whole_warehouse(settings: Settings, there: Settings) -> None:
    """Copy the warehouse to where other settings have theirs, and print the number of rows.

    Raises `WarehouseError` if there is none, or the target has rows or cannot be opened.
    """
    source = warehouse_of(settings)
    if not source.is_there():
        raise WarehouseError(f"there is no warehouse {source.place} yet: run `hltv-assets sync` first")
    target = warehouse_of(there)
    with watching("copying") as watch:
        rows = copy_tables(source, target, watch)
    plain_console().print(f"copied {rows:,} rows to {target.place}; now set HLTV_WAREHOUSE to it")
