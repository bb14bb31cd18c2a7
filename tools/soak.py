"""A soak: many batches under the daemon, while memory and open files of its processes are measured.

`python -m tools.soak --batches 200` prints what it saw, and ends with 1 if something grew, stayed
open, or got stuck.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import dagster as dg
import msgspec
import psutil

from hltv_assets.automation.run_queries import OPEN
from testkit.growing_site import GrowingSite
from testkit.loopback_site import serve
from testkit.plans import match_of_one_map
from testkit.service import QUICK, Service

_MEGABYTE = 1_000_000
# Far more than it takes: what is not done by then is stuck.
_SECONDS_TO_START, _SECONDS_A_BATCH = 200, 40
# Of all processes together. Python gives little memory back, and Dagster fills caches for a while.
_MAX_GROWTH = 0.15
_MAX_MORE_FILES = 10


class Measurement(msgspec.Struct, frozen=True):
    """The service's own processes at one moment, those of runs left out: seconds, bytes, open files, ended runs."""

    seconds: float
    memory: int
    files: int
    runs: int


class SoakReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a soak saw; `left` are processes that outlived the service."""

    batches: int
    seconds: float
    measurements: Sequence[Measurement]
    unfinished: int
    failed: int
    left: int

    @property
    def problems(self) -> list[str]:
        """What must not be, in words."""
        memory, more_files = growth(self.measurements)
        found = {
            f"memory grew by {memory:.0%} while batches went on": memory > _MAX_GROWTH,
            f"{more_files} more files were open at the end": more_files > _MAX_MORE_FILES,
            f"{self.unfinished} runs are stuck": self.unfinished > 0,
            f"{self.failed} runs failed": self.failed > 0,
            f"{self.left} processes outlived the service": self.left > 0,
        }
        return [problem for problem, is_there in found.items() if is_there]


def growth(measurements: Sequence[Measurement]) -> tuple[float, int]:
    """Return by which share memory, and by how many open files, the last third exceeds the third before it.

    A third is a third of the runs: of the time, a slow machine may need more than that to start. The first third is
    left out: until then Dagster loads what it needs. Memory goes up and down by a quarter while sensors look; what was
    not given back shows where it is low, so lower quartiles are compared.
    """
    runs = measurements[-1].runs
    middle = [one for one in measurements if runs < 3 * one.runs <= 2 * runs]
    last = [one for one in measurements if 3 * one.runs > 2 * runs]
    memory = _lower_quartile([one.memory for one in last]) / _lower_quartile([one.memory for one in middle]) - 1
    files = statistics.median(one.files for one in last) - statistics.median(one.files for one in middle)
    return memory, round(files)


def _lower_quartile(values: Sequence[int]) -> float:
    return statistics.quantiles(values, n=4)[0]


def soak(folder: Path, batches: int) -> SoakReport:
    """Let a site grow match by match, a batch of matches and one of maps each, until so many batches are done."""
    with serve() as site:
        world = GrowingSite(site)
        world.grow([match_of_one_map(number) for number in range(batches // 2)])
        knobs = {**QUICK, "HLTV_BASE_URL": site.base_url, "HLTV_BATCH_SIZE": "1"}
        service = Service(folder, knobs, patience=_SECONDS_TO_START + _SECONDS_A_BATCH * batches)
        service.discover(site)
        started = time.monotonic()
        measurements: list[Measurement] = []
        service.start()
        try:
            with service.instance() as instance:

                def are_done() -> bool:
                    done = instance.get_runs_count(dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS]))
                    keys = [one for name in _PARTITIONS for one in instance.get_materialized_partitions(_key(name))]
                    measurements.append(_measure(service, time.monotonic() - started, done))
                    return len(keys) >= batches

                service.wait_until(are_done)
                service.wait_until(lambda: instance.get_runs_count(dg.RunsFilter(statuses=OPEN)) == 0)
                runs = instance.get_runs()
        finally:
            left = service.stop()
            for process in left:
                process.kill()
    return SoakReport(
        batches=batches,
        seconds=time.monotonic() - started,
        measurements=measurements,
        unfinished=sum(not run.is_finished for run in runs),
        failed=sum(run.is_failure for run in runs),
        left=len(left),
    )


_PARTITIONS = ("matches", "player_stats")


def _key(name: str) -> dg.AssetKey:
    return dg.AssetKey(name)


def _measure(service: Service, seconds: float, runs: int) -> Measurement:
    memory = files = 0
    for process in service.processes():
        with suppress(psutil.Error):
            if not _is_of_a_run(process):
                memory += process.memory_info().rss
                files += process.num_fds()
    return Measurement(seconds, memory, files, runs)


def _is_of_a_run(process: psutil.Process) -> bool:
    """A run's process is a fork server's child of the code server: its command line says multiprocessing."""
    return any("multiprocessing" in word for word in process.cmdline())


def in_words(report: SoakReport) -> str:
    """Return the report as lines: a table of ten moments, then the verdict."""
    step = max(1, len(report.measurements) // 10)
    lines = ["  seconds     runs     memory    files"]
    lines += [
        f"{one.seconds:9.0f}{one.runs:9d}{one.memory / _MEGABYTE:8.0f} MB{one.files:9d}"
        for one in report.measurements[::step]
    ]
    memory, files = growth(report.measurements)
    lines.append(
        f"{report.batches} batches in {report.seconds:.0f} s; in the last third, compared with the one before: "
        f"memory {memory:+.1%}, open files {files:+d}; failed runs {report.failed}, stuck {report.unfinished}"
    )
    return "\n".join([*lines, *(f"PROBLEM: {problem}" for problem in report.problems)])


def main() -> None:
    """Soak in a temporary folder, and say what was seen."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--batches", type=int, default=200)
    batches = parser.parse_args().batches
    with tempfile.TemporaryDirectory() as folder:
        report = soak(Path(folder), batches)
    print(in_words(report))
    sys.exit(1 if report.problems else 0)


if __name__ == "__main__":
    main()
