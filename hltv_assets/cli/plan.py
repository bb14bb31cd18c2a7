"""`hltv-assets plan`: the planning assets, materialized in this process."""

import click
import dagster as dg

from hltv_assets.assets.partitions import partitions_name
from hltv_assets.cli.runs import dagster_home, materialize, raise_in_plain_words
from hltv_assets.cli.verb import verb
from hltv_assets.definitions import build_definitions
from hltv_assets.settings import Settings


@click.command()
@verb
def command(settings: Settings) -> None:
    """Group what is due into batches, and print the new keys, one per line."""
    for key in plan_batches(settings):
        click.echo(key)


def plan_batches(settings: Settings) -> list[str]:
    """Materialize `match_batches` and `map_batches` and return the new keys; raises `RunFailedError` if that failed."""
    with dagster_home() as instance:
        selection = dg.AssetSelection.assets(partitions_name("match"), partitions_name("map"))
        result = materialize(build_definitions(settings), selection, instance)
        raise_in_plain_words(result)
        found = [
            event.materialization.metadata["new_keys"].value for event in result.get_asset_materialization_events()
        ]
        return [str(key) for keys in found if isinstance(keys, list) for key in keys]
