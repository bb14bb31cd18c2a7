"""`hltv-assets snapshot`: the warehouse is published for readers."""

import click

from hltv_assets.cli.verb import verb
from hltv_assets.components import warehouse_of
from hltv_assets.settings import Settings
from hltv_assets.warehouse.snapshot import publish_snapshot


@click.command()
@verb
def command(settings: Settings) -> None:
    """Publish a copy of the warehouse for readers, and print its path."""
    click.echo(publish(settings))


def publish(settings: Settings) -> str:
    """Publish a snapshot, if anything has changed since the last one, and return where it lies."""
    warehouse = warehouse_of(settings)
    publish_snapshot(warehouse)
    return str(warehouse.snapshot)
