"""A checkout-like folder, and the project's commands run in it as processes of their own."""

import gzip
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from dotenv import set_key

from hltv_assets.pages import PageKind
from hltv_assets.site.hosts import SAMPLE_HOST
from hltv_assets.site.sample import sample_folder
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.sites import claim_for_site
from testkit.invented.expected_match import expected_match_tables
from testkit.invented.match_facts import invent_match
from testkit.invented.sample_matches import sample_matches
from testkit.loopback_site import LoopbackSite, page
from testkit.places import BIN
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

    def configure(self, name: str, value: Path) -> None:
        """Change a line of `.env`, which counts more than the environment."""
        set_key(self.folder / ".env", name, str(value))

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
            timeout=120,
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
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HLTV_", "DAGSTER_"))}
        return {**kept, "COLUMNS": "150", "PYTHONWARNINGS": "ignore", **self.knobs}

    def materialize(self, selection: str, *options: Sequence[str] | str) -> subprocess.CompletedProcess[str]:
        """Run `dagster asset materialize`."""
        command = ["asset", "materialize", "-m", "hltv_assets.definitions", "--select", selection]
        return self.run("dagster", *command, *map(str, options))


def know_the_sample(shell: Shell) -> None:
    """Let the warehouse know the sample's maps, as the match chain would: that would take three commands."""
    with Warehouse(str(shell.folder / "data" / "demo" / "hltv.duckdb"), wait=5).transaction() as connection:
        claim_for_site(connection, SAMPLE_HOST)
        now = datetime.now(UTC)
        for plan in sample_matches():
            rows = expected_match_tables(invent_match(plan))["maps"]
            put_maps(connection, [{**row, "scraped_at": now} for row in rows])


def publish_the_sample(site: LoopbackSite) -> None:
    """Put all pages of the sample on a site."""
    folders = {
        PageKind.RESULTS: "results",
        PageKind.MATCH: "matches",
        PageKind.MAP_STATS: "stats/matches/mapstatsid",
        PageKind.MAP_PERFORMANCE: "stats/matches/performance/mapstatsid",
        PageKind.MAP_ECONOMY: "stats/matches/economy/mapstatsid",
    }
    for kind, folder in folders.items():
        for file in (sample_folder() / folder).glob("*.html.gz"):
            site.publish(int(file.name.split(".")[0]), page(gzip.decompress(file.read_bytes())), kind)
