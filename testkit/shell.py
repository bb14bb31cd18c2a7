"""A checkout-like folder, and the project's commands run in it: in this process, or in processes of their own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner, Result
from dotenv import set_key

from hltv_assets.cli import main
from hltv_assets.cli.setup import DEFAULT_DATA, set_up
from hltv_assets.settings import Settings
from hltv_assets.site.hosts import SAMPLE_HOST
from hltv_assets.warehouse.file_warehouse import FileWarehouse
from hltv_assets.warehouse.sites import claim_for_site
from testkit.invented.expected_match import expected_match_tables
from testkit.invented.match_facts import invent_match
from testkit.invented.sample_matches import sample_matches
from testkit.places import BIN, PROJECT
from testkit.world import put_maps

MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


@dataclass
class Shell:
    """A shell in a folder with the project's dagster.yaml, its environment free of HLTV_ and DAGSTER_ variables."""

    folder: Path
    knobs: dict[str, str] = field(default_factory=dict)

    @property
    def warehouse(self) -> str:
        """The warehouse of the demo's data folder, where `setup` puts it."""
        return str(self.folder / DEFAULT_DATA / "hltv.duckdb")

    def configure(self, name: str, value: Path) -> None:
        """Change a line of `.env`, which counts more than the environment."""
        set_key(self.folder / ".env", name, str(value))

    def invoke(self, *arguments: str) -> Result:
        """Run a verb of `hltv-assets` in this process, and return what came of it; an unexpected error is raised.

        The verb sees the folder and the environment that `run` would give it, and leaves this process's as they were.
        """
        with chdir(self.folder), environment(self._environment()):
            return CliRunner().invoke(main, arguments, catch_exceptions=False)

    def run(self, program: str, *arguments: str, measured: bool = False) -> subprocess.CompletedProcess[str]:
        """Run a program of the project's environment without standard input, and return what came of it.

        If it is measured, its standard error ends with the most memory that it used, in kilobytes.
        """
        measure = [sys.executable, "-c", MEASURE] if measured else []
        return subprocess.run(
            [*measure, str(BIN / program), *arguments],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def start(self, program: str, *arguments: str) -> subprocess.Popen[str]:
        """Start a program likewise, and return while it runs."""
        return subprocess.Popen(
            [str(BIN / program), *arguments],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _environment(self) -> dict[str, str]:
        return {**_without_settings(), "COLUMNS": "150", "PYTHONWARNINGS": "ignore", **self.knobs}

    def materialize(self, selection: str, *options: Sequence[str] | str) -> subprocess.CompletedProcess[str]:
        """Run `dagster asset materialize`."""
        command = ["asset", "materialize", "-m", "hltv_assets.definitions", "--select", selection]
        return self.run("dagster", *command, *map(str, options))


def _without_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("HLTV_", "DAGSTER_"))}


@dataclass(frozen=True)
class FirstSync:
    """What one sync of two matches, of three maps and of one, left behind: tests copy the folder or read it."""

    folder: Path
    settings: Settings
    requested: list[str]
    printed: str


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Let this process have these variables and no settings but them; whatever is set meanwhile goes away again."""
    before = dict(os.environ)
    try:
        _replace_environment({**_without_settings(), **variables})
        yield
    finally:
        _replace_environment(before)


def _replace_environment(variables: Mapping[str, str]) -> None:
    for name in os.environ.keys() - variables.keys():
        del os.environ[name]
    os.environ.update(variables)


def make_checkout(folder: Path) -> None:
    """Make a folder with the project's dagster.yaml, in which nothing was set up yet."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PROJECT / "dagster.yaml", folder / "dagster.yaml")


def copy_checkout(checkout: Path, folder: Path) -> None:
    """Copy a folder that was set up; the copy's `.env` names the copy, and nothing in it the original."""
    shutil.copytree(checkout, folder, dirs_exist_ok=True)
    # Dagster's files are there and nothing else holds a path, so this writes `.env` and opens nothing.
    (folder / ".env").unlink()
    set_up(folder, None)


def know_the_sample(shell: Shell) -> None:
    """Let the warehouse know the sample's maps, as the match chain would: that would take three commands."""
    with FileWarehouse(shell.warehouse, wait=5).transaction() as connection:
        claim_for_site(connection, SAMPLE_HOST)
        now = datetime.now(UTC)
        for plan in sample_matches():
            rows = expected_match_tables(invent_match(plan))["maps"]
            put_maps(connection, [{**row, "scraped_at": now} for row in rows])
