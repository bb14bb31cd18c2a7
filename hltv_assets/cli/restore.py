"""`hltv-assets restore`."""

import click

from hltv_assets.archive.store import PageStore
from hltv_assets.cli.copy_report import print_backup, watching
from hltv_assets.cli.output import plain_console
from hltv_assets.cli.verb import verb
from hltv_assets.components import warehouse_of
from hltv_assets.pipeline.backup import restore
from hltv_assets.settings import Settings


@click.command()
@click.argument("source")
@verb
def command(settings: Settings, source: str) -> bool:
    """Restore the latest backup from SOURCE, where there is no warehouse yet."""
    return restore_backup(settings, source)


def restore_backup(settings: Settings, location: str) -> bool:
    """Restore the latest backup, print which one it was, and return whether all of its pages were intact."""
    with watching("restoring") as watch:
        backup = restore(warehouse_of(settings), PageStore(settings.archive), location, watch=watch)
    is_whole = print_backup(f"{backup.place} is restored", backup)
    plain_console().print("run `hltv-assets sync` to continue from there")
    return is_whole
