"""A test that hangs ends, with a stack of every thread and with what the processes wrote that it started."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from testkit.places import PROJECT

pytestmark = pytest.mark.cli

_WAITS_FOR_EVER = """
import pytest, subprocess, sys, threading
from testkit.process_logs import watch_log

def never_woken():
    threading.Event().wait()

@pytest.mark.timeout(2)
def test_that_hangs(tmp_path):
    watch_log(tmp_path / "program.log")
    with (tmp_path / "program.log").open("w") as log:
        subprocess.run([sys.executable, "-c", "print('the program is stuck')"], stdout=log)
    threading.Thread(target=never_woken, daemon=True).start()
    threading.Event().wait()
"""

# A query in C code: Python notices no signal until it is over.
_STUCK_IN_C = """
import pytest, sqlite3
from testkit import hangs

@pytest.fixture(autouse=True, scope="module")
def _soon():
    hangs.GRACE = 1.0

def test_that_comes_first():
    pass

@pytest.mark.timeout(2)
def test_that_is_stuck():
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    sqlite3.connect(":memory:").execute(endless).fetchall()
"""


def _run(folder: Path, test: str) -> subprocess.CompletedProcess[str]:
    file = folder / "test_hanging.py"
    file.write_text(test)
    options = ["-c", str(PROJECT / "pyproject.toml"), "-p", "hltv_assets_tests.conftest", "-p", "no:randomly"]
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COVERAGE_"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--numprocesses", "1", str(file)],
        cwd=folder,
        env=own,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_test_that_waits_for_ever_shows_its_threads_and_the_log_of_its_program(tmp_path: Path) -> None:
    done = _run(tmp_path, _WAITS_FOR_EVER)
    assert done.returncode == 1
    assert "in never_woken" in done.stdout  # the other thread
    assert "threading.Event().wait()" in done.stdout  # the test's own
    assert "end of program.log" in done.stdout
    assert "the program is stuck" in done.stdout


def test_a_test_that_no_signal_reaches_ends_its_process_with_a_stack(tmp_path: Path) -> None:
    done = _run(tmp_path, _STUCK_IN_C)
    assert done.returncode == 1
    assert "in test_that_is_stuck" in done.stderr
    assert "1 failed, 1 passed" in done.stdout
