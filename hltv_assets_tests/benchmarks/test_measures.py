"""What `make bench` runs, with a few pages: each measurement works, and measures what has an entry among the goals."""

from pathlib import Path

import pytest

from benchmarks import measures
from benchmarks.goals import GOALS, Goal, Measured
from benchmarks.measures import measure_growth, measure_memory, measure_overhead, measure_rate, measure_rereading


@pytest.fixture
def _in_small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "RUNS": 1,
        "REREAD_MAPS": 20,
        "OVERHEAD_MAPS": 20,
        "BIG_MAPS": 60,
        "SMALL": 100,
        "LARGE": 200,
        "RATE_PAGES": 20,
        "COUNTED": 10_000,
    }.items():
        monkeypatch.setattr(measures, name, value)


@pytest.mark.benchmark
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("_in_small")
@pytest.mark.parametrize(
    "measure",
    [measure_rereading, measure_overhead, measure_growth, measure_rate],
    ids=lambda one: one.__name__,
)
def test_each_measurement_yields_positive_numbers_for_goals(measure: measures.Measure, tmp_path: Path) -> None:
    measured = measure(tmp_path)
    assert measured.keys() <= GOALS.keys()
    assert measured
    assert all(one.value > 0 for key, one in measured.items() if key != "overhead_share")


@pytest.mark.benchmark
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("_in_small")
def test_a_batch_of_large_pages_needs_no_more_memory_the_more_pages_it_has(tmp_path: Path) -> None:
    # Without giving large blocks back, sixty such pages took 800 MB.
    assert measure_memory(tmp_path)["rss_mb"].value < GOALS["rss_mb"].bound


def test_a_bound_is_met_from_its_own_side() -> None:
    assert Measured([1, 2, 9], "").meets(Goal(2, "at most", ""))
    assert not Measured([1, 3, 9], "").meets(Goal(2, "at most", ""))
    assert Measured([1, 2, 9], "").meets(Goal(2, "at least", ""))
    assert not Measured([1, 1, 9], "").meets(Goal(2, "at least", ""))
