"""Publishes a snapshot, killed at each line in turn: started by a test as a process of its own.

Each killing happens in a copy of the folder `template`, named by the line's number; how many there were is printed.
"""

import sys
from pathlib import Path

from hltv_assets.warehouse import snapshot
from hltv_assets.warehouse.file_warehouse import FileWarehouse
from testkit.killing import die_at_each_line


def main() -> None:
    """Publish, and die, in copies of the template in the folder that the command line names."""
    print(die_at_each_line(Path(sys.argv[1]), _publish, snapshot.__file__))  # noqa: T201 - for the test


def _publish(folder: Path) -> None:
    snapshot.publish_snapshot(FileWarehouse(str(folder / "hltv.duckdb"), wait=60))


if __name__ == "__main__":
    main()
