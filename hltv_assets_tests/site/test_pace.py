"""One pace for all who ask, kept by a lock of the operating system and a time in the data folder."""

import asyncio
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from hltv_assets.site.pace import Pace
from hltv_assets.site.state_store import FolderStateStore
from testkit.asking import AT_MOST, MAP, ask, client_of
from testkit.loopback_site import LoopbackSite

DELAY = 0.05

BOOKER = """
import sys
from pathlib import Path
from hltv_assets.site.state_store import FolderStateStore
from hltv_assets.site.pace import Pace

pace = Pace(FolderStateStore(Path(sys.argv[1])), 10.0)
for _ in range(50):
    print(pace.book())
"""


def test_starts_are_booked_a_delay_and_at_most_a_twentieth_of_it_apart(tmp_path: Path) -> None:
    pace = Pace(FolderStateStore(tmp_path), 10.0)
    booked = [pace.book() for _ in range(6)]
    assert all(10.0 <= later - earlier <= 10.5 for earlier, later in pairwise(booked))


def test_a_delay_of_hours_is_kept_between_all_who_wait(tmp_path: Path) -> None:
    pace = Pace(FolderStateStore(tmp_path), 7_200.0)
    booked = [pace.book() for _ in range(33)]
    assert all(later - earlier >= 7_200.0 for earlier, later in pairwise(booked))


def test_a_clock_that_is_set_back_lets_nobody_wait_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pace, clock, set_back = Pace(FolderStateStore(tmp_path), 0.2), time.time, 0.0
    monkeypatch.setattr(time, "time", lambda: clock() - set_back)

    def set_the_clock() -> None:
        nonlocal set_back
        set_back = 86_400.0

    async def wait_for_two_turns() -> None:
        await pace.wait_for_turn()
        asyncio.get_running_loop().call_later(0.05, set_the_clock)
        async with asyncio.timeout(AT_MOST):
            await pace.wait_for_turn()

    asyncio.run(wait_for_two_turns())
    assert set_back


def test_threads_share_the_pace(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        booked = sorted(threads.map(lambda _: Pace(FolderStateStore(tmp_path), 10.0).book(), range(8)))
    assert all(later - earlier >= 10.0 for earlier, later in pairwise(booked))


def test_the_first_request_after_a_pause_starts_at_once(tmp_path: Path) -> None:
    before = time.time()
    Pace(FolderStateStore(tmp_path), 10.0).book()
    (tmp_path / "pace.json").write_text(f'{{"latest_start": {before - 11.0}}}')
    assert Pace(FolderStateStore(tmp_path), 10.0).book() <= time.time()


@pytest.mark.parametrize(
    "kept", ["", "no time", "[]", '{"latest_start": "soon"}', '{"latest_start": 99999999999.0}', '{"not_before": 9e99}']
)
def test_a_kept_time_that_is_none_or_far_ahead_delays_by_one_gap_at_most(tmp_path: Path, kept: str) -> None:
    (tmp_path / "pace.json").write_text(kept)
    assert Pace(FolderStateStore(tmp_path), 10.0).book() <= time.time() + 10.5


def test_two_processes_keep_the_delay_between_them(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BOOKER, str(tmp_path)]
    bookers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    booked = sorted(float(line) for booker in bookers for line in booker.communicate(timeout=AT_MOST)[0].split())
    assert len(booked) == 100
    assert all(later - earlier >= 10.0 for earlier, later in pairwise(booked))


def test_the_client_keeps_the_delay_however_many_requests_may_be_under_way(site: LoopbackSite, tmp_path: Path) -> None:
    arrived: list[float] = []
    site.before_answer = lambda _: arrived.append(time.time())
    paced = client_of(site.base_url, concurrency=4, min_delay=DELAY, state_folder=tmp_path)
    began = time.time()
    ask(paced, range(MAP, MAP + 6))
    assert len(arrived) == 6
    assert max(arrived) - began >= 5 * DELAY
