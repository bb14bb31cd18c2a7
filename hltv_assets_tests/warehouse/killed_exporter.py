"""Exports a snapshot, killed at each line in turn: started by a test as a process of its own.

Each killing happens in a copy of the folder `template`, named by the line's number; how many there were is printed.
"""

import shutil
import sys
from functools import partial
from pathlib import Path
from unittest.mock import patch

from hltv_assets.warehouse import export
from hltv_assets.warehouse.match_tables import DISCOVERED_MATCHES, MATCHES
from testkit.killing import died_at_line

# All tables run the same lines.
TABLES = (DISCOVERED_MATCHES, MATCHES)
MOST_LINES = 500


def main() -> None:
    """Export, and die, in copies of the template in the folder that the command line names."""
    folder = Path(sys.argv[1])
    for line in range(MOST_LINES):
        target = folder / f"{line:03}"
        shutil.copytree(folder / "template", target, symlinks=True)
        run = partial(export.export_parquet, target / "hltv-snapshot.duckdb", target / "parquet")
        with patch.object(export, "DATA_TABLES", TABLES):
            if not died_at_line(line, run, export.__file__):
                print(line)  # noqa: T201 - the number of lines, for the test
                return
    sys.exit(f"still exporting after {MOST_LINES} lines")


if __name__ == "__main__":
    main()
