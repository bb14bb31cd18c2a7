"""How many requests are under way at once, whoever makes them: counted where they arrive."""

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from hltv_assets.site.concurrency import Slots
from hltv_assets_tests.site.askers import Asker, running
from hltv_assets_tests.site.turns import HANG_UP, answer_in_turn
from testkit.asking import AT_MOST, MAP, PATIENT, SERVER_ERROR, Asked, ask, client_of, good_page
from testkit.loopback_site import LoopbackSite

IDS = range(MAP, MAP + 8)
A_WHILE = 0.03  # that a request stays under way


class _UnderWay:
    """How many requests a site has to answer at the same time."""

    def __init__(self, site: LoopbackSite) -> None:
        self._lock = threading.Lock()
        self._now = 0
        self._answer = site.before_answer
        self.most = 0
        site.before_answer = self

    def __call__(self, path: str) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            time.sleep(A_WHILE)
            if self._answer is not None:
                self._answer(path)
        finally:
            with self._lock:
                self._now -= 1


def _publish(site: LoopbackSite) -> None:
    for mapstatsid in IDS:
        site.publish(mapstatsid, good_page(mapstatsid))


def _shares(count: int) -> list[Sequence[int]]:
    """The maps, dealt out to so many askers."""
    return [IDS[first::count] for first in range(count)]


@contextmanager
def _held_request(site: LoopbackSite) -> Iterator[threading.Event]:
    """Let the page of `MAP` come only after the block; the event says that it was asked for."""
    asked, let_go = threading.Event(), threading.Event()

    def hold(path: str) -> None:
        if f"/{MAP}/" in path:
            asked.set()
            let_go.wait(AT_MOST)

    site.before_answer = hold
    try:
        yield asked
    finally:
        let_go.set()


@pytest.mark.parametrize(("clients", "limit"), [(2, 1), (3, 2), (2, 4)])
def test_clients_in_threads_have_no_more_requests_under_way_than_one_may(
    site: LoopbackSite, tmp_path: Path, clients: int, limit: int
) -> None:
    _publish(site)
    under_way = _UnderWay(site)

    def ask_for(ids: Sequence[int]) -> Asked:
        return ask(client_of(site.base_url, state_folder=tmp_path, concurrency=limit), ids)

    with ThreadPoolExecutor(clients) as threads:
        results = list(threads.map(ask_for, _shares(clients)))
    assert [asked.failures for asked in results] == [[]] * clients
    assert set().union(*(asked.stored_ids for asked in results)) == set(IDS)
    assert under_way.most <= limit


def test_processes_have_no_more_requests_under_way_than_one_may(site: LoopbackSite, tmp_path: Path) -> None:
    _publish(site)
    under_way = _UnderWay(site)
    with running(Asker(site.base_url, tmp_path, ids, concurrency=1) for ids in _shares(2)) as askers:
        stored = [asker.stored() for asker in askers]
    assert stored == [set(ids) for ids in _shares(2)]
    assert under_way.most == 1


def test_tries_and_redirects_do_not_hold_more_than_a_slot(site: LoopbackSite, tmp_path: Path) -> None:
    answer_in_turn(site, {one: [SERVER_ERROR, HANG_UP, good_page(one)] for one in IDS[:6]})
    under_way = _UnderWay(site)
    asked = ask(client_of(site.base_url, state_folder=tmp_path, concurrency=2, patience=PATIENT), IDS[:6])
    assert asked.stored_ids == set(IDS[:6])
    assert under_way.most <= 2


def test_clients_of_different_folders_do_not_wait_for_each_other(site: LoopbackSite, tmp_path: Path) -> None:
    _publish(site)
    with ThreadPoolExecutor(1) as thread, _held_request(site) as is_asked:
        thread.submit(ask, client_of(site.base_url, state_folder=tmp_path / "a"))
        assert is_asked.wait(AT_MOST)
        assert ask(client_of(site.base_url, state_folder=tmp_path / "b"), IDS[1:3]).stored_ids == set(IDS[1:3])


def test_who_finds_every_slot_taken_waits_for_one(site: LoopbackSite, tmp_path: Path) -> None:
    _publish(site)
    with ThreadPoolExecutor(2) as threads:
        with _held_request(site) as is_asked:
            first = threads.submit(ask, client_of(site.base_url, state_folder=tmp_path))
            assert is_asked.wait(AT_MOST)
            second = threads.submit(ask, client_of(site.base_url, state_folder=tmp_path), [MAP + 1])
            time.sleep(0.15)
            assert len(site.requested) == 1
            assert not second.done()
        assert first.result(AT_MOST).stored_ids == {MAP}
        assert second.result(AT_MOST).stored_ids == {MAP + 1}


def test_a_killed_process_that_held_the_only_slot_blocks_nobody(site: LoopbackSite, tmp_path: Path) -> None:
    _publish(site)
    with _held_request(site) as is_asked, running([Asker(site.base_url, tmp_path, [MAP])]) as (asker,):
        assert is_asked.wait(AT_MOST)
        asker.kill()
        # Its request is still under way at the site; were its slot, too, nobody could ask.
        with ThreadPoolExecutor(1) as thread:
            asked = thread.submit(ask, client_of(site.base_url, state_folder=tmp_path), IDS[1:4])
            assert asked.result(AT_MOST).stored_ids == set(IDS[1:4])


def test_the_remains_of_a_killed_process_are_no_slots_taken(site: LoopbackSite, tmp_path: Path) -> None:
    _publish(site)
    for number in range(1, 5):
        (tmp_path / f"request-{number}.lock").write_text("99999")
    for name in ("pace", "cool-down", "robots"):
        (tmp_path / f"{name}.lock").touch()
        (tmp_path / f"{name}.99999.part").write_text('{"until":')
    assert ask(client_of(site.base_url, state_folder=tmp_path), IDS[:2]).stored_ids == set(IDS[:2])


def test_a_slot_is_given_back_whatever_happens_in_it(tmp_path: Path) -> None:
    async def take_and_fail(slots: Slots) -> None:
        async with slots.one():
            raise ConnectionError

    async def take(slots: Slots) -> None:
        async with slots.one():
            pass

    async def use() -> None:
        slots = Slots(tmp_path, 1)
        for _ in range(3):
            with pytest.raises(ConnectionError):
                await take_and_fail(slots)
        async with slots.one():
            waiting = asyncio.create_task(take(slots))
            await asyncio.sleep(0.05)
            waiting.cancel()
        await asyncio.wait_for(take(slots), AT_MOST)

    asyncio.run(use())


def test_a_client_that_may_do_more_at_once_keeps_to_its_own_number(site: LoopbackSite, tmp_path: Path) -> None:
    _publish(site)
    under_way = _UnderWay(site)
    with ThreadPoolExecutor(2) as threads:
        clients = [client_of(site.base_url, state_folder=tmp_path, concurrency=number) for number in (1, 3)]
        results = list(threads.map(ask, clients, _shares(2)))
    assert [asked.failures for asked in results] == [[], []]
    assert under_way.most <= 3


def test_a_store_that_takes_its_time_holds_no_slot(site: LoopbackSite, tmp_path: Path) -> None:
    _publish(site)
    stored, other_is_done = threading.Event(), threading.Event()

    def store_slowly(_: object) -> None:
        stored.set()
        assert other_is_done.wait(AT_MOST)

    with ThreadPoolExecutor(1) as thread:
        slow = thread.submit(ask, client_of(site.base_url, state_folder=tmp_path), [MAP], store_slowly)
        assert stored.wait(AT_MOST)
        assert ask(client_of(site.base_url, state_folder=tmp_path), [MAP + 1]).stored_ids == {MAP + 1}
        other_is_done.set()
        assert slow.result(AT_MOST).stored_ids == {MAP}
