"""The service as a person starts it, `hltv-assets service`, in a folder of its own, with all its processes at hand."""

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import psutil
import pytest
import yaml
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from hltv_assets.automation.run_queries import OPEN
from hltv_assets.cli.setup import set_up
from testkit.loopback_site import LoopbackSite
from testkit.places import BIN, PROJECT
from testkit.process_logs import watch_log
from testkit.world import World

# Whatever waits for something in production waits for seconds here, and what gives up after seconds waits for minutes:
# on a busy machine all of it is slow, and nothing of it is wrong.
QUICK = {
    "HLTV_RESULTS_CRON": "* * * * *",
    "HLTV_SENSOR_INTERVAL": "2",
    "HLTV_BATCH_MAX_WAIT": "0",
    "HLTV_RETRY_BASE": "1",
    "HLTV_COOL_DOWN": "1",
    "HLTV_TRIES": "1",
    "HLTV_CONNECT_TIMEOUT": "120",
    "HLTV_READ_TIMEOUT": "300",
    "HLTV_PAGE_TIMEOUT": "600",
    "HLTV_LOCK_WAIT": "600",
}
_PATIENT = {"DAGSTER_GRPC_TIMEOUT_SECONDS": "600", "DAGSTER_GRPC_SHUTDOWN_GRACE_PERIOD": "60"}
_LOOK_EVERY = 5  # seconds between two looks of the daemon at runs whose process may be gone
_PORTS = range(20_000, 32_000)  # below those that a system gives to connections, which could take it meanwhile
_SHUTDOWN_TIMEOUT = 150  # seconds; the service itself gives each of its processes a minute
_NOTHING_FOUND = re.compile(r"Checking for new runs|Sensor \w+ skipped")


@dataclass
class Service:
    """A checkout-like folder, and the service that runs in it; `program` is what is started, but for its port.

    `patience` is how many seconds may be waited for it in all: far more than a slow machine needs, since it costs
    nothing where all goes well.
    """

    folder: Path
    knobs: Mapping[str, str]
    program: Sequence[str] = ("hltv-assets", "service")
    patience: float = 1_000
    port: int = field(default_factory=lambda: free_port(), init=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._deadline = time.monotonic() + self.patience
        shutil.copyfile(PROJECT / "workspace.yaml", self.folder / "workspace.yaml")
        instance = yaml.safe_load((PROJECT / "dagster.yaml").read_text("utf-8"))
        (self.folder / "dagster.yaml").write_text(yaml.safe_dump(in_haste(instance)), "utf-8")
        set_up(self.folder, None)
        with (self.folder / ".env").open("a") as file:
            file.writelines(f"{name}='{value}'\n" for name, value in self.knobs.items())

    @property
    def _log(self) -> Path:
        return self.folder / "service.log"

    @property
    def data_dir(self) -> Path:
        """The data folder."""
        return self.folder / "data" / "demo"

    def start(self) -> None:
        """Start the service; its output goes to a file."""
        name, *arguments = self.program
        command = [str(BIN / name), *arguments, "--port", str(self.port)]
        self.watch()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment_of_a_program(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def watch(self) -> None:
        """Show what the service writes if the running test fails."""
        watch_log(self._log)

    def discover(self, site: LoopbackSite) -> None:
        """Read the listing in this process, so that nobody waits for the minute in which the schedule does."""
        with self.instance() as instance:
            if not World(self.data_dir, site, instance).materialize(["discovered_matches"]).success:
                raise RuntimeError("the listing could not be read")

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
        if self._process:
            kill_with_descendants(self._process)

    def stop(self) -> list[psutil.Process]:
        """End the service in good order, and return those of its processes that live on: there must be none."""
        processes = self.processes()
        if self._process:
            self._process.send_signal(signal.SIGINT)
        return list(psutil.wait_procs(processes, timeout=_SHUTDOWN_TIMEOUT)[1])

    def instance(self) -> AbstractContextManager[dg.DagsterInstance]:
        """Open Dagster's state as the service has it."""
        return dg.DagsterInstance.from_config(str(self.data_dir / "dagster"))

    def runs(self, *, only_open: bool = False) -> list[dg.DagsterRun]:
        """Return the runs, newest first."""
        with self.instance() as instance:
            return list(instance.get_runs(dg.RunsFilter(statuses=OPEN) if only_open else None))

    def wait_until(self, is_true: Callable[[], bool]) -> None:
        """Wait until something is true; if patience ends before, the test fails and shows what the service did."""
        try:
            until(is_true, seconds=self._deadline - time.monotonic(), every=1.0)
        except RetryError:
            pytest.fail(
                f"not within {self.patience:g} s; the service wrote, and its runs are:\n{self.said()}\n{self._told()}"
            )

    def said(self) -> str:
        """Return the end of what the service wrote, without the looks of sensors that found nothing."""
        lines = self._log.read_text(errors="replace").splitlines()
        return "\n".join([line for line in lines if not _NOTHING_FOUND.search(line)][-100:])

    def _told(self) -> str:
        """The runs, each with its partition, its state and the last word of its log, newest first."""
        with self.instance() as instance:
            return "\n".join(
                f"{run.job_name} {run.tags.get('dagster/partition', '')} {run.status.value}: "
                f"{[entry.message for entry in instance.all_logs(run.run_id)][-1:]}"
                for run in instance.get_runs()
            )


def environment_of_a_program() -> dict[str, str]:
    """Return the environment of this process without any settings, and with a Dagster that is patient.

    Coverage does not follow into it: it would make the many processes of a service half as fast.
    """
    hidden = ("HLTV_", "DAGSTER_", "COVERAGE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    return kept | _PATIENT


def in_haste(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return a dagster.yaml whose daemon looks every few seconds for runs to start, and for runs that are gone."""
    return {
        **configuration,
        "run_queue": {"dequeue_interval_seconds": 1},
        "run_monitoring": {**configuration["run_monitoring"], "poll_interval_seconds": _LOOK_EVERY},
    }


def until(is_true: Callable[[], bool], *, seconds: float, every: float = 0.5) -> None:
    """Wait until something is true; raises `tenacity.RetryError` if it still is not after so many seconds."""
    Retrying(retry=retry_if_result(lambda result: not result), wait=wait_fixed(every), stop=stop_after_delay(seconds))(
        is_true
    )


def kill_with_descendants(process: subprocess.Popen[bytes]) -> None:
    """Kill a process with all that it started, at once: none of them can start another meanwhile."""
    stopped: list[psutil.Process] = []
    with suppress(psutil.NoSuchProcess):
        own = psutil.Process(process.pid)
        # What is stopped starts nothing, so that in the end nothing new is found.
        while new := [one for one in (own, *own.children(recursive=True)) if one not in stopped]:
            for one in new:
                with suppress(psutil.NoSuchProcess):
                    one.send_signal(signal.SIGSTOP)
            stopped += new
    for one in stopped:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    process.wait()


def free_port() -> int:
    """Return a port of loopback at which nobody listens."""
    for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
        with closing(socket.socket()) as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    raise RuntimeError(f"no port from {_PORTS[0]} to {_PORTS[-1]} is free")
