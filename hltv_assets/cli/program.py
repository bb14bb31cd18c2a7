"""The command `hltv-assets`: what people do daily, each verb a thin cover of assets and the warehouse.

What a verb needs is imported when it runs: Dagster and DuckDB take a while, and `--help` needs neither.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from dotenv import load_dotenv

from hltv_assets.archive.errors import ArchiveError
from hltv_assets.assets.queues import FETCH_QUEUE, WORK_QUEUE
from hltv_assets.cli.arguments import match_number, page_number
from hltv_assets.cli.errors import ShellError
from hltv_assets.cli.setup import DEFAULT_DATA, ConfigurationError, set_up
from hltv_assets.pages.kinds import PageKind
from hltv_assets.settings import Settings, SettingsError, read_settings, unknown_variables
from hltv_assets.warehouse.errors import WarehouseError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hltv-assets")
def main() -> None:
    """Turn HLTV.org's match pages into a DuckDB warehouse of professional Counter-Strike."""
    # As Dagster does it: the file in the current folder, above the environment; so both see the same data folder.
    load_dotenv(Path.cwd() / ".env", override=True)


@main.command(short_help="Write .env and DAGSTER_HOME for a data folder.")
@click.option(
    "--data",
    "data",
    type=click.Path(path_type=Path),
    help=f"Data folder (default: what .env names, else {DEFAULT_DATA}).",
)
def setup(data: Path | None) -> None:
    """Write .env and put dagster.yaml into DAGSTER_HOME, both below the data folder."""
    if not (Path.cwd() / "dagster.yaml").is_file():
        raise click.ClickException(f"{Path.cwd()} is not the project's folder: type it where dagster.yaml is")
    try:
        done = set_up(Path.cwd(), data)
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from None
    for line in done:
        click.echo(line)


@main.command(short_help="Sync with the sample, and show the tables.")
def demo() -> None:
    """Sync with the sample, and show what is in the warehouse."""
    from hltv_assets.cli.demo import run_demo

    settings = _settings()
    _check_dagster_home()
    with _in_one_line():
        is_fine = run_demo(settings)
    sys.exit(0 if is_fine else 1)


@main.command(short_help="Cut what is due into batches, print their keys.")
def plan() -> None:
    """Cut what is due into batches, and print the new keys, one a line."""
    from hltv_assets.cli.plan import plan_batches

    settings = _settings()
    _check_dagster_home()
    with _in_one_line():
        keys = plan_batches(settings)
    for key in keys:
        click.echo(key)


@main.command(short_help="Fetch, read and write until nothing is due.")
@click.option("--dry-run", "only_estimate", is_flag=True, help="Say how many requests and hours it would take.")
def sync(*, only_estimate: bool) -> None:
    """Go from the results listing to all tables, until nothing is due."""
    from hltv_assets.cli.sync import dry_run
    from hltv_assets.cli.sync import sync as run_sync

    settings = _settings()
    if only_estimate:
        with _in_one_line():
            found = dry_run(settings)
        sys.exit(0 if found.knows_listing else 1)
    _check_dagster_home()
    with _in_one_line():
        is_fine = run_sync(settings)
    sys.exit(0 if is_fine else 1)


@main.command(short_help="Show what is there, pending, or needs you.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON, for machines.")
def status(*, as_json: bool) -> None:
    """Show what is in the warehouse, what is pending, and what needs a person: exit code 1 if anything does."""
    from hltv_assets.cli.status import print_json, show_status

    show = print_json if as_json else show_status
    with _in_one_line():
        is_fine = show(_settings())
    sys.exit(0 if is_fine else 1)


@main.command(short_help="Run webserver and daemon until Ctrl-C.")
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65_535), help="Port of the UI.")
def service(port: int) -> None:
    """Run webserver and daemon with all sensors and schedules on, until Ctrl-C."""
    from hltv_assets.cli.service import serve

    _settings()
    _check_dagster_home()
    with _in_one_line():
        code = serve(Path.cwd(), port=port)
    sys.exit(code)


@main.command(short_help="Publish the warehouse for readers.")
def snapshot() -> None:
    """Publish the warehouse for readers, and print where the copy lies."""
    from hltv_assets.cli.snapshot import publish

    with _in_one_line():
        click.echo(publish(_settings()))


@main.command(short_help="Back up warehouse and archive to TARGET.")
@click.argument("target")
@click.option("--keep", default=7, show_default=True, type=click.IntRange(min=1), help="How many backups stay.")
def backup(target: str, *, keep: int) -> None:
    """Back up warehouse and archive to TARGET, a folder or an fsspec URL; pages that are there are not copied again."""
    from hltv_assets.cli.backup import make_backup

    with _in_one_line():
        is_whole = make_backup(_settings(), target, keep=keep)
    sys.exit(0 if is_whole else 1)


@main.command(short_help="Bring back the newest backup in SOURCE.")
@click.argument("source")
def restore(source: str) -> None:
    """Bring back the newest backup in SOURCE, where there is no warehouse."""
    from hltv_assets.cli.backup import restore_backup

    with _in_one_line():
        is_whole = restore_backup(_settings(), source)
    sys.exit(0 if is_whole else 1)


@main.command(short_help="Begin a new warehouse from the archive.")
def rebuild() -> None:
    """Begin a new warehouse from the archive alone, where there is none; `sync` then reads its pages."""
    from hltv_assets.cli.backup import rebuild_warehouse

    with _in_one_line():
        is_whole = rebuild_warehouse(_settings())
    sys.exit(0 if is_whole else 1)


@main.command("copy-warehouse", short_help="Copy the warehouse to a file or a lake.")
@click.argument("target")
@click.option("--lake", help="Folder or URL of the Parquet files, if TARGET is a lake (default: HLTV_LAKE).")
def copy_warehouse(target: str, lake: str | None) -> None:
    """Copy the warehouse, with all its rows, to TARGET: a DuckDB file, or `ducklake:postgres:...`, either way.

    TARGET must be without rows. Let no run write meanwhile; afterwards set HLTV_WAREHOUSE to it.
    """
    from hltv_assets.cli.backup import copy_whole_warehouse

    settings = _settings()
    try:
        there = settings.with_warehouse(target, lake=lake)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    with _in_one_line():
        copy_whole_warehouse(settings, there)


@main.command(short_help="Read archived pages again, fetching nothing.")
@click.argument("kinds", nargs=-1, type=click.Choice([kind.value for kind in PageKind if kind is not PageKind.RESULTS]))
@click.option("--all", "everything", is_flag=True, help="Also pages whose rows are of today's parser.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes that parse (default: one a core).")
def reparse(kinds: tuple[str, ...], *, everything: bool, workers: int | None) -> None:
    """Read archived pages again whose rows are of an older parser, on all cores; all KINDS, or these.

    Nothing is fetched. If it is cut off, the next one goes on from there.
    """
    from hltv_assets.cli.reparse import reparse as read_again
    from hltv_assets.pipeline.parse_pool import ReadingCutOffError
    from hltv_assets.warehouse.batch_lock import BatchBusyError

    chosen = {PageKind(kind) for kind in kinds} or set(PageKind)
    count = workers or len(os.sched_getaffinity(0))
    with _in_one_line():
        try:
            is_fine = read_again(_settings(), chosen, workers=count, everything=everything)
        except (BatchBusyError, ReadingCutOffError) as error:
            raise click.ClickException(str(error)) from None
    sys.exit(0 if is_fine else 1)


@main.command("import", short_help="Put pages that you have into the archive.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def import_(paths: tuple[Path, ...]) -> None:
    """Put pages that you have into the archive: files and folders of HTML (.gz, .zst), MHTML and WARC.

    Which page a file holds is told by the page itself. Known pages are left as they are.
    """
    from hltv_assets.cli.import_pages import import_saved_pages

    with _in_one_line():
        is_fine = import_saved_pages(_settings(), paths)
    sys.exit(0 if is_fine else 1)


@main.command(short_help="Make pages that failed due at once.")
@click.argument("kind", required=False, type=click.Choice([kind.value for kind in PageKind]))
@click.argument("page_id", required=False, type=page_number)
@click.option("--all", "everything", is_flag=True, help="Release every page that failed.")
@click.option("--site", "the_site", is_flag=True, help="End the cool-down of the site.")
def release(kind: str | None, page_id: int | None, *, everything: bool, the_site: bool) -> None:
    """Make pages that wait, are held or missing due at once: one (KIND ID), or all of them (--all).

    With --site: ask the site again at once, though it blocked us.
    """
    from hltv_assets.cli.release import end_cool_down, release_failed_pages

    if [everything, the_site, kind is not None].count(True) != 1 or (kind is not None and page_id is None):
        raise click.UsageError("say which page (KIND ID), or --all, or --site")
    with _in_one_line():
        if the_site:
            ended = end_cool_down(_settings())
            click.echo("the cool-down is over: the next run asks the site again" if ended else "there is no cool-down")
            return
        released = release_failed_pages(_settings(), PageKind(kind) if kind else None, page_id)
    if not released:
        raise click.ClickException("no such page has failed; `hltv-assets status` tells how many did")
    click.echo(f"released and due now: {released}")


@main.command(short_help="Ask again for all pages of a MATCH.")
@click.argument("match", type=match_number)
def refresh(match: int) -> None:
    """Ask again for all pages of a MATCH that HLTV corrected, by number or address, and let the tables follow.

    The old pages are kept beside the new ones. What does not arrive now stays owed.
    """
    from hltv_assets.cli.refresh import refresh_match

    settings = _settings()
    _check_dagster_home()
    with _in_one_line():
        is_fine = refresh_match(settings, match)
    sys.exit(0 if is_fine else 1)


@main.command(short_help="Execute steps of runs from a QUEUE of Celery.")
@click.argument("queue", type=click.Choice([FETCH_QUEUE, WORK_QUEUE]))
@click.option(
    "--concurrency", default=1, show_default=True, type=click.IntRange(min=1), help="Steps at once, for work."
)
def worker(queue: str, *, concurrency: int) -> None:
    """Execute steps of runs from a QUEUE of Celery: one worker for fetch, as many as you like for work.

    HLTV_CELERY_BROKER names the Redis that all machines share.
    """
    from hltv_assets.cli.worker import work

    settings = _settings()
    _check_dagster_home()
    if settings.celery_broker is None:
        raise click.ClickException("HLTV_CELERY_BROKER is not set: without it, runs execute their steps themselves")
    work(settings, queue, concurrency=concurrency)


@contextmanager
def _in_one_line() -> Iterator[None]:
    """Let what is wrong with the warehouse, and Ctrl-C, end the command with one line and exit code 1."""
    try:
        yield
    except KeyboardInterrupt:
        raise click.ClickException("stopped; what is there stays, and the same command can be given again") from None
    except (ArchiveError, WarehouseError, ShellError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        message = f"cannot use {error.filename}: {error.strerror}; check HLTV_DATA_DIR"
        raise click.ClickException(message) from None


def _check_dagster_home() -> None:
    if not os.environ.get("DAGSTER_HOME"):
        raise click.ClickException("DAGSTER_HOME is not set: run `make setup` in the project's folder")


def _settings() -> Settings:
    for name, meant in unknown_variables(os.environ).items():
        hint = f"; did you mean {meant}?" if meant else ""
        click.echo(f"Warning: {name} is no setting and changes nothing{hint}", err=True)
    try:
        return read_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
