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
from hltv_assets.pages.kinds import PageKind
from hltv_assets.settings import Settings, SettingsError, read_settings
from hltv_assets.shell.setting_up import DEFAULT_DATA, set_up
from hltv_assets.warehouse.errors import WarehouseError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hltv-assets")
def main() -> None:
    """Turn HLTV.org's match pages into a DuckDB warehouse of professional Counter-Strike."""
    # As Dagster does it: the file in the current folder, above the environment; so both see the same data folder.
    load_dotenv(Path.cwd() / ".env", override=True)


@main.command()
@click.option("--data", "data", type=click.Path(path_type=Path), help=f"Data folder (default {DEFAULT_DATA}).")
def setup(data: Path | None) -> None:
    """Write .env and put dagster.yaml into DAGSTER_HOME, both below the data folder."""
    for line in set_up(Path.cwd(), data):
        click.echo(line)


@main.command()
def demo() -> None:
    """Sync with the sample, and show what is in the warehouse."""
    from hltv_assets.shell.demo import run_demo

    settings = _settings()
    _check_dagster_home()
    with _in_one_line():
        is_fine = run_demo(settings)
    sys.exit(0 if is_fine else 1)


@main.command()
def plan() -> None:
    """Cut what is due into batches, and print the new keys, one a line."""
    from hltv_assets.shell.planning import plan_batches

    settings = _settings()
    _check_dagster_home()
    keys = plan_batches(settings)
    if keys is None:
        sys.exit(1)
    for key in keys:
        click.echo(key)


@main.command()
@click.option("--dry-run", "only_estimate", is_flag=True, help="Say how many requests and hours it would take.")
def sync(*, only_estimate: bool) -> None:
    """Go from the results listing to all tables, until nothing is due."""
    from hltv_assets.shell.syncing import dry_run
    from hltv_assets.shell.syncing import sync as run_sync

    settings = _settings()
    if only_estimate:
        with _in_one_line():
            dry_run(settings)
        return
    _check_dagster_home()
    with _in_one_line():
        is_fine = run_sync(settings)
    sys.exit(0 if is_fine else 1)


@main.command()
def status() -> None:
    """Show what is in the warehouse, and what is pending."""
    from hltv_assets.shell.status import show_status

    with _in_one_line():
        show_status(_settings())


@main.command()
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65_535), help="Port of the UI.")
def service(port: int) -> None:
    """Run webserver and daemon with all sensors and schedules on, until Ctrl-C."""
    from hltv_assets.shell.serving import serve

    _settings()
    _check_dagster_home()
    sys.exit(serve(Path.cwd(), port=port))


@main.command()
def snapshot() -> None:
    """Publish the warehouse for readers, and print where the copy lies."""
    from hltv_assets.shell.publishing import publish

    with _in_one_line():
        click.echo(publish(_settings()))


@main.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def import_(paths: tuple[Path, ...]) -> None:
    """Put pages that you have into the archive: files and folders of HTML (.gz, .zst), MHTML and WARC.

    Which page a file holds is told by the page itself. Known pages are left as they are.
    """
    from hltv_assets.shell.importing import import_saved_pages

    with _in_one_line():
        is_fine = import_saved_pages(_settings(), paths)
    sys.exit(0 if is_fine else 1)


@main.command()
@click.argument("kind", required=False, type=click.Choice([kind.value for kind in PageKind]))
@click.argument("page_id", required=False, type=click.IntRange(min=1))
@click.option("--all", "everything", is_flag=True, help="Release every page that failed.")
@click.option("--site", "the_site", is_flag=True, help="End the cool-down of the site.")
def release(kind: str | None, page_id: int | None, *, everything: bool, the_site: bool) -> None:
    """Make pages that wait, are held or missing due at once: one (KIND ID), or all of them (--all).

    With --site: ask the site again at once, though it blocked us.
    """
    from hltv_assets.shell.releasing import end_cool_down, release_failed_pages

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


@main.command()
@click.argument("match", type=click.IntRange(min=1))
def refresh(match: int) -> None:
    """Ask again for all pages of a MATCH that HLTV corrected, and let the tables follow.

    The old pages are kept beside the new ones. What does not arrive now stays owed.
    """
    from hltv_assets.shell.refreshing import refresh_match

    settings = _settings()
    _check_dagster_home()
    with _in_one_line():
        is_fine = refresh_match(settings, match)
    sys.exit(0 if is_fine else 1)


@contextmanager
def _in_one_line() -> Iterator[None]:
    """Let what is wrong with the warehouse end the command with one line and exit code 1."""
    try:
        yield
    except (ArchiveError, WarehouseError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        message = f"cannot use {error.filename}: {error.strerror}; check HLTV_DATA_DIR"
        raise click.ClickException(message) from None


def _check_dagster_home() -> None:
    if not os.environ.get("DAGSTER_HOME"):
        raise click.ClickException("DAGSTER_HOME is not set: run `make setup` in the project's folder")


def _settings() -> Settings:
    try:
        return read_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
