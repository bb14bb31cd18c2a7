"""`hltv-assets status`: one screen about a data folder, from its `Condition`."""

from collections.abc import Iterator
from datetime import UTC, datetime

import click
import msgspec
from rich.console import Console
from rich.filesize import decimal
from rich.markup import escape
from rich.table import Table as ScreenTable

from hltv_assets.cli.status_report import Condition, LastRun, read_condition
from hltv_assets.cli.verb import verb
from hltv_assets.settings import Settings
from hltv_assets.site.cool_down import CoolDown
from hltv_assets.warehouse.overview import NewestMatch
from hltv_assets.warehouse.schema.tables import TABLES


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@verb
def command(settings: Settings, *, as_json: bool) -> bool:
    """Show what is stored, what is pending, and what needs attention; exit code 1 if anything does."""
    return print_json(settings) if as_json else show_status(settings)


def show_status(settings: Settings) -> bool:
    """Print the state of the data folder, and return whether nothing in it needs a person."""
    condition = read_condition(settings)
    console = Console(highlight=False)
    if not condition.warehouse_is_there:
        console.print(
            f"there is no warehouse {escape(condition.warehouse)} yet: `hltv-assets sync` makes it", soft_wrap=True
        )
        return not condition.action_needed
    console.print(f"[bold]Warehouse[/bold]  {escape(condition.warehouse)}", soft_wrap=True)
    screen = ScreenTable(show_header=False, box=None, padding=(0, 2, 0, 0))
    for row in _state(condition):
        screen.add_row(*row)
    console.print(screen)
    console.print(_tables(condition))
    for line in condition.action_needed:
        console.print(f"[bold red]action needed:[/bold red] {escape(line)}", soft_wrap=True)
    return not condition.action_needed


def print_json(settings: Settings) -> bool:
    """Print the `Condition` as JSON, and return whether nothing in it needs a person."""
    condition = read_condition(settings)
    click.echo(msgspec.json.format(msgspec.json.encode(condition)))
    return not condition.action_needed


def _state(condition: Condition) -> Iterator[tuple[str, ...]]:
    state = condition.overview
    size = condition.archive_size
    yield "site", state.source or "none yet"
    yield "cool-down", *_cool_down(condition.cool_down, condition.at)
    yield "last run", *_run(condition.last_run)
    if condition.last_failed_run:
        yield "last failed run", *_run(condition.last_failed_run)
    yield "newest match", *_match(state.newest_match)
    yield "newest loaded page", _moment(state.newest_page_at) or "none yet"
    yield "matches and maps", f"{state.matches:,} and {state.maps:,}"
    yield "batches", f"{state.batches:,}", f"{state.open_batches:,} with pages due"
    yield "pages pending", f"{state.pending:,}", f"{state.due:,} due now"
    next_due = _moment(state.next_due_at)
    yield "waiting after a failure", f"{state.waiting:,}", f"next due {next_due}" if next_due else ""
    yield "held (release them manually)", f"{state.held:,}"
    yield "missing on the site", f"{state.missing:,}"
    yield "parsed by an older version", f"{state.stale:,}"
    imports = condition.imports_waiting
    if imports.pages:
        yield "imported, match not known", f"{imports.pages:,}", f"of {imports.matches:,} matches"
    yield "archive", decimal(size.bytes) if size else "in an object store", f"{size.files:,} files" if size else ""


def _cool_down(cool_down: CoolDown | None, now: datetime) -> tuple[str, str]:
    if cool_down is None:
        return "none", ""
    when = f"{'over since' if cool_down.until <= now else 'until'} {_moment(cool_down.until)}"
    return when, escape(f"{cool_down.blocks_in_a_row} in a row, the last: {cool_down.reason}")


def _run(run: LastRun | None) -> tuple[str, str]:
    if run is None:
        return "none yet", ""
    when = f"ended {_moment(run.ended_at)}" if run.ended_at else f"began {_moment(run.began_at) or 'not yet'}"
    return run.status.lower(), f"{when}{f', {run.partition}' if run.partition else ''}"


def _match(match: NewestMatch | None) -> tuple[str, str]:
    if match is None:
        return "none yet", ""
    return _moment(match.started_at), escape(
        f"{match.team1 or 'unknown'} against {match.team2 or 'unknown'} ({match.match_id})"
    )


def _moment(time: datetime | None) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if time else ""


def _tables(condition: Condition) -> ScreenTable:
    screen = ScreenTable("table", "rows", "bytes", "contents")
    screen.columns[1].justify = screen.columns[2].justify = "right"
    for table in TABLES:
        size = condition.tables[table.name]
        screen.add_row(table.name, f"{size.rows:,}", decimal(size.bytes), table.meaning)
    return screen
