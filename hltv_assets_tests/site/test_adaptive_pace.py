"""The pace that gives way: slower after the site said it is too much, back by and by, the same for all who ask."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hltv_assets.pages import Outcome
from hltv_assets.site.pace import Pace, PaceState
from hltv_assets.site.state_store import FolderStateStore
from hltv_assets_tests.site.askers import Asker, running
from hltv_assets_tests.site.turns import answer_in_turn, rate_limited, unavailable
from testkit.asking import (
    BLOCKED,
    MAP,
    NOT_FOUND,
    PATIENT,
    SERVER_ERROR,
    ask,
    client_of,
    good_page,
)
from testkit.examples import examples
from testkit.loopback_site import Answer, LoopbackSite

FILE = "pace.json"
DELAY = 10.0
A_MINUTE = 60.0
JITTER = 1.05


def _gap(pace: Pace) -> float:
    """The time between two starts, booked one after the other."""
    first = pace.book()
    return pace.book() - first


def _slowdown(folder: Path) -> float:
    return msgspec.json.decode((folder / FILE).read_bytes(), type=PaceState).slowdown


def _write(folder: Path, **state: float) -> None:
    (folder / FILE).write_bytes(msgspec.json.encode(PaceState(**state)))


def _arrived(site: LoopbackSite) -> list[float]:
    return [at for at, path in site.arrivals if path != "/robots.txt"]


# Slower, and back


def test_the_delay_doubles_each_time_up_to_a_minute(tmp_path: Path) -> None:
    pace = Pace(FolderStateStore(tmp_path), DELAY)
    for delay in (10.0, 20.0, 40.0, 60.0, 60.0):
        assert delay <= _gap(pace) <= delay * JITTER
        pace.slow_down(0.0)


def test_a_delay_of_more_than_a_minute_was_asked_for_and_stays(tmp_path: Path) -> None:
    pace = Pace(FolderStateStore(tmp_path), 90.0)
    pace.slow_down(0.0)
    assert 90.0 <= _gap(pace) <= 90.0 * JITTER


def test_each_page_that_arrives_lets_it_recover_a_little_and_never_beyond_the_usual(tmp_path: Path) -> None:
    pace = Pace(FolderStateStore(tmp_path), DELAY)
    pace.slow_down(0.0)
    slowdowns = []
    for _ in range(40):
        pace.recover()
        slowdowns.append(_slowdown(tmp_path))
    assert slowdowns[0] > 1.5, "one page is not enough"
    assert all(later <= earlier for earlier, later in pairwise(slowdowns))
    assert slowdowns[8] > 1.0
    assert slowdowns[-1] == 1.0
    assert DELAY <= _gap(pace) <= DELAY * JITTER


@pytest.mark.fuzz
@settings(max_examples=examples(100), deadline=None)
@given(steps=st.lists(st.booleans(), max_size=40), delay=st.floats(0.001, 100.0))
def test_no_row_of_troubles_and_pages_makes_it_faster_than_asked_or_slower_than_a_minute(
    tmp_path_factory: pytest.TempPathFactory, steps: list[bool], delay: float
) -> None:
    pace = Pace(FolderStateStore(tmp_path_factory.mktemp("pace")), delay)
    for is_trouble in steps:
        if is_trouble:
            pace.slow_down(0.0)
        else:
            pace.recover()
    assert delay * 0.999 <= _gap(pace) <= max(A_MINUTE, delay) * JITTER * 1.001


def test_what_one_learns_holds_for_all_who_share_the_folder(tmp_path: Path) -> None:
    Pace(FolderStateStore(tmp_path), DELAY).slow_down(0.0)
    assert _gap(Pace(FolderStateStore(tmp_path), DELAY)) >= 2 * DELAY


def test_troubles_of_many_threads_are_all_counted(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: Pace(FolderStateStore(tmp_path), 1.0).slow_down(0.0), range(4)))
    assert _slowdown(tmp_path) == 16.0


def test_one_who_usually_asks_faster_does_not_slow_another_beyond_the_bound(tmp_path: Path) -> None:
    fast, slow = Pace(FolderStateStore(tmp_path), 0.01), Pace(FolderStateStore(tmp_path), 3.0)
    for _ in range(20):
        fast.slow_down(0.0)
    assert _gap(slow) <= A_MINUTE * JITTER


def test_one_without_a_delay_does_not_take_back_what_another_learned(tmp_path: Path) -> None:
    slow = Pace(FolderStateStore(tmp_path), DELAY)
    slow.slow_down(0.0)
    Pace(FolderStateStore(tmp_path), 0.0).slow_down(0.0)
    assert _gap(slow) >= 2 * DELAY


# A pause


@pytest.mark.parametrize("delay", [0.0, 0.01, DELAY])
def test_nobody_starts_in_the_pause_that_the_site_asked_for(tmp_path: Path, delay: float) -> None:
    before = time.time()
    Pace(FolderStateStore(tmp_path), DELAY).slow_down(30.0)
    start = Pace(FolderStateStore(tmp_path), delay).book()
    assert before + 30.0 <= start <= time.time() + 30.0 + 2 * DELAY


def test_a_shorter_pause_does_not_shorten_a_longer_one(tmp_path: Path) -> None:
    pace = Pace(FolderStateStore(tmp_path), DELAY)
    before = time.time()
    pace.slow_down(30.0)
    pace.slow_down(1.0)
    pace.slow_down(0.0)
    assert pace.book() >= before + 30.0


def test_after_the_pause_the_starts_are_a_delay_apart_again(tmp_path: Path) -> None:
    pace = Pace(FolderStateStore(tmp_path), DELAY)
    _write(tmp_path, not_before=time.time() + 30.0)
    booked = [pace.book() for _ in range(4)]
    assert all(later - earlier >= DELAY for earlier, later in pairwise(booked))


@pytest.mark.parametrize("delay", [0.0, 0.05])
def test_who_waits_already_hears_of_the_pause(tmp_path: Path, delay: float) -> None:
    async def wait_and_hear(first: float, second: float) -> float | None:
        pace = Pace(FolderStateStore(tmp_path), delay)
        pace.slow_down(first)
        waiting = asyncio.create_task(pace.wait_for_turn())
        await asyncio.sleep(0.05)
        before = time.time()
        Pace(FolderStateStore(tmp_path), delay).slow_down(second)
        was_waiting = not waiting.done()
        await waiting
        return time.time() - before if was_waiting else None

    # A machine that is too busy for the short pauses gets longer ones.
    heard = ((asyncio.run(wait_and_hear(pause, pause + 0.1)), pause) for pause in (0.2, 2.0, 20.0))
    waited, pause = next((waited, pause) for waited, pause in heard if waited is not None)
    assert waited >= pause + 0.09


# The file


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 100,
        b"no json",
        b"\xff",
        b"[]",
        b"null",
        b"{}",
        b'{"latest_start":',
        b'{"latest_start":"now"}',
        b'{"latest_start":null,"slowdown":null}',
        b'{"latest_start":1e300,"slowdown":1.0,"not_before":0.0}',
        b'{"latest_start":0.0,"slowdown":1.0,"not_before":1e300}',
        b'{"latest_start":-1e300,"slowdown":1.0,"not_before":-1e300}',
        b'{"latest_start":0.0,"slowdown":0.0,"not_before":0.0}',
        b'{"latest_start":0.0,"slowdown":-9.0,"not_before":0.0}',
        b'{"latest_start":0.0,"slowdown":1e300,"not_before":0.0}',
    ],
    ids=[
        "empty", "zeros", "text", "no UTF-8", "list", "null", "no fields", "cut off", "no number", "nulls",
        "a start far ahead", "a pause far ahead", "long ago", "no slowdown", "faster", "never",
    ],
)  # fmt: skip
def test_a_file_that_says_nothing_sensible_neither_stops_us_nor_lets_us_ask_faster(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / FILE).write_bytes(content)
    pace = Pace(FolderStateStore(tmp_path), DELAY)
    pace.recover()
    assert pace.book() <= time.time() + A_MINUTE * JITTER
    assert DELAY <= _gap(pace) <= A_MINUTE * JITTER
    pace.slow_down(0.0)
    assert DELAY <= _gap(pace) <= A_MINUTE * JITTER


@pytest.mark.parametrize("content", [b"", b"no json", b'{"latest_start":'])
def test_without_a_delay_a_corrupt_file_is_no_matter_either(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    pace = Pace(FolderStateStore(tmp_path), 0.0)
    assert pace.book() <= time.time()
    pace.slow_down(30.0)
    assert pace.book() > time.time()


def test_a_client_survives_a_corrupt_file(site: LoopbackSite, tmp_path: Path) -> None:
    site.publish(MAP, good_page())
    (tmp_path / FILE).write_bytes(b"\0\0")
    assert ask(client_of(site.base_url, state_folder=tmp_path, min_delay=0.01)).stored_ids == {MAP}


# The client


@pytest.mark.parametrize(
    ("answer", "slowdown"),
    [
        (rate_limited(3_600), 2.0),
        (Answer(status=429), 2.0),
        (Answer(status=503), 8.0),
        (unavailable(0), 8.0),
        (SERVER_ERROR, 1.0),
        (NOT_FOUND, 1.0),
        (BLOCKED, 1.0),
    ],
    ids=["429, come in an hour", "429", "503", "503, come at once", "502", "404", "403"],
)
def test_only_a_site_that_says_it_is_too_much_is_asked_slower(
    site: LoopbackSite, tmp_path: Path, answer: Answer, slowdown: float
) -> None:
    site.publish(MAP, answer)
    ask(client_of(site.base_url, state_folder=tmp_path, min_delay=0.01, patience=PATIENT))
    assert _slowdown(tmp_path) == slowdown


def test_the_next_requests_come_slower_and_each_page_makes_them_a_little_faster(
    site: LoopbackSite, tmp_path: Path
) -> None:
    ids = range(MAP, MAP + 5)
    answer_in_turn(site, {one: [good_page(one)] for one in ids} | {MAP: [unavailable(0), unavailable(0), good_page()]})
    client = client_of(site.base_url, state_folder=tmp_path, min_delay=0.05, patience=PATIENT)
    began = time.time()
    assert ask(client, ids).stored_ids == set(ids)
    at = _arrived(site)
    assert at[2] - began >= 0.3, "after 100 and 200 ms"
    assert at[-1] - began >= 0.99, "then 190, 180, 171 and 163 ms apart"
    assert 2.0 < _slowdown(tmp_path) < 4.0 * 0.95**4


def test_a_slower_pace_outlives_the_run(site: LoopbackSite, tmp_path: Path) -> None:
    answer_in_turn(site, {MAP: [unavailable(0), unavailable(0), unavailable(0), good_page()]})
    ask(client_of(site.base_url, state_folder=tmp_path, min_delay=0.02, patience=PATIENT))
    assert _slowdown(tmp_path) == 8.0
    before = msgspec.json.decode((tmp_path / FILE).read_bytes(), type=PaceState).latest_start
    ask(client_of(site.base_url, state_folder=tmp_path, min_delay=0.02))
    assert _arrived(site)[3] - before >= 0.16


def test_a_404_does_not_let_the_pace_recover(site: LoopbackSite, tmp_path: Path) -> None:
    site.publish(MAP, NOT_FOUND)
    (tmp_path / FILE).write_bytes(msgspec.json.encode(PaceState(slowdown=4.0)))
    client = client_of(site.base_url, state_folder=tmp_path, min_delay=0.001)
    asked = ask(client)  # robots.txt arrives
    after_robots = _slowdown(tmp_path)
    assert ask(client).outcomes == asked.outcomes == {MAP: Outcome.NOT_FOUND}
    assert _slowdown(tmp_path) == after_robots


def test_two_processes_keep_the_delay_between_all_that_arrives(site: LoopbackSite, tmp_path: Path) -> None:
    delay, each = 0.05, 6
    ids = range(MAP, MAP + 2 * each)
    for one in ids:
        site.publish(one, good_page(one))
    shares = [ids[:each], ids[each:]]
    knobs = {"concurrency": 2, "min_delay": delay}
    with running(Asker(site.base_url, tmp_path, share, **knobs) for share in shares) as askers:
        began = min(asker.went_at for asker in askers)
        assert [asker.stored() for asker in askers] == [set(share) for share in shares]
    arrived = sorted(at for at, _ in site.arrivals)
    assert len(arrived) in {2 * each + 1, 2 * each + 2}, "robots.txt once or, at the same time, twice"
    assert arrived[-1] - began >= (len(arrived) - 1) * delay


def test_what_slows_one_process_slows_the_other(site: LoopbackSite, tmp_path: Path) -> None:
    ids = range(MAP, MAP + 6)
    answer_in_turn(site, {one: [good_page(one)] for one in ids} | {MAP: [unavailable(0), unavailable(0)]})
    _write(tmp_path, slowdown=1.0)
    ask(client_of(site.base_url, state_folder=tmp_path, min_delay=0.05, patience=PATIENT))
    assert _slowdown(tmp_path) == 8.0
    with running([Asker(site.base_url, tmp_path, ids[1:4], min_delay=0.05)]) as (asker,):
        assert asker.stored() == set(ids[1:4])
        assert _arrived(site)[-1] - asker.went_at >= 2 * 0.05 * 6, "0.1 s without slowing down"
