"""`hltv-assets status`: one screen about the warehouse."""

from datetime import UTC, datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table as ScreenTable

from hltv_assets.assets.resources import site_of
from hltv_assets.settings import Settings
from hltv_assets.site.cool_down import CoolDown
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.counting import Overview, overview, row_counts
from hltv_assets.warehouse.imports import ImportsWaiting, imports_waiting
from hltv_assets.warehouse.schema import TABLES


def show_status(settings: Settings) -> None:
    """Print the state of the warehouse and the rows of its tables."""
    with Warehouse(settings.warehouse, wait=settings.lock_wait).connect() as connection:
        state = overview(connection)
        counts = row_counts(connection, TABLES)
        imports = imports_waiting(connection)
    console = Console(highlight=False)
    console.print(f"[bold]Warehouse[/bold]  {settings.warehouse}", soft_wrap=True)
    console.print(_state_table(state, site_of(settings).cool_downs.latest(), imports))
    console.print(_rows_table(counts))


def _state_table(state: Overview, cool_down: CoolDown | None, imports: ImportsWaiting) -> ScreenTable:
    screen = ScreenTable(show_header=False, box=None, padding=(0, 2, 0, 0))
    screen.add_row("site", state.source or "none yet")
    screen.add_row("cool-down", *_cool_down(cool_down))
    screen.add_row("matches and maps", f"{state.matches:,} and {state.maps:,}", f"in {state.batches:,} batches")
    screen.add_row("pages pending", f"{state.pending:,}", f"{state.due:,} due now")
    screen.add_row("waiting after a failure", f"{state.waiting:,}", _when(state.next_due_at))
    screen.add_row("held, need a look", f"{state.held:,}")
    screen.add_row("missing on the site", f"{state.missing:,}")
    if imports.pages:
        screen.add_row("imported, match unknown", f"{imports.pages:,}", f"of {imports.matches:,} matches")
    return screen


def _cool_down(cool_down: CoolDown | None) -> tuple[str, str]:
    if cool_down is None:
        return "none", ""
    is_over = cool_down.until <= datetime.now(UTC)
    when = (
        f"over since {cool_down.until:%Y-%m-%d %H:%M} UTC" if is_over else f"until {cool_down.until:%Y-%m-%d %H:%M} UTC"
    )
    return when, escape(f"{cool_down.blocks_in_a_row} in a row, the last: {cool_down.reason}")


def _when(next_due_at: datetime | None) -> str:
    return f"next due {next_due_at:%Y-%m-%d %H:%M} {next_due_at.tzname()}" if next_due_at else ""


def _rows_table(counts: dict[str, int]) -> ScreenTable:
    screen = ScreenTable("table", "rows", "what it holds")
    screen.columns[1].justify = "right"
    for table in TABLES:
        screen.add_row(table.name, f"{counts[table.name]:,}", table.meaning)
    return screen
