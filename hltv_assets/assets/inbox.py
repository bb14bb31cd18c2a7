"""The inbox: a folder whose pages are imported as they come, and which keeps only what was refused.

A file of which every page is in the archive moves to `inbox-done` beside it, under the same name, or with a number
before it where that name is taken; a file that was refused, or that changed while it was read, stays, and is tried
again when it changes.
"""

import hashlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path

import dagster as dg

from hltv_assets.archive.saved_formats import files_of_pages
from hltv_assets.archive.store import PageStore
from hltv_assets.assets.errors_to_failures import in_plain_words
from hltv_assets.assets.partitions import OWNERS
from hltv_assets.pipeline.import_pages import ImportReport, import_pages
from hltv_assets.settings import Settings
from hltv_assets.site.client import Site
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.imports import imports_waiting

_MAX_REFUSALS_SHOWN = 200


def inbox_folder(data_dir: Path) -> Path:
    """Return the folder that is watched."""
    return data_dir / "inbox"


def inbox_files(data_dir: Path) -> list[Path]:
    """Return the files of pages in the inbox; none if there is no inbox."""
    folder = inbox_folder(data_dir)
    return list(files_of_pages([folder])) if folder.is_dir() else []


def fingerprint(files: Sequence[Path]) -> str:
    """Return a name for just these files in just this state: it is another when one comes, goes or changes."""
    digest = hashlib.sha256()
    for file in files:
        if state := _state(file):
            digest.update(f"{file}\0{state[0]}\0{state[1]}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:16]


def _state(file: Path) -> tuple[int, int] | None:
    """Size and time of a file; None if it was moved in the meantime."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns


@dg.asset(
    group_name="planning",
    kinds={"html"},
    owners=OWNERS,
    description="Takes the pages in the inbox (a folder in the data folder) into the archive. Files whose pages were "
    "all taken, or known already, move to inbox-done; what was refused stays where it is.",
    check_specs=[
        dg.AssetCheckSpec(
            "refused_pages",
            asset="imported_pages",
            description="Every page in the inbox could be imported. A refused file stays there.",
        )
    ],
)
def imported_pages(
    context: dg.AssetExecutionContext,
    warehouse: dg.ResourceParam[Warehouse],
    site: dg.ResourceParam[Site],
    archive: dg.ResourceParam[PageStore],
    settings: dg.ResourceParam[Settings],
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
    """Import what lies in the inbox."""
    files = {file: _state(file) for file in inbox_files(settings.data_dir)}
    report = ImportReport()
    with in_plain_words():
        for result in import_pages(files, archive=archive, warehouse=warehouse, site=site):
            report.add(result)
        _put_aside(files, report, settings.data_dir)
        with warehouse.connect() as connection:
            waiting = imports_waiting(connection)
    context.log.info(f"{report.taken} pages imported, {report.known} already known, {len(report.refused)} refused")
    yield dg.AssetCheckResult(
        passed=not report.refused,
        check_name="refused_pages",
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(report.refused)} pages refused",
        metadata=_refusals(report),
    )
    yield dg.MaterializeResult(
        metadata={
            "taken": report.taken,
            "known": report.known,
            "refused": len(report.refused),
            "waiting_for_their_match": waiting.pages,
        }
    )


def _put_aside(files: Mapping[Path, tuple[int, int] | None], report: ImportReport, data_dir: Path) -> None:
    refused = {result.file for result in report.refused}
    for file, state in files.items():
        # What changed since may hold pages that nobody read.
        if file not in refused and state and state == _state(file):
            target = data_dir / "inbox-done" / file.relative_to(inbox_folder(data_dir))
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(file, _free(target))  # no rename: the inbox may lie on another disk


def _free(target: Path) -> Path:
    """The first name like this one that no file has."""
    names = (target if number == 1 else target.with_name(f"{number}-{target.name}") for number in count(1))
    return next(name for name in names if not name.exists())


def _refusals(report: ImportReport) -> dict[str, dg.TableMetadataValue]:
    records = [
        dg.TableRecord({"page": result.origin, "reason": str(result.reason), "message": result.message})
        for result in report.refused[:_MAX_REFUSALS_SHOWN]
    ]
    return {"pages": dg.MetadataValue.table(records)} if records else {}
