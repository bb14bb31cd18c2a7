"""The measurements: each returns what it measured by key, a ratio a run, both sides of a ratio in turn."""

import gzip
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from uuid import uuid4

import pyperf

from benchmarks.archived_world import build_world, build_world_of_big_pages
from benchmarks.empty_batch import PARTITIONS
from benchmarks.goals import Measured
from benchmarks.growing import grow, seconds_of_each_question, seconds_of_each_step
from hltv_assets.archive.store import PageStore
from hltv_assets.pages import PageKind
from hltv_assets.settings import Settings
from testkit.asking import MAPS, ask, client_of, good_page
from testkit.loopback_site import serve
from testkit.places import PROJECT, SHARED_PAGES
from tools.docs.answers import fill_from_the_sample

BIN = Path(sys.executable).parent.absolute()
RUNS = 5
REREAD_MAPS = 5_000
OVERHEAD_MAPS = 2_000
BIG_MAPS = 500
SMALL, LARGE = 1_000, 100_000
RATE_PAGES = 200
COUNTED = 10_000_000

Results = Mapping[str, Measured]
Measure = Callable[[Path], Results]


def measure_parsing(build: Path) -> Results:
    """Run the script of pyperf; each of its values is a run."""
    file = build / "parsing.json"
    file.unlink(missing_ok=True)
    subprocess.run([sys.executable, "-m", "benchmarks.parsing", "--quiet", "--output", str(file)], check=True)
    suite = {one.get_name(): list(one.get_values()) for one in pyperf.BenchmarkSuite.load(str(file)).get_benchmarks()}
    pages = [name.removeprefix("ours ") for name in suite if name.startswith("ours ") and name != "ours big"]

    def ratios(over: str, under: str) -> list[float]:
        return [one / median(suite[under]) for one in suite[over]]

    slowest = max(pages, key=lambda page: median(ratios(f"ours {page}", f"bare {page}")))
    nearest = min(pages, key=lambda page: median(ratios(f"bs4 {page}", f"ours {page}")))
    return {
        "parse_ratio": Measured(
            ratios(f"ours {slowest}", f"bare {slowest}"), f"page {slowest}, the slowest of {pages}"
        ),
        "parse_big_ratio": Measured(ratios("ours big", "bare big"), f"page {pages[0]} in scripts"),
        "bs4_ratio": Measured(ratios(f"bs4 {nearest}", f"ours {nearest}"), f"page {nearest}, the nearest of {pages}"),
    }


def measure_rereading(build: Path) -> Results:
    """Re-read thousands of pages with one and with two workers, and do the least that must be done."""
    folder = build / "reread"
    settings = build_world(folder, maps=REREAD_MAPS, batch_size=50)
    empty = build / "empty.duckdb"
    shutil.copyfile(settings.warehouse, empty)
    ratios, speedups, of_dagster = [], [], []
    for _ in range(RUNS):
        seconds = []
        for what, workers in (("job", "1"), ("reparse", "2"), ("reparse", "1")):
            shutil.copyfile(empty, settings.warehouse)
            seconds.append(_once(what, str(folder), workers))
        run, two, one = seconds
        least = _once("floor", str(folder))
        ratios.append(one / least)
        speedups.append(one / two)
        of_dagster.append(run / least)
    pages = f"{REREAD_MAPS} pages, batches of 50"
    return {
        "reparse_ratio": Measured(ratios, pages),
        "reparse_speedup": Measured(speedups, f"{pages}; what two processes gain that merely count: {_of_two_cores()}"),
        "reparse_dagster_ratio": Measured(of_dagster, f"{pages}, one worker, events in SQLite"),
    }


def _of_two_cores() -> str:
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.cores", str(COUNTED)], check=True, capture_output=True, text=True
    )
    return f"{float(run.stdout):.2f}"


def measure_overhead(build: Path) -> Results:
    """Re-read batches in a run of Dagster, and without it."""
    folder = build / "overhead"
    settings = build_world(folder, maps=OVERHEAD_MAPS, batch_size=100)
    empty = build / "empty.duckdb"
    shutil.copyfile(settings.warehouse, empty)
    shares = []
    for _ in range(RUNS):
        seconds = []
        for what in ("job", "reparse"):
            shutil.copyfile(empty, settings.warehouse)
            seconds.append(_once(what, str(folder), "1"))
        shares.append((seconds[0] - seconds[1]) / seconds[1])
    return {"overhead_share": Measured(shares, "20 batches of 100 invented maps, the job `reparse`, one worker")}


def measure_growth(build: Path) -> Results:
    """Take the steps whose time must not grow, in a small and in a large warehouse; the worst of them counts."""
    small, large = build / "small", build / "large"
    for folder in (small, large):
        shutil.rmtree(folder, ignore_errors=True)
    fill_from_the_sample(small)
    shutil.copytree(small, large)
    steps = []
    for folder, maps in ((small, SMALL), (large, LARGE)):
        settings = Settings(data_dir=folder)
        grow(settings.warehouse, maps)
        steps.append(seconds_of_each_step(settings))
    ratios = {name: steps[1][name] / steps[0][name] for name in steps[0]}
    told = ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items())
    questions = seconds_of_each_question(Settings(data_dir=large).warehouse)
    shutil.rmtree(large)
    return {
        "growth_ratio": Measured([max(ratios.values())], f"{LARGE:,} and {SMALL:,} maps, medians of five: {told}"),
        "question_seconds": Measured([max(questions)], f"the slowest of {len(questions)} on {LARGE:,} maps"),
    }


def _once(*arguments: str) -> float:
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.once", *arguments], check=True, capture_output=True, text=True
    )
    return float(run.stdout.split()[-1])


def measure_memory(build: Path) -> Results:
    """Read and write a batch of pages as browsers save them, under /usr/bin/time."""
    folder = build / "big"
    settings = build_world_of_big_pages(folder, maps=BIG_MAPS)
    empty = build / "empty.duckdb"
    shutil.copyfile(settings.warehouse, empty)
    peaks = []
    for _ in range(RUNS):
        shutil.copyfile(empty, settings.warehouse)
        peaks.append(_timed("%M", sys.executable, "-m", "benchmarks.once", "batch", str(folder)) / 1_000)
    shutil.rmtree(folder)
    return {"rss_mb": Measured(peaks, f"{BIG_MAPS} pages of 6 MB in one batch")}


def _timed(what: str, *command: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> float:
    """What /usr/bin/time says of a command."""
    run = subprocess.run(
        ["/usr/bin/time", "--format", what, *command], check=True, capture_output=True, text=True, cwd=cwd, env=env
    )
    return float(run.stderr.split()[-1])


def measure_cold_start(build: Path) -> Results:
    """Run a batch with nothing due, and merely import Dagster, each a whole process."""
    folder = build / "cold"
    _sync_sample(folder)
    register = f"import dagster as d; d.DagsterInstance.get().add_dynamic_partitions({PARTITIONS!r}, ['one'])"
    home = {**os.environ, "DAGSTER_HOME": str(folder / "data" / "demo" / "dagster"), "PYTHONPATH": str(PROJECT)}
    subprocess.run([sys.executable, "-c", register], cwd=folder, env=home, check=True)
    ours = _materialize("hltv_assets.definitions", "pending_maps*", "maps-000001")
    empty = _materialize("benchmarks.empty_batch", "*", "one")
    ratios, of_empty = [], []
    for _ in range(RUNS):
        least = _timed("%e", sys.executable, "-c", "import dagster", cwd=folder)
        ratios.append(_timed("%e", *ours, cwd=folder, env=home) / least)
        of_empty.append(_timed("%e", *empty, cwd=folder, env=home) / least)
    told = f"a batch of the sample's 40 maps, all written; as many empty assets and checks: {median(of_empty):.2f}"
    return {"cold_start_ratio": Measured(ratios, told)}


def _materialize(module: str, selection: str, key: str) -> Sequence[str]:
    command = ["asset", "materialize", "-m", module, "--select", selection, "--partition", key]
    return [str(BIN / "dagster"), *command]


def _sync_sample(folder: Path) -> None:
    """Make a folder that is set up as a checkout is, with the sample in its tables."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in ("dagster.yaml", "workspace.yaml"):
        shutil.copyfile(PROJECT / name, folder / name)
    for verb in ("setup", "sync"):
        subprocess.run([BIN / "hltv-assets", verb], cwd=folder, check=True, capture_output=True)


def measure_rate(build: Path) -> Results:
    """Ask a site on loopback that answers after 50 ms for pages at 50 a second."""
    del build
    configured = 50
    fractions = []
    for _ in range(RUNS):
        with serve() as site:
            site.before_answer = lambda _: time.sleep(0.05)
            ids = [MAPS[0] + number for number in range(RATE_PAGES)]
            for one in ids:
                site.publish(one, good_page(one))
            client = client_of(site.base_url, min_delay=1 / configured, concurrency=8)
            if len(ask(client, ids).stored_ids) != RATE_PAGES:
                raise RuntimeError("not all pages arrived")
            arrived = sorted(at for at, path in site.arrivals if path != "/robots.txt")
            gaps = [later - earlier for earlier, later in pairwise(arrived)]
            fractions.append(len(gaps) / sum(gaps) / configured)
    return {"rate_fraction": Measured(fractions, f"{RATE_PAGES} pages, 8 at once")}


def measure_archive(build: Path) -> Results:
    """Archive one half of the match pages, which makes the dictionary, then the other, whose files are measured."""
    pages = [gzip.decompress(file.read_bytes()) for file in sorted((SHARED_PAGES / "real" / "match").glob("*.html.gz"))]
    if not pages:
        return {}
    folder = build / f"archive-{uuid4().hex}"
    archive = PageStore(str(folder))
    places = [
        archive.put(
            PageKind.MATCH, number, number, url="https://www.hltv.org/", body=body, scraped_at=datetime.now(UTC)
        ).place
        for number, body in enumerate(pages[::2] + pages[1::2], 1)
    ][len(pages[::2]) :]
    ours = sum((folder / place).stat().st_size for place in places)
    packed = sum(len(gzip.compress(body, 9)) for body in pages[1::2])
    shutil.rmtree(folder)
    return {"archive_ratio": Measured([ours / packed], f"{len(places)} pages, notes included; the same in each run")}


MEASURES: Mapping[str, Measure] = {
    "parsing": measure_parsing,
    "rereading": measure_rereading,
    "overhead": measure_overhead,
    "growth": measure_growth,
    "memory": measure_memory,
    "cold-start": measure_cold_start,
    "rate": measure_rate,
    "archive": measure_archive,
}
