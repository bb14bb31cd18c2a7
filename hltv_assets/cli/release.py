"""`hltv-assets release`: pages that wait, are held or missing become due, or the site is asked again."""

import click

from hltv_assets.cli.arguments import page_number
from hltv_assets.cli.errors import CliError
from hltv_assets.cli.verb import verb
from hltv_assets.components import site_of, warehouse_of
from hltv_assets.pages import PageKind
from hltv_assets.pipeline.fetch import copy_cool_down
from hltv_assets.settings import Settings
from hltv_assets.warehouse.failures import release_pages


class NothingToReleaseError(CliError):
    """No failed page matches."""


@click.command()
@click.argument("kind", required=False, type=click.Choice([kind.value for kind in PageKind]))
@click.argument("page_id", required=False, type=page_number)
@click.option("--all", "everything", is_flag=True, help="Release every page that failed.")
@click.option("--site", "the_site", is_flag=True, help="End the cool-down of the site.")
@verb
def command(settings: Settings, kind: str | None, page_id: int | None, *, everything: bool, the_site: bool) -> None:
    """Retry failed pages now: one page (KIND PAGE_ID), or all that wait, are held or missing (--all).

    With --site, end the cool-down: the site is asked again although it blocked us.
    """
    if [everything, the_site, kind is not None].count(True) != 1 or (kind is not None and page_id is None):
        raise click.UsageError("name one page (KIND PAGE_ID), or use --all or --site")
    if the_site:
        ended = end_cool_down(settings)
        click.echo("the cool-down is over: the next run asks the site again" if ended else "there is no cool-down")
        return
    released = release_failed_pages(settings, PageKind(kind) if kind else None, page_id)
    if not released:
        raise NothingToReleaseError("no failed page matches; see `hltv-assets status`")
    click.echo(f"released and due now: {released}")


def release_failed_pages(settings: Settings, kind: PageKind | None, page_id: int | None) -> int:
    """Release one page, or all if none is named, and return how many there were."""
    with warehouse_of(settings).transaction() as connection:
        return release_pages(connection, kind, page_id)


def end_cool_down(settings: Settings) -> bool:
    """Let the site be asked again at once; return whether a block stood."""
    site = site_of(settings)
    had_one = site.cool_downs.end()
    with warehouse_of(settings).transaction() as connection:
        copy_cool_down(connection, site)
    return had_one
