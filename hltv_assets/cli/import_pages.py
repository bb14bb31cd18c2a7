"""`hltv-assets import`: saved pages into the archive, with a progress bar and a line for each that was refused."""

from collections.abc import Sequence
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from hltv_assets.archive.saved_formats import files_of_pages
from hltv_assets.archive.store import PageStore
from hltv_assets.cli.output import counted, passing_bar, plain_console
from hltv_assets.cli.verb import verb
from hltv_assets.components import site_of, warehouse_of
from hltv_assets.pipeline.import_pages import ImportReport, ImportResult, import_pages
from hltv_assets.settings import Settings
from hltv_assets.warehouse.imports import imports_waiting


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@verb
def command(settings: Settings, paths: tuple[Path, ...]) -> bool:
    """Import pages that you have saved: files and folders of HTML (.gz, .zst), MHTML and WARC.

    The content of a file decides which page it is. A page that the archive has already is left as it is.
    """
    return import_saved_pages(settings, paths)


def import_saved_pages(settings: Settings, paths: Sequence[Path]) -> bool:
    """Import pages, print what became of them, and return whether there was any to take, or nothing to refuse."""
    console = plain_console()
    files = list(files_of_pages(paths))
    warehouse = warehouse_of(settings)
    report = ImportReport()
    columns = (TextColumn("importing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with passing_bar(*columns) as progress:
        task = progress.add_task("", total=len(files))
        seen: set[Path] = set()
        for result in import_pages(
            files, archive=PageStore(settings.archive), warehouse=warehouse, site=site_of(settings)
        ):
            seen.add(result.file)
            progress.update(task, completed=len(seen))
            report.add(result)
            if result.became == "refused":
                console.print(refusal(result))
    with warehouse.connect() as connection:
        waiting = imports_waiting(connection)
    console.print(
        f"{counted(len(files), 'file')}: {counted(report.taken, 'page')} taken, {report.known} known already, ", end=""
    )
    console.print(f"{len(report.refused)} refused")
    if waiting.pages:
        console.print(
            f"{waiting.pages} imported pages of {waiting.matches} matches wait in the archive until their match and "
            "the number of their map are known"
        )
    return bool(report.taken or report.known or not report.refused)


def refusal(result: ImportResult) -> str:
    """Return in a line what was refused and why."""
    return f"refused {result.origin}: {result.reason}, {result.message}"
