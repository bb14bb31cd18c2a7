"""Reading and writing files on a local path or in an object store, so that a file is there whole or not at all."""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from upath import UPath

from hltv_assets.archive.errors import ArchiveError

_PIECE = 2**22  # bytes
_LOCAL = {"file", "local"}  # fsspec's names for the file system of this machine


def place_of(location: str) -> UPath:
    """Return the path of a local folder or of an fsspec URL (`s3://...`, `memory://...`).

    A listing of an object store is asked for each time: others write there, too, and one that was kept would not show
    what they wrote.
    """
    scheme, mark, path = location.partition("://")
    if not mark or scheme in _LOCAL:
        return UPath(path if mark else location)
    return UPath(location, use_listings_cache=False)


def is_local(place: object) -> bool:
    """Return whether a place lies in a file system of this machine."""
    return isinstance(place, Path)


def write_whole(place: UPath, content: bytes) -> None:
    """Write a file atomically: on a local path by temp, fsync and rename, in an object store by one put.

    Raises `ArchiveError` if the place cannot be written.
    """
    with _as_archive_error("write", place):
        if is_local(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            _write_and_rename(Path(str(place)), lambda file: file.write(content))
        else:
            place.fs.pipe_file(place.path, content)


def write_once(place: UPath, content: bytes) -> None:
    """Write a file whose name tells its content, as `write_whole` does.

    In an object store that has conditional writes it is never written over, whoever else writes there.
    """
    if is_local(place):
        write_whole(place, content)
        return
    with _as_archive_error("write", place), suppress(FileExistsError):
        place.fs.pipe_file(place.path, content, mode="create")


def copy_whole(source: UPath, target: UPath) -> None:
    """Copy a file of any size, so that the target is there whole or not at all; one of the two places is local.

    Raises `FileNotFoundError` if there is no such file, `ArchiveError` if it cannot be read or written.
    """
    with _as_archive_error("write", target, unless=FileNotFoundError):
        if is_local(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            with source.open("rb") as content:
                _write_and_rename(Path(str(target)), lambda file: shutil.copyfileobj(content, file, _PIECE))
        else:
            target.fs.put_file(str(source), target.path)


def remove_folder(folder: UPath) -> None:
    """Remove a folder with all that is in it; raises `ArchiveError` if that cannot be done."""
    with _as_archive_error("write", folder):
        if is_local(folder):
            shutil.rmtree(str(folder))
        else:
            folder.fs.rm(folder.path, recursive=True)


def read_whole(place: UPath) -> bytes:
    """Return a file's content; raises `FileNotFoundError` if there is none, `ArchiveError` if it cannot be read."""
    with _as_archive_error("read", place, unless=FileNotFoundError):
        return place.read_bytes() if is_local(place) else place.fs.cat_file(place.path)


def names_in(folder: UPath) -> list[str]:
    """Return the names of what lies in a folder, in one request; none if there is no such folder.

    Raises `ArchiveError` if that cannot be told.
    """
    names: list[str] = []
    with _as_archive_error("read", folder), suppress(FileNotFoundError):
        found = folder.iterdir() if is_local(folder) else map(UPath, folder.fs.ls(folder.path, detail=False))
        names += [one.name for one in found]
    return names


def files_below(folder: UPath) -> list[str]:
    """Return the paths, relative to a folder, of all files in it and in its folders, in order; none if there is none.

    In an object store that is a request for every thousand files. Raises `ArchiveError` if that cannot be told.
    """
    with _as_archive_error("read", folder):
        if is_local(folder):
            root = Path(str(folder))
            found = (Path(place, name) for place, _, names in os.walk(root, onerror=_raise) for name in names)
            return sorted(path.relative_to(root).as_posix() for path in found if path.is_file())
        return sorted(path.removeprefix(folder.path).lstrip("/") for path in folder.fs.find(folder.path))


def _raise(error: OSError) -> None:
    """Let a walk through folders not pass over one that cannot be listed, but for one that is not there."""
    if not isinstance(error, FileNotFoundError):
        raise error


@contextmanager
def _as_archive_error(act: str, place: UPath, *, unless: type[Exception] | tuple[()] = ()) -> Iterator[None]:
    """Raise as `ArchiveError` whatever is raised meanwhile, but for what the caller's caller tells apart."""
    try:
        yield
    except unless:
        raise
    except Exception as error:  # noqa: BLE001 - each object store has errors of its own
        reason = (isinstance(error, OSError) and error.strerror) or error
        message = f"cannot {act} {place}: {reason}; check HLTV_ARCHIVE and HLTV_DATA_DIR"
        raise ArchiveError(message) from None


def _write_and_rename(path: Path, write: Callable[[BinaryIO], object]) -> None:
    temporary = path.with_name(f".{uuid.uuid4().hex}.part")
    # Not by tempfile: a page may be read by everyone whom the umask lets.
    handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
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
