"""`hltv-assets backup`."""

import click

from hltv_assets.archive.store import PageStore
from hltv_assets.cli.copy_report import print_backup, watching
from hltv_assets.cli.verb import verb
from hltv_assets.components import backup_lock_of, warehouse_of
from hltv_assets.pipeline.backup import back_up
from hltv_assets.settings import Settings


@click.command()
@click.argument("target")
@click.option("--keep", default=7, show_default=True, type=click.IntRange(min=1), help="Number of backups to keep.")
@verb
def command(settings: Settings, target: str, *, keep: int) -> bool:
    """Back up warehouse and archive to TARGET, a folder or an fsspec URL.

    Pages that TARGET has already are not copied again.
    """
    return make_backup(settings, target, keep=keep)


def make_backup(settings: Settings, location: str, *, keep: int) -> bool:
    """Make a backup, print its path, and return whether it contains every page."""
    with watching("backing up") as watch:
        backup = back_up(
            warehouse_of(settings),
            PageStore(settings.archive),
            location,
            lock=backup_lock_of(settings),
            keep=keep,
            watch=watch,
        )
    return print_backup(f"{backup.place} is complete", backup)
