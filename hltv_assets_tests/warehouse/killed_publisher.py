"""Publishes a snapshot, killed at each line in turn: started by a test as a process of its own.

Each killing happens in a copy of the folder `template`, named by the line's number; how many there were is printed.
"""

import shutil
import sys
from functools import partial
from pathlib import Path

from hltv_assets.warehouse import snapshot
from hltv_assets.warehouse.connection import Warehouse
from testkit.killing import died_at_line

MOST_LINES = 200


def main() -> None:
    """Publish, and die, in copies of the template in the folder that the command line names."""
    folder = Path(sys.argv[1])
    for line in range(MOST_LINES):
        target = folder / f"{line:03}"
        shutil.copytree(folder / "template", target)
        publish = partial(snapshot.publish_snapshot, Warehouse(str(target / "hltv.duckdb"), wait=5))
        if not died_at_line(line, publish, snapshot.__file__):
            print(line)  # noqa: T201 - the number of lines, for the test
            return
    sys.exit(f"still publishing after {MOST_LINES} lines")


if __name__ == "__main__":
    main()
