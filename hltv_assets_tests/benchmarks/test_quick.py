"""No ratio of parsing has become much worse than docs/performance.md tells; CI's machines are shared and noisy."""

import os
import subprocess
import sys

import msgspec
import pytest

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def ratios() -> dict[str, float]:
    # In a process of its own, and not counted by coverage, which makes Python slow and lexbor not.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.quick"], env=environment, stdout=subprocess.PIPE, check=True
    )
    return msgspec.json.decode(done.stdout, type=dict[str, float])


def test_reading_a_page_takes_no_more_than_so_many_bare_parses_of_it(ratios: dict[str, float]) -> None:
    assert ratios["parse_ratio"] < 8


def test_reading_a_saved_page_of_6_mb_takes_no_more_than_so_many_bare_parses_of_it(ratios: dict[str, float]) -> None:
    assert ratios["parse_big_ratio"] < 1


def test_reading_a_page_is_many_times_faster_than_to_build_a_tree_of_beautiful_soup(ratios: dict[str, float]) -> None:
    assert ratios["bs4_ratio"] > 5
