"""What the processes that a test started wrote, for the report of a test that fails or hangs."""

from collections.abc import Iterator
from pathlib import Path

_MAX_CHARACTERS = 6_000
_watched: list[Path] = []


def watch_log(path: Path) -> None:
    """Add the end of a file to the report of the running test if it fails; the file may not exist yet."""
    _watched.append(path)


def forget_logs() -> None:
    """Watch no file any more: the next test begins."""
    _watched.clear()


def ends_of_logs() -> Iterator[tuple[str, str]]:
    """Yield the name and the end of each file that is watched and has something in it."""
    for path in dict.fromkeys(_watched):
        if path.is_file() and (text := path.read_text(errors="replace")[-_MAX_CHARACTERS:].strip()):
            yield path.name, text
