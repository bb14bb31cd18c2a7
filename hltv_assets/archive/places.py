"""Reading and writing files on a local path or in an object store, so that a file is there whole or not at all."""

import os
import uuid
from contextlib import suppress
from pathlib import Path

from upath import UPath

from hltv_assets.archive.errors import ArchiveError


def place_of(location: str) -> UPath:
    """Return the path of a local folder or of an fsspec URL (`s3://...`, `memory://...`)."""
    return UPath(location)


def is_local(place: object) -> bool:
    """Return whether a place lies in a file system of this machine."""
    return isinstance(place, Path)


def write_whole(place: UPath, content: bytes) -> None:
    """Write a file atomically: on a local path by temp, fsync and rename; an object store's puts are atomic.

    Raises `ArchiveError` if the place cannot be written.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if is_local(place):
            _write_and_rename(Path(str(place)), content)
        else:
            place.write_bytes(content)
    except OSError as error:
        reason = error.strerror or error
        raise ArchiveError(f"cannot write {place}: {reason}; check HLTV_ARCHIVE and HLTV_DATA_DIR") from None


def _write_and_rename(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{uuid.uuid4().hex}.part")
    # Not by tempfile: a page may be read by everyone whom the umask lets.
    handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the rename itself must survive a power cut, too
    finally:
        os.close(folder)
