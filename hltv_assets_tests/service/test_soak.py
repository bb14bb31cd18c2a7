"""Twenty batches under the daemon leave nothing behind; `make soak` does it with two hundred."""

from pathlib import Path

import pytest

from tools.soak import Measurement, SoakReport, in_words, soak


def report(memories: list[int], files: list[int], **changes: int) -> SoakReport:
    measurements = [Measurement(float(at), *pair, at) for at, pair in enumerate(zip(memories, files, strict=True))]
    facts = {"unfinished": 0, "failed": 0, "left": 0, **changes}
    return SoakReport(batches=9, seconds=9.0, measurements=measurements, **facts)


def test_a_soak_in_which_nothing_grows_has_no_problem() -> None:
    assert report([1, 50, 90, 100, 100, 101, 100, 102, 103], [50] * 9).problems == []


def test_memory_that_is_taken_and_given_back_does_not_count_as_grown() -> None:
    assert report([100, 100, 100, 84, 108, 84, 84, 108, 108], [50] * 9).problems == []


def test_growing_memory_open_files_and_what_is_left_are_problems() -> None:
    assert report(list(range(100, 1000, 100)), [50] * 9).problems == ["memory grew by 75% while batches went on"]
    assert report([100] * 9, list(range(0, 90, 10))).problems == ["30 more files were open at the end"]
    assert report([100] * 9, [5] * 9, unfinished=1, failed=2, left=3).problems == [
        "1 runs are stuck",
        "2 runs failed",
        "3 processes outlived the service",
    ]


@pytest.mark.service
@pytest.mark.timeout(1_200)
def test_twenty_batches_leave_no_growing_memory_no_open_file_and_no_stuck_run(tmp_path: Path) -> None:
    seen = soak(tmp_path, 20)
    assert seen.problems == [], in_words(seen)
    assert len(seen.measurements) > 20
