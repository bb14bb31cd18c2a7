"""Reading and writing files on a local path or in an object store, so that a file is there whole or not at all."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from upath import UPath

from hltv_assets.archive.errors import ArchiveError


def place_of(location: str) -> UPath:
    """Return the path of a local folder or of an fsspec URL (`s3://...`, `memory://...`)."""
    return UPath(location)


def write_whole(place: UPath, content: bytes) -> None:
    """Write a file atomically: on a local path by temp, fsync and rename; an object store's puts are atomic.

    Raises `ArchiveError` if the place cannot be written.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(place, Path):
            _write_and_rename(Path(place), content)
        else:
            place.write_bytes(content)
    except OSError as error:
        reason = error.strerror or error
        raise ArchiveError(f"cannot write {place}: {reason}; check HLTV_ARCHIVE and HLTV_DATA_DIR") from None


def _write_and_rename(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the rename itself must survive a power cut, too
    finally:
        os.close(folder)
