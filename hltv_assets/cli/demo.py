"""`hltv-assets demo`: a sync of the sample, then what is in the warehouse, and what to type next."""

import click
from rich.console import Console

from hltv_assets.cli.errors import NotTheSampleError
from hltv_assets.cli.status import show_status
from hltv_assets.cli.sync import sync
from hltv_assets.cli.verb import verb
from hltv_assets.components import warehouse_of
from hltv_assets.settings import Settings
from hltv_assets.site.hosts import SAMPLE_BASE_URL

_NEXT = """\
[bold]What to type next[/bold]
  make ui                     Dagster in a browser: the asset graph, the runs, the checks
  make status                 this screen again
  source .venv/bin/activate   then `hltv-assets sync` and these work as they stand:
  dagster asset materialize -m hltv_assets.definitions --select 'pending_maps*' --partition maps-000001
  python -c "import duckdb; print(duckdb.connect('{snapshot}', read_only=True).sql('FROM player_map_stats'))"
"""


@click.command()
@verb
def command(settings: Settings) -> bool:
    """Sync with the bundled sample, and show what the warehouse contains."""
    return run_demo(settings)


def run_demo(settings: Settings) -> bool:
    """Go from the sample's listing to all tables, and return whether nothing stopped it.

    Raises `NotTheSampleError` if the settings name another site, which nobody wants to crawl for a demo.
    """
    if settings.base_url != SAMPLE_BASE_URL:
        raise NotTheSampleError(
            f"the demo uses the bundled sample, but HLTV_BASE_URL is {settings.base_url}: `make setup DATA=data/demo` "
            "goes back to the sample, `hltv-assets sync` fetches from the site that is set"
        )
    console = Console(highlight=False)
    console.print("[bold]$ hltv-assets sync[/bold]")
    is_fine = sync(settings)
    console.print()
    show_status(settings)
    console.print()
    console.print(_NEXT.format(snapshot=warehouse_of(settings).snapshot), soft_wrap=True)
    return is_fine
