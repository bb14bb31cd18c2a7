"""Where things are: the project, the programs of its environment, and the pages and data beside the project."""

import os
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
SHARED_PAGES = (PROJECT / (os.environ.get("HLTV_TEST_PAGES") or "../shared/pages")).resolve()
NO_SHARED_PAGES = f"no shared pages in {SHARED_PAGES} (HLTV_TEST_PAGES)"
