"""Processes that are run together: they end together, and none is left."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

_TOGETHER = """
import sys
from hltv_assets.shell.serving import run_together
sys.exit(run_together({"first": ["bash", "-c", sys.argv[1]], "second": ["bash", "-c", sys.argv[2]]}))
"""
_NOTES_ITS_END = "trap 'echo ended >> {file}; exit' INT; echo started >> {file}; while true; do sleep 0.1; done"


def start(first: str, second: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _TOGETHER, first, second]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def test_when_one_process_ends_the_other_is_ended_and_the_service_says_which(tmp_path: Path) -> None:
    file = tmp_path / "second"
    with start(f"until test -e {file}; do sleep 0.1; done; exit 3", _NOTES_ITS_END.format(file=file)) as service:
        _, said = service.communicate(timeout=30)
        assert service.returncode == 1
        assert said == "first ended by itself, code 3; the service ends\n"
    assert file.read_text().split() == ["started", "ended"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_both_processes_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    files = [tmp_path / "first", tmp_path / "second"]
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    scripts = [f"echo > {ready}; {_NOTES_ITS_END.format(file=file)}" for file in files]
    with start(*scripts) as service:
        for _ in files:
            ready.read_text()
        while not all(file.exists() for file in files):
            pass
        service.send_signal(number)
        service.communicate(timeout=30)
        assert service.returncode == 0
    assert [file.read_text().split() for file in files] == [["started", "ended"]] * 2
