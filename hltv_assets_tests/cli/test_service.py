"""Processes that are run together: they end together, and none is left."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from hltv_assets.cli.errors import PortTakenError
from hltv_assets.cli.service import serve

_TOGETHER = """
import sys
from hltv_assets.cli.service import run_together
sys.exit(run_together({"first": ["bash", "-c", sys.argv[1]], "second": ["bash", "-c", sys.argv[2]]}))
"""
_NOTES_ITS_END = "trap 'echo ended >> {file}; exit' INT; echo started >> {file}"
_GOES_ON = "while true; do sleep 0.1; done"


@contextmanager
def running(first: str, second: str) -> Iterator[subprocess.Popen[str]]:
    """Run two scripts together; if the test fails, they are killed, and the failure does not wait for them."""
    command = [sys.executable, "-c", _TOGETHER, first, second]
    service = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    with service:
        try:
            yield service
        except BaseException:
            os.killpg(service.pid, signal.SIGKILL)
            raise


@pytest.mark.cli
def test_when_one_process_ends_the_other_is_ended_and_the_service_says_which(tmp_path: Path) -> None:
    file = tmp_path / "second"
    second = f"{_NOTES_ITS_END.format(file=file)}; {_GOES_ON}"
    with running(f"until test -e {file}; do sleep 0.1; done; exit 3", second) as service:
        _, said = service.communicate(timeout=240)
        assert service.returncode == 1
        assert said == "first exited unexpectedly (code 3); stopping\n"
    assert file.read_text().split() == ["started", "ended"]


@pytest.mark.cli
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_both_processes_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    files = [tmp_path / "first", tmp_path / "second"]
    # One each: of two writers that come at once, one reader may get all, and the next would wait for ever.
    ready = [tmp_path / "first-is-ready", tmp_path / "second-is-ready"]
    for pipe in ready:
        os.mkfifo(pipe)
    scripts = [
        f"{_NOTES_ITS_END.format(file=file)}; echo > {pipe}; {_GOES_ON}"
        for file, pipe in zip(files, ready, strict=True)
    ]
    with running(*scripts) as service:
        for pipe in ready:
            pipe.read_text()
        service.send_signal(number)
        service.communicate(timeout=240)
        assert service.returncode == 0
    assert [file.read_text().split() for file in files] == [["started", "ended"]] * 2


def test_where_somebody_listens_already_nothing_is_started(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"port {port} is already in use"):
            serve(tmp_path, port=port)
