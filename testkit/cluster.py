"""A cluster in a folder: Redis, code server, daemon and Celery workers, each of which can be killed and started again.

The databases are in the Postgres of `lake`, Redis is one of our own, so that it can be killed, too.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import pytest
import yaml
from psycopg2.extensions import parse_dsn
from tenacity import RetryError

from hltv_assets.automation.run_queries import OPEN
from hltv_assets.components import warehouse_of
from hltv_assets.settings import Settings
from hltv_assets.warehouse.connection import Warehouse
from testkit.lake import postgres_database
from testkit.places import BIN, PROJECT
from testkit.process_logs import watch_log
from testkit.service import environment_of_a_program, free_port, in_haste, kill_with_descendants, until
from testkit.tiers import missing

_DEPLOYED = PROJECT / "deploy" / "cluster"
# A step whose worker is gone goes to another after a minute, instead of an hour as in production. That is still far
# longer than a step takes on a slow machine. A run may take as long as the whole test.
_STEP_TIMEOUT = 60
_MAX_RUN = 1_200
_LOOK_EVERY = 2.0


@dataclass
class Cluster:
    """The parts of a cluster; `workers` is how many take from the queue `work`.

    `patience` is how many seconds may be waited for it in all.
    """

    folder: Path
    lake: str
    knobs: Mapping[str, str]
    dagster: str
    workers: int = 3
    patience: float = 1_000
    _processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._deadline = time.monotonic() + self.patience
        self._redis_port, self._code_port = free_port(), free_port()
        self.home = self.folder / "dagster"
        self.home.mkdir(parents=True)
        instance = yaml.safe_load((_DEPLOYED / "dagster.yaml").read_text())
        instance["run_monitoring"]["max_runtime_seconds"] = _MAX_RUN
        (self.home / "dagster.yaml").write_text(yaml.safe_dump(in_haste(instance)))
        workspace = yaml.safe_load((_DEPLOYED / "workspace.yaml").read_text())
        workspace["load_from"][0]["grpc_server"]["port"] = self._code_port
        (self.folder / "workspace.yaml").write_text(yaml.safe_dump(workspace))

    @property
    def parts(self) -> list[str]:
        """The names of all parts, in the order in which they start."""
        return ["redis", "code", "daemon", "fetch", *(f"work-{number}" for number in range(1, self.workers + 1))]

    @property
    def settings(self) -> Settings:
        """The settings that all parts have."""
        return Settings(data_dir=self.folder / "data", warehouse=f"ducklake:postgres:{self.lake}")

    @property
    def warehouse(self) -> Warehouse:
        """The lake, for tests to look into."""
        return warehouse_of(self.settings, wait=10)

    @property
    def environment(self) -> dict[str, str]:
        """What all parts find in their environment."""
        kept = environment_of_a_program()
        dsn = parse_dsn(self.dagster)
        user = f"{dsn['user']}:{dsn['password']}" if "password" in dsn else dsn["user"]
        return {
            **kept,
            "PATH": f"{BIN}{os.pathsep}{kept['PATH']}",
            "DAGSTER_HOME": str(self.home),
            "HLTV_DAGSTER_POSTGRES": f"postgresql://{user}@{dsn['host']}:{dsn.get('port', '5432')}/{dsn['dbname']}",
            "HLTV_CODE_SERVER": "127.0.0.1",
            "HLTV_CELERY_BROKER": f"redis://127.0.0.1:{self._redis_port}/0",
            "HLTV_STEP_TIMEOUT": str(_STEP_TIMEOUT),
            "HLTV_DATA_DIR": str(self.folder / "data"),
            "HLTV_WAREHOUSE": f"ducklake:postgres:{self.lake}",
            "HLTV_AUTOMATION": "1",
            "HLTV_OPEN_BATCHES": "6",
            **self.knobs,
        }

    def start(self, part: str) -> None:
        """Start a part; what it prints goes to a file beside the others'."""
        watch_log(self._log(part))
        with self._log(part).open("ab") as log:
            self._processes[part] = subprocess.Popen(
                self._command(part),
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if part == "redis":
            self.wait_until(lambda: _listens(self._redis_port))
        if part == "code":
            self.wait_until(lambda: _listens(self._code_port))

    def start_all(self) -> None:
        """Start all parts."""
        for part in self.parts:
            self.start(part)

    def kill(self, part: str) -> None:
        """Kill a part with all its processes at once, as a machine that is gone."""
        kill_with_descendants(self._processes[part])

    def kill_all(self) -> None:
        """Kill all parts that run."""
        for part in self._processes:
            self.kill(part)

    def dead(self) -> list[str]:
        """Return the parts that ended by themselves."""
        return [part for part, process in self._processes.items() if process.poll() is not None]

    @contextmanager
    def instance(self) -> Iterator[dg.DagsterInstance]:
        """Open Dagster's state as the parts have it."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            with dg.DagsterInstance.from_config(str(self.home)) as instance:
                yield instance

    def open_runs(self) -> int:
        """Return how many runs are not over."""
        with self.instance() as instance:
            return instance.get_runs_count(dg.RunsFilter(statuses=OPEN))

    def wait_until(self, is_true: Callable[[], bool]) -> None:
        """Wait until something is true; raises `TimeoutError` with what all parts printed if patience ends before."""
        try:
            until(is_true, seconds=self._deadline - time.monotonic(), every=_LOOK_EVERY)
        except RetryError:
            said = "\n".join(f"--- {part}\n{self.said(part)}" for part in self._processes)
            raise TimeoutError(
                f"not within {self.patience:g} s; dead: {self.dead()}; the parts printed:\n{said}"
            ) from None

    def said(self, part: str) -> str:
        """Return the end of what a part printed."""
        return self._log(part).read_text(errors="replace")[-3_000:]

    def _log(self, part: str) -> Path:
        return self.folder / f"{part}.log"

    def _command(self, part: str) -> list[str]:
        name = part.partition("-")[0]
        workspace = ["--workspace", str(self.folder / "workspace.yaml")]
        programs = {
            "redis": [
                "redis-server",
                *("--port", str(self._redis_port), "--bind", "127.0.0.1"),
                *("--appendonly", "yes", "--appendfsync", "always", "--save", "", "--dir", str(self.folder)),
            ],
            "code": [
                str(BIN / "dagster"),
                *("api", "grpc", "--host", "127.0.0.1", "--port", str(self._code_port)),
                *("--module-name", "hltv_assets.definitions"),
            ],
            "daemon": [str(BIN / "dagster-daemon"), "run", *workspace],
            "fetch": [str(BIN / "hltv-assets"), "worker", "fetch"],
            "work": [str(BIN / "hltv-assets"), "worker", "work"],
        }
        return programs[name]


@contextmanager
def cluster(folder: Path, knobs: Mapping[str, str], *, workers: int = 3, patience: float = 1_000) -> Iterator[Cluster]:
    """Yield a cluster that is not started yet; all of it is gone in the end.

    Skips the test where Postgres or Redis are missing; in CI they must be there.
    """
    if not shutil.which("redis-server"):
        missing("redis-server")
    with ExitStack() as stack:
        lake, state = (stack.enter_context(postgres_database()) for _ in range(2))
        made = Cluster(folder, lake, knobs, state, workers, patience)
        stack.callback(made.kill_all)
        yield made


def _listens(port: int) -> bool:
    with closing(socket.socket()) as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0
