"""The service as a person starts it, `hltv-assets service`, in a folder of its own, with all its processes at hand."""

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import psutil
import pytest
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from hltv_assets.automation.open_runs import OPEN
from testkit.places import BIN, PROJECT

# Whatever waits for something in production waits for seconds here.
QUICK = {
    "HLTV_RESULTS_CRON": "* * * * *",
    "HLTV_SENSOR_INTERVAL": "2",
    "HLTV_BATCH_MAX_WAIT": "0",
    "HLTV_RETRY_BASE": "1",
    "HLTV_COOL_DOWN": "1",
    "HLTV_TRIES": "1",
}
_NOTHING_FOUND = re.compile(r"Checking for new runs|Sensor \w+ skipped")


@dataclass
class Service:
    """A checkout-like folder, and the service that runs in it; `program` is what is started, but for its port."""

    folder: Path
    knobs: Mapping[str, str]
    program: Sequence[str] = ("hltv-assets", "service")
    port: int = field(default_factory=lambda: free_port(), init=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        for name in ("dagster.yaml", "workspace.yaml"):
            shutil.copyfile(PROJECT / name, self.folder / name)
        subprocess.run([BIN / "hltv-assets", "setup"], cwd=self.folder, check=True, stdout=subprocess.DEVNULL)
        with (self.folder / ".env").open("a") as file:
            file.writelines(f"{name}='{value}'\n" for name, value in self.knobs.items())

    @property
    def data_dir(self) -> Path:
        """The data folder."""
        return self.folder / "data" / "demo"

    def start(self) -> None:
        """Start the service; its output goes to a file."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HLTV_", "DAGSTER_"))}
        name, *arguments = self.program
        command = [str(BIN / name), *arguments, "--port", str(self.port)]
        with (self.folder / "service.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self.folder, env=kept, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def listens(self) -> bool:
        """Say whether the webserver can be reached."""
        with closing(socket.socket()) as caller:
            return caller.connect_ex(("127.0.0.1", self.port)) == 0

    def processes(self) -> list[psutil.Process]:
        """Return the service's process and all its descendants."""
        if self._process is None or self._process.poll() is not None:
            return []
        with suppress(psutil.NoSuchProcess):
            own = psutil.Process(self._process.pid)
            return [own, *own.children(recursive=True)]
        return []

    def kill(self) -> None:
        """Kill all processes at once, as a power cut does."""
        processes = self.processes()
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGSTOP)
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        if self._process:
            self._process.wait()

    def stop(self) -> list[psutil.Process]:
        """End the service in good order, and return those of its processes that live on: there must be none."""
        processes = self.processes()
        if self._process:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
        return list(psutil.wait_procs(processes, timeout=90)[1])

    def runs(self, *, only_open: bool = False) -> list[dg.DagsterRun]:
        """Return the runs, newest first."""
        with dg.DagsterInstance.from_config(str(self.data_dir / "dagster")) as instance:
            return list(instance.get_runs(dg.RunsFilter(statuses=OPEN) if only_open else None))

    def wait_until(self, is_true: Callable[[], bool], *, seconds: float) -> None:
        """Wait until something is true; if it still is not, the test fails and shows what the service did."""
        try:
            until(is_true, seconds=seconds)
        except RetryError:
            pytest.fail(f"not after {seconds:g} s; the service wrote, and its runs are:\n{self.said()}\n{self._told()}")

    def said(self) -> str:
        """Return the end of what the service wrote, without the looks of sensors that found nothing."""
        lines = (self.folder / "service.log").read_text(errors="replace").splitlines()
        return "\n".join([line for line in lines if not _NOTHING_FOUND.search(line)][-100:])

    def _told(self) -> str:
        """The runs, each with its partition, its state and the last word of its log, newest first."""
        with dg.DagsterInstance.from_config(str(self.data_dir / "dagster")) as instance:
            return "\n".join(
                f"{run.job_name} {run.tags.get('dagster/partition', '')} {run.status.value}: "
                f"{[entry.message for entry in instance.all_logs(run.run_id)][-1:]}"
                for run in instance.get_runs()
            )


def until(is_true: Callable[[], bool], *, seconds: float) -> None:
    """Wait until something is true; raises `tenacity.RetryError` if it still is not after so many seconds."""
    Retrying(retry=retry_if_result(lambda result: not result), wait=wait_fixed(0.5), stop=stop_after_delay(seconds))(
        is_true
    )


def free_port() -> int:
    """Return a port of loopback at which nobody listens."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
