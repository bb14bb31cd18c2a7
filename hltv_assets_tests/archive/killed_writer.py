"""Writers that kill their own process (SIGKILL) while they write: started by tests as a process of its own.

`at-line` starts a writer for each line of the archive's code that storing runs through, and kills it there, in a copy
of the folder `template`; the number of lines is printed. `endless` writes pages until somebody kills it.
"""

import random
import sys
from pathlib import Path

import hltv_assets.archive
from hltv_assets.archive.dictionaries import PAGES_FOR_A_DICTIONARY
from hltv_assets.archive.storage import place_of, write_whole
from hltv_assets.archive.store import PageStore
from hltv_assets_tests.archive.storing import BODY, alike, put
from testkit.killing import die_at_each_line

ROOM = str(Path(hltv_assets.archive.__file__).parent)
# A page and its dictionary are written by the same lines; what runs more often only looks.
_MAX_RUNS_OF_A_LINE = 2
LARGE = 4_000_000


def main() -> None:
    """Write as the command line says: `at-line page|file|dictionary FOLDER`, or `endless FOLDER`."""
    how, *arguments = sys.argv[1:]
    if how == "endless":
        _write_for_ever(arguments[0])
    what, folder = arguments
    print(die_at_each_line(Path(folder), _WRITERS[what], ROOM, max_runs=_MAX_RUNS_OF_A_LINE))  # noqa: T201 - for the test


def _write_page(archive: Path) -> None:
    put(PageStore(str(archive)))


def _write_file(folder: Path) -> None:
    write_whole(place_of(str(folder / "file")), BODY)


def _write_page_with_dictionary(archive: Path) -> None:
    """Store the page that finds enough others to make a dictionary of."""
    put_small(PageStore(str(archive)), PAGES_FOR_A_DICTIONARY)


def small(number: int) -> bytes:
    """Return an invented page like others, so small that a dictionary of them is made in no time."""
    return alike(number, size=1_000)


def put_small(store: PageStore, number: int) -> None:
    """Store this page."""
    put(store, body=small(number), map_id=number + 1, later=number)


_WRITERS = {"page": _write_page, "file": _write_file, "dictionary": _write_page_with_dictionary}


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
