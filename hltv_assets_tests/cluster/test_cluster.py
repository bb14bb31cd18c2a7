"""Eight batches on a cluster whose parts are killed in between; `make cluster-test` does it with sixty."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tools.cluster_proof import Proof, prove

SOUND = Proof(
    batches=8,
    seconds=300.0,
    killed=["fetch"],
    differing_tables=[],
    rows=3_000,
    asked_again=1,
    most_again=1,
    least_delays=7.5,
    unfinished=0,
    dead=[],
)


def test_a_proof_without_fault_has_no_problem() -> None:
    assert SOUND.problems == []


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ({"differing_tables": ["maps"]}, "other rows than in one process: maps"),
        ({"rows": 0}, "there are no rows at all"),
        ({"asked_again": 2}, "2 pages were asked for again, 1 may be"),
        ({"least_delays": 6.15}, "5 delays in a row took 6.150 s, not 7.5"),  # one request too many
        ({"unfinished": 1}, "1 runs are stuck"),
        ({"dead": ["daemon"]}, "ended by themselves: daemon"),
    ],
)
def test_each_fault_of_a_cluster_is_a_problem(fault: dict[str, Any], problem: str) -> None:
    assert msgspec.structs.replace(SOUND, **fault).problems == [problem]


@pytest.mark.cluster
@pytest.mark.timeout(1_200)
def test_a_cluster_whose_parts_are_killed_has_the_rows_of_one_process(tmp_path: Path) -> None:
    proof = prove(tmp_path, 8, tell=print)
    assert proof.problems == []
    assert proof.killed == ["fetch", "work-1", "redis", "code", "work-2"]
