"""Which started runs have lost their process: asked of real code servers and real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.launcher import WorkerStatus
from dagster._grpc.client import DagsterGrpcClient

from hltv_assets.automation import run_launcher
from hltv_assets.automation.run_launcher import WatchedRunLauncher, health_at, health_of_processes
from testkit.places import BIN, PROJECT
from testkit.service import free_port

_NO_RUN = "7f3c4a1e-0000-4000-8000-000000000000"
_RUN_THAT_STOPS = """
import os, signal, sys
import dagster as dg

@dg.asset
def stops():
    os.kill(os.getpid(), signal.SIGSTOP)

with dg.DagsterInstance.get() as instance:
    dg.materialize([stops], instance=instance)
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A DAGSTER_HOME with the project's dagster.yaml."""
    (tmp_path / "dagster.yaml").write_bytes((PROJECT / "dagster.yaml").read_bytes())
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    return tmp_path


def is_serving(client: DagsterGrpcClient) -> bool:
    # Dagster gives this method of its client no types.
    return bool(client.health_check_query() == "SERVING")  # type: ignore[no-untyped-call]


@pytest.fixture
def server(home: Path) -> Iterator[tuple[subprocess.Popen[bytes], DagsterGrpcClient]]:
    """A code server of the project without any run."""
    port = free_port()
    command = ["api", "grpc", "-m", "hltv_assets.definitions", "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen([str(BIN / "dagster"), *command], cwd=home, stderr=subprocess.DEVNULL) as process:
        try:
            client = DagsterGrpcClient(host="127.0.0.1", port=port)
            while process.poll() is None and not is_serving(client):
                time.sleep(0.1)
            yield process, client
        finally:
            process.send_signal(signal.SIGCONT)
            process.kill()


def test_the_instance_of_the_project_watches_its_runs(home: Path) -> None:
    del home
    with dg.DagsterInstance.get() as instance:
        assert isinstance(instance.run_launcher, WatchedRunLauncher)
        assert instance.run_launcher.supports_check_run_worker_health
        assert instance.run_monitoring_enabled
        assert not instance.run_retries_enabled


@pytest.mark.service
def test_a_run_that_its_code_server_does_not_have_has_failed(
    server: tuple[subprocess.Popen[bytes], DagsterGrpcClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    process, client = server
    monkeypatch.setattr(run_launcher, "_MAX_ANSWER_TIME", 120)  # of a server that lives, on a busy machine, too
    assert health_at(client, _NO_RUN).status is WorkerStatus.FAILED
    process.kill()
    process.wait()
    found = health_at(client, _NO_RUN)
    assert (found.status, found.msg) == (WorkerStatus.FAILED, "the code server that launched the run is gone")


@pytest.mark.service
def test_a_code_server_that_does_not_answer_in_time_is_not_taken_for_dead(
    server: tuple[subprocess.Popen[bytes], DagsterGrpcClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    process, client = server
    monkeypatch.setattr(run_launcher, "_MAX_ANSWER_TIME", 1)
    process.send_signal(signal.SIGSTOP)
    assert health_at(client, _NO_RUN).status is WorkerStatus.RUNNING


@pytest.mark.service
def test_a_run_of_a_shell_lives_as_long_as_its_process(home: Path) -> None:
    del home
    with subprocess.Popen([sys.executable, "-c", _RUN_THAT_STOPS], stderr=subprocess.DEVNULL) as process:
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)
        with dg.DagsterInstance.get() as instance:
            (run,) = instance.get_runs()
            launcher = instance.run_launcher
            assert run.status is dg.DagsterRunStatus.STARTED
            assert launcher.check_run_worker_health(run).status is WorkerStatus.RUNNING
            process.kill()
            process.wait()
            assert launcher.check_run_worker_health(run).status is WorkerStatus.FAILED


def test_a_run_of_which_no_process_is_known_is_believed_to_live() -> None:
    assert health_of_processes([]).status is WorkerStatus.RUNNING
    assert health_of_processes([os.getpid()]).status is WorkerStatus.RUNNING
    assert health_of_processes([1]).status is WorkerStatus.RUNNING
