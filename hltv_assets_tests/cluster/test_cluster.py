"""Ten batches on a cluster whose parts are killed in between; `make cluster-test` does it with sixty."""

from pathlib import Path

import pytest

from hltv_assets_tests.cluster.proof import prove


@pytest.mark.slow
@pytest.mark.timeout(2_400)
@pytest.mark.xdist_group("cluster")
def test_a_cluster_whose_parts_are_killed_has_the_rows_of_one_process(tmp_path: Path) -> None:
    proof = prove(tmp_path, 10, tell=print)
    assert proof.problems == []
    assert proof.killed == ["fetch", "work-1", "redis", "code", "work-2"]
