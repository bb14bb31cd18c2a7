"""Writers that kill their own process (SIGKILL) while they write: started by tests as a process of its own.

`at-line` starts a writer for every line of the archive's code that storing runs through, and kills it there; `endless`
writes pages until somebody kills it.
"""

import random
import sys
from collections.abc import Callable
from pathlib import Path

import hltv_assets.archive
from hltv_assets.archive.dictionaries import PAGES_FOR_A_DICTIONARY
from hltv_assets.archive.places import place_of, write_whole
from hltv_assets.archive.store import PageStore
from hltv_assets_tests.archive.storing import BODY, put
from testkit.killing import died_at_line

ROOM = str(Path(hltv_assets.archive.__file__).parent)
MOST_LINES = 500
# A page and its dictionary are written by the same lines; what runs more often only looks.
_RUNS_OF_A_LINE = 2
LARGE = 4_000_000


def main() -> None:
    """Write as the command line says: `at-line page|file|dictionary FOLDER`, or `endless FOLDER`."""
    how, *arguments = sys.argv[1:]
    if how == "endless":
        _write_for_ever(arguments[0])
    what, folder = arguments
    for line in range(MOST_LINES):
        target = Path(folder) / f"{line:03}"
        if not died_at_line(line, _WRITERS[what](target), ROOM, most_runs=_RUNS_OF_A_LINE):
            print(line)  # noqa: T201 - the number of lines, for the test
            return
    sys.exit(f"still writing after {MOST_LINES} lines")


def _page_writer(target: Path) -> Callable[[], object]:
    return lambda: put(PageStore(str(target)))


def _file_writer(target: Path) -> Callable[[], object]:
    file = place_of(str(target / "file"))
    write_whole(file, b"old")
    return lambda: write_whole(file, BODY)


def _dictionary_writer(target: Path) -> Callable[[], object]:
    """The next page finds enough to make a dictionary of."""
    for number in range(PAGES_FOR_A_DICTIONARY):
        put(PageStore(str(target)), body=alike(number), map_id=number + 1, later=number)
    return lambda: put(PageStore(str(target)), body=alike(number + 1), map_id=number + 2, later=number + 1)


_WRITERS = {"page": _page_writer, "file": _file_writer, "dictionary": _dictionary_writer}


def alike(number: int) -> bytes:
    """Return an invented page that has all but its number in common with others."""
    return f"<html>{random.Random(0).randbytes(20_000).hex()} page {number}</html>".encode()


def _write_for_ever(folder: str) -> None:
    store = PageStore(folder)
    number = 0
    while True:
        put(store, body=random.Random(number).randbytes(LARGE), later=number)
        if number == 0:
            print("started", flush=True)  # noqa: T201 - for the test that waits for it
        number += 1


if __name__ == "__main__":
    main()
