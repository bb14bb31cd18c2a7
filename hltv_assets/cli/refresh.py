"""`hltv-assets refresh`: all pages of a match are asked for again, and the tables follow them."""

from datetime import UTC, datetime

import click
from rich.console import Console

from hltv_assets.cli.arguments import match_number
from hltv_assets.cli.sync import syncing
from hltv_assets.cli.verb import verb
from hltv_assets.components import warehouse_of
from hltv_assets.settings import Settings
from hltv_assets.warehouse.refreshes import ask_for_refresh, owed_pages


@click.command()
@click.argument("match", type=match_number)
@verb
def command(settings: Settings, match: int) -> bool:
    """Fetch all pages of a MATCH again, by number or address, after HLTV corrected them, and update the tables.

    The archive keeps the old pages. A page that does not arrive now stays due.
    """
    return refresh_match(settings, match)


def refresh_match(settings: Settings, match_id: int) -> bool:
    """Ask for newer copies of a match's pages and run its batches; return whether all have arrived and are written.

    What this run does not bring stays owed: it is due like any other page, for the next sync and for the sensors.
    Raises `UnknownMatchError` if the warehouse knows nothing of the match.
    """
    console = Console(highlight=False, soft_wrap=True)
    warehouse = warehouse_of(settings)
    with warehouse.transaction() as connection:
        ask_for_refresh(connection, match_id, datetime.now(UTC))
    with warehouse.connect() as connection:
        asked = owed_pages(connection, match_id)
    with syncing(settings, console) as run:
        run.run_match(match_id)
    with warehouse.connect() as connection:
        owed = owed_pages(connection, match_id)
    console.print(f"match {match_id}: {asked - owed} of {asked} pages arrived again and are in the tables")
    if owed:
        console.print(
            f"{owed} are still owed: the next `hltv-assets sync`, or the sensors, ask for them when they are due"
        )
    return not owed
