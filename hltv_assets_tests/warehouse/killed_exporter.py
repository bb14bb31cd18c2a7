"""Exports a snapshot, killed at each line in turn: started by a test as a process of its own.

Each killing happens in a copy of the folder `template`, named by the line's number; how many there were is printed.
"""

import sys
from pathlib import Path
from unittest.mock import patch

from hltv_assets.warehouse import export
from hltv_assets.warehouse.schema.match_tables import DISCOVERED_MATCHES, MATCHES
from testkit.killing import die_at_each_line

# All tables run the same lines.
TABLES = (DISCOVERED_MATCHES, MATCHES)


def main() -> None:
    """Export, and die, in copies of the template in the folder that the command line names."""
    with patch.object(export, "DATA_TABLES", TABLES):
        print(die_at_each_line(Path(sys.argv[1]), _export, export.__file__))  # noqa: T201 - for the test


def _export(folder: Path) -> None:
    export.export_parquet(folder / "hltv-snapshot.duckdb", folder / "parquet")


if __name__ == "__main__":
    main()
