"""Small states of the site, shared by all who ask it and safe from a kill.

Here they lie in the data folder, for all processes of the machine; `kept_in_postgres` has them for many machines. A
state is read without a lock, since its file is replaced as a whole; it is changed under a lock of the operating system,
which dies with its process. A file that cannot be read counts as none.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import msgspec
from filelock import FileLock

State = TypeVar("State", bound=msgspec.Struct)

_POLL = 0.005  # seconds; whoever holds the lock holds it for a fraction of a millisecond


def lock_of(path: Path) -> FileLock:
    """Return the lock that lies at a path; only locks of the operating system, which die with their process."""
    return FileLock(path, poll_interval=_POLL, fallback_to_soft=False)


class KeptState(Protocol[State]):
    """One state, wherever it is kept."""

    def read(self) -> State | None:
        """Return the state, or None if there is none; raises `OSError` if it cannot be read."""

    def change(self, change: Callable[[State | None], State | None]) -> State | None:
        """Replace the state by what `change` makes of it (None: no state) and return that; raises `OSError`."""


class States(Protocol):
    """The states of one site, wherever they are kept."""

    def state(self, name: str, kind: type[State]) -> KeptState[State]:
        """Return where the state of a name is kept."""


class FolderStateStore:
    """The states of the site whose folder it is, a JSON file each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def state(self, name: str, kind: type[State]) -> KeptState[State]:
        """Return where the state of a name is kept."""
        return Kept(self._folder / f"{name}.json", kind)


class Kept(Generic[State]):
    """One state in one JSON file."""

    def __init__(self, file: Path, kind: type[State]) -> None:
        self._file = file
        self._kind = kind

    def read(self) -> State | None:
        """Return the state, or None if there is none; raises `OSError` if the file cannot be read."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=self._kind)
        except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
            return None

    def change(self, change: Callable[[State | None], State | None]) -> State | None:
        """Replace the state by what `change` makes of it (None: no state) and return that; raises `OSError`."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with lock_of(self._file.with_suffix(".lock")):
            before = self.read()
            after = change(before)
            if after is None:
                self._file.unlink(missing_ok=True)
            elif after != before:
                self._replace(after)
            return after

    def _replace(self, state: State) -> None:
        written = self._file.with_suffix(f".{os.getpid()}.part")
        written.write_bytes(msgspec.json.encode(state))
        written.replace(self._file)
