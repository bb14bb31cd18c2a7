"""Backups: all pages of the archive, its manifests, and the warehouse as it was, in one folder or bucket.

Knows no Dagster: the command line makes them, and cron or systemd that.

```
pages/                     pages and dictionaries, as in an archive; all backups share them
<time>/hltv.duckdb         the warehouse
<time>/manifests.json.zst  the manifests
<time>/backup.json         written last: without it there is no such backup
```

The warehouse is copied first and the pages last, so that a backup has every page that its rows were read from.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout
from upath import UPath

from hltv_assets.archive.copying import (
    Copied,
    copy_pages,
    pack_manifests,
    read_manifests,
    unpack_manifests,
    write_manifests,
)
from hltv_assets.archive.errors import ArchiveError
from hltv_assets.archive.storage import (
    copy_whole,
    is_local,
    names_in,
    place_of,
    read_whole,
    remove_folder,
    write_whole,
)
from hltv_assets.archive.store import PageStore
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.errors import WarehouseError
from hltv_assets.warehouse.snapshot import copied_warehouse

_TIME = "%Y%m%dT%H%M%S.%fZ"
_FOLDER = re.compile(r"[0-9]{8}T[0-9]{6}\.[0-9]{6}Z")
_PAGES, _WAREHOUSE, _MANIFESTS, _NOTE = "pages", "hltv.duckdb", "manifests.json.zst", "backup.json"

Watch = Callable[[int, int], None]


class BackupNote(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds; its presence says that it is complete."""

    made_at: datetime
    warehouse_sha256: str
    warehouse_bytes: int
    pages: int


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """A complete backup, where it lies, and what was copied for it or from it."""

    place: str
    note: BackupNote
    copied: Copied


def back_up(
    warehouse: Warehouse, archive: PageStore, location: str, *, lock: FileLock, keep: int, watch: Watch
) -> Backup:
    """Back up everything to a folder or URL, and remove all but the newest `keep` backups; pages are never removed.

    Raises `WarehouseError` if there is no warehouse or it cannot be read, `ArchiveError` if pages or the target cannot
    be used or another process backs up.
    """
    target = place_of(location)
    _check_apart(target, archive.root)
    Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
    try:
        with lock:
            backup = _back_up(warehouse, target, archive, watch)
            for old in _old_backups(target, keep):
                if str(target / old) != backup.place:  # where a clock was ahead, an older one may seem to be newer
                    remove_folder(target / old)
            return backup
    except Timeout:
        raise ArchiveError("another backup is running; try again when it is done") from None


def _check_apart(target: UPath, archive: UPath) -> None:
    if is_local(target) != is_local(archive):
        return
    folder, copies, pages = map(_resolved, (target, target / _PAGES, archive))
    if folder.is_relative_to(pages):
        raise ArchiveError(f"{target} is inside the archive that is to be backed up; choose a target outside of it")
    if pages.is_relative_to(copies):
        raise ArchiveError(f"the archive {archive} is where its copy would go; choose another target than {target}")


def _resolved(place: UPath) -> UPath:
    return place.resolve() if is_local(place) else place


def _back_up(warehouse: Warehouse, target: UPath, archive: PageStore, watch: Watch) -> Backup:
    made_at = datetime.now(UTC)
    folder = target / made_at.strftime(_TIME)
    with copied_warehouse(warehouse) as copy:
        sha256, size = _sha256(copy), copy.stat().st_size
        copy_whole(place_of(str(copy)), folder / _WAREHOUSE)
    manifests, problems = read_manifests(archive)
    write_whole(folder / _MANIFESTS, pack_manifests(manifests))
    copied = copy_pages(archive, PageStore(str(target / _PAGES)), watch)
    copied.problems += problems
    note = BackupNote(made_at=made_at, warehouse_sha256=sha256, warehouse_bytes=size, pages=copied.pages)
    write_whole(folder / _NOTE, msgspec.json.format(msgspec.json.encode(note)))
    return Backup(place=str(folder), note=note, copied=copied)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _old_backups(target: UPath, keep: int) -> list[str]:
    """Folders of all but the newest complete backups; those that a killed process left among them."""
    folders = sorted((name for name in names_in(target) if _FOLDER.fullmatch(name)), reverse=True)
    complete = [name for name in folders if _is_complete(target / name)]
    return [name for name in folders if name not in complete[:keep]]


def _is_complete(folder: UPath) -> bool:
    """Whether nothing of a backup is missing: it may have been cut off when it was made, or when it was removed."""
    return {_WAREHOUSE, _MANIFESTS, _NOTE} <= set(names_in(folder))


def restore(warehouse: Warehouse, archive: PageStore, location: str, *, watch: Watch) -> Backup:
    """Bring back the newest complete backup of a folder or URL: pages first, the warehouse last.

    One that was cut off can be begun again. Raises `WarehouseError` if there is a warehouse already, or the one of the
    backup is damaged; `ArchiveError` if there is no backup or it cannot be read.
    """
    warehouse.check_is_not_there()
    source = place_of(location)
    folder, note = _newest_backup(source)
    copied = copy_pages(PageStore(str(source / _PAGES)), archive, watch)
    manifests = folder / _MANIFESTS
    write_manifests(archive, unpack_manifests(read_whole(manifests), str(manifests)))
    restored = warehouse.snapshot.with_name(f".{warehouse.snapshot.name}.restored")
    copy_whole(folder / _WAREHOUSE, place_of(str(restored)))
    if _sha256(restored) != note.warehouse_sha256:
        restored.unlink()
        raise WarehouseError(f"{folder / _WAREHOUSE} is damaged: move {folder} away to restore the backup before it")
    warehouse.adopt_file(restored)
    return Backup(place=str(folder), note=note, copied=copied)


def _newest_backup(source: UPath) -> tuple[UPath, BackupNote]:
    for name in sorted(filter(_FOLDER.fullmatch, names_in(source)), reverse=True):
        if not _is_complete(source / name):
            continue
        try:
            return source / name, msgspec.json.decode(read_whole(source / name / _NOTE), type=BackupNote)
        except ValueError as error:
            raise ArchiveError(f"{source / name / _NOTE} cannot be read ({error}); move {name} away") from None
    raise ArchiveError(f"there is no complete backup in {source}; `hltv-assets backup {source}` makes one")
