"""A batch has one run at a time, on whatever machine: the lock is Postgres's, and dies with its process."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from hltv_assets.lake.batch_lock import LakeBatchLocks
from hltv_assets.warehouse.batch_lock import BatchBusyError
from testkit.lake import postgres_database

pytestmark = pytest.mark.lake

HOLDER = """
import sys, time
from hltv_assets.lake.batch_lock import LakeBatchLocks
with LakeBatchLocks(sys.argv[1], wait=120).hold("maps-000001"):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def address() -> Iterator[str]:
    with postgres_database() as database:
        yield database


def test_a_batch_that_another_process_works_on_is_waited_for_and_then_told_of(address: str) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, address], stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            with (
                pytest.raises(BatchBusyError, match=r"still works on maps-000001 after 0\.1 s"),
                LakeBatchLocks(address, wait=0.1).hold("maps-000001"),
            ):
                pass
            with LakeBatchLocks(address, wait=0).hold("maps-000002"):
                pass
        finally:
            holder.kill()
    with LakeBatchLocks(address, wait=120).hold("maps-000001"):
        pass
