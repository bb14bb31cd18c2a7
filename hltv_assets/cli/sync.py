"""`hltv-assets sync`: discover, plan and run batches until nothing is due; and what that would take."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import click
import dagster as dg
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from hltv_assets.assets.chain_assets import pending_asset_name
from hltv_assets.assets.partitions import partitions_name
from hltv_assets.automation.run_queries import why_not_to_fetch
from hltv_assets.cli.output import counted
from hltv_assets.cli.runs import dagster_home, materialize, raise_in_plain_words
from hltv_assets.cli.verb import verb
from hltv_assets.components import scope_of, site_of, warehouse_of
from hltv_assets.definitions import build_definitions
from hltv_assets.pages import PageError, PageKind, parse_results
from hltv_assets.pages.kinds import PageGroup
from hltv_assets.pages.records import ResultsPage
from hltv_assets.pipeline.estimate import Estimate, as_if_listed, estimate, known_work, new_on, unread_results
from hltv_assets.settings import Settings
from hltv_assets.site.client import Site
from hltv_assets.site.requests import Arrival, PageRequest
from hltv_assets.warehouse.batches import due_batch_keys
from hltv_assets.warehouse.listing import listing_state
from hltv_assets.warehouse.overview import overview, pending_pages
from hltv_assets.warehouse.refreshes import batches_of_owed

_MATCH_FIRST: tuple[PageGroup, ...] = ("match", "map")


@click.command()
@click.option("--dry-run", "only_estimate", is_flag=True, help="Only report how many requests and hours it would take.")
@verb
def command(settings: Settings, *, only_estimate: bool) -> bool:
    """Go from the results listing to all tables, until nothing is due.

    Fetches the listing and the pages of new matches and maps, parses them, and loads their rows into the warehouse.
    """
    return dry_run(settings).knows_listing if only_estimate else sync(settings)


class Sync:
    """One sync: which runs it makes, in which order, and what it says of them."""

    def __init__(self, settings: Settings, instance: dg.DagsterInstance, progress: Progress) -> None:
        self._settings = settings
        self._instance = instance
        self._progress = progress
        self._bar = progress.add_task("listing", total=None)
        self._site = site_of(settings)
        self._warehouse = warehouse_of(settings)
        watched = msgspec.structs.replace(self._site, on_progress=self._note)
        self._definitions = build_definitions(settings, watched)
        self._runs: Counter[str] = Counter()
        self._arrived = 0
        self.is_stopped = False
        self.knows_listing = False

    def run(self) -> None:
        """Discover, then run what is due: newer matches first, each batch's maps before the next, older matches."""
        self.knows_listing = self._materialize("discovered_matches", "the listing")
        while not self.is_stopped and (batch := self._next_batch("map") or self._next_batch("match")):
            self._run_batch(*batch)
        self._materialize("warehouse_snapshot", "the snapshot")
        self._progress.update(self._bar, description="stopped" if self.is_stopped else "nothing more is due")

    def run_match(self, match_id: int) -> None:
        """Run the batches in which a page of a match is due: its own first, which may tell of other maps."""
        for group in _MATCH_FIRST:
            self._materialize(partitions_name(group), f"planning of {group} batches")
            with self._warehouse.connect() as connection:
                keys = batches_of_owed(connection, match_id, group)
            for key in keys:
                if not self.is_stopped:
                    self._run_batch(group, key)
        self._materialize("warehouse_snapshot", "the snapshot")

    def _run_batch(self, group: PageGroup, key: str) -> None:
        self._runs[key] += 1
        self._materialize(f"{pending_asset_name(group)}*", key, key)

    def _next_batch(self, group: PageGroup) -> tuple[PageGroup, str] | None:
        """The first batch of which a page due.

        A batch is run once more than a page is tried: then the pages that failed are held, and the others written.
        """
        self._materialize(partitions_name(group), f"planning of {group} batches")
        with self._warehouse.connect() as connection:
            due = due_batch_keys(connection, group, self._settings.order)
        return next(((group, key) for key in due if self._runs[key] <= self._settings.max_attempts), None)

    def _materialize(self, selection: str, name: str, key: str | None = None) -> bool:
        """Make a run, print which checks failed, and return whether it succeeded.

        Raises `RunFailedError` if it failed by anything but a check.
        """
        self._progress.update(self._bar, description=name)
        result = materialize(
            self._definitions,
            dg.AssetSelection.from_string(selection),
            self._instance,
            key=key,
        )
        for check in result.get_asset_check_evaluations():
            if not check.passed:
                line = f"{check.asset_key.to_user_string()}: {check.check_name}, {check.description or 'failed'}"
                self._progress.console.print(f"{name}: {line}", markup=False)
        # A failed batch does not stop the others; a site that must not be asked does.
        raise_in_plain_words(result)
        self._count()
        if not result.success and (reason := why_not_to_fetch(self._site)):
            self._progress.console.print(f"stopped: {reason}", markup=False)
            self.is_stopped = True
        return result.success

    def _note(self) -> None:
        self._arrived += 1
        self._progress.advance(self._bar)

    def _count(self) -> None:
        with self._warehouse.connect() as connection:
            due = pending_pages(connection).due
        self._progress.update(self._bar, completed=self._arrived, total=self._arrived + due)


@contextmanager
def syncing(settings: Settings, console: Console) -> Iterator[Sync]:
    """Begin a sync that shows on the console how far it is."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with dagster_home() as instance, Progress(*columns, console=console) as progress:
        yield Sync(settings, instance, progress)


def sync(settings: Settings) -> bool:
    """Go from the listing to all tables until nothing is due; return whether it came so far and read the listing."""
    console = Console(highlight=False, soft_wrap=True)
    with syncing(settings, console) as run:
        run.run()
    with warehouse_of(settings).connect() as connection:
        state = overview(connection)
    console.print(
        f"{state.matches:,} matches and {state.maps:,} maps known; {state.due:,} pages are due, "
        f"{state.waiting:,} wait, {state.held + state.missing:,} are held or missing"
    )
    if not run.knows_listing:
        console.print(
            "the results listing could not be read, see above: newer matches may be missing; sync again later"
        )
    return run.knows_listing and not run.is_stopped


def dry_run(settings: Settings) -> Estimate:
    """Print what a sync would ask for; asks for the first page of the listing, if it may, and writes nothing."""
    console = Console(highlight=False, soft_wrap=True)
    site = site_of(settings)
    page, problem = _first_page(site)
    if problem:
        console.print(f"could not fetch the listing ({problem}); estimating from stored data")
    scope = scope_of(settings)
    with warehouse_of(settings).connect() as connection:
        state = listing_state(connection, site.host)
        new = new_on(connection, page) if page else 0
        unread = unread_results(state, scope, page, new)
        beyond = max(0, unread - new)
        with as_if_listed(connection, page, scope):
            work = known_work(connection)
    found = estimate(work, unread, unread_beyond=beyond, min_delay=site.min_delay, knows_listing=page is not None)
    console.print(f"a sync would make about {counted(found.requests, 'request')}:")
    console.print(f"  {found.listing_pages:,} for the listing, with about {unread:,} unknown matches")
    console.print(f"  {found.match_pages:,} for match pages")
    console.print(f"  {found.map_pages:,} for map pages, three per map")
    if beyond and (scope.events or scope.teams or scope.until):
        console.print(
            "  or fewer: HLTV_EVENTS, HLTV_TEAMS and HLTV_UNTIL can only be applied to known matches and to the "
            "first page of the listing"
        )
    console.print(f"and take {_duration(found, site.min_delay)}")
    return found


def _first_page(site: Site) -> tuple[ResultsPage | None, str | None]:
    """The listing's first page, or why it could not be had."""
    bodies: list[bytes] = []

    def keep(arrival: Arrival) -> None:
        bodies.append(arrival.body)

    if failures := site.fetch([PageRequest(page_kind=PageKind.RESULTS, page_id=0)], keep):
        return None, f"{failures[0].outcome}: {failures[0].message}"
    try:
        return parse_results(bodies[0]), None
    except PageError as error:
        return None, str(error)


def _duration(found: Estimate, min_delay: float) -> str:
    if not min_delay:
        return "as long as the site takes to answer"
    hours = found.seconds / timedelta(hours=1).total_seconds()
    return f"at least {hours:,.1f} hours, with {min_delay:g} s between two requests"
