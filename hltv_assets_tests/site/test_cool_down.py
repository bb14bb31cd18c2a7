"""The cool-down: how long a block keeps everybody away, who keeps to it, and what ends it."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hltv_assets.pages import Outcome
from hltv_assets.pages.outcomes import Fault
from hltv_assets.site.client import Site
from hltv_assets.site.cool_down import CoolDown, CoolDowns, after_block
from hltv_assets.site.state_store import FolderStateStore
from hltv_assets_tests.site.turns import CHALLENGE, answer_in_turn
from testkit.asking import (
    AT_MOST,
    BLOCKED,
    MAP,
    MAPS,
    NOT_FOUND,
    PATIENT,
    SERVER_ERROR,
    ask,
    ask_for_one,
    client_of,
    good_page,
)
from testkit.examples import examples
from testkit.loopback_site import Answer, LoopbackSite, map_page_path

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIRST = timedelta(minutes=15)
A_DAY = timedelta(days=1)
NOTHING = timedelta()
FILE = "cool-down.json"


def _after(
    earlier: CoolDown | None = None,
    *,
    now: datetime = NOW,
    first: timedelta = FIRST,
    at_least: timedelta = NOTHING,
    reason: str = "blocked",
) -> CoolDown:
    return after_block(earlier, now=now, first=first, at_least=at_least, reason=reason)


def _change(folder: Path, change: Callable[[CoolDown], CoolDown]) -> None:
    """Rewrite the kept cool-down."""
    file = folder / FILE
    file.write_bytes(msgspec.json.encode(change(msgspec.json.decode(file.read_bytes(), type=CoolDown))))


def _let_pass(folder: Path, time: timedelta) -> None:
    """Let the kept cool-down have begun so much earlier."""
    _change(
        folder,
        lambda kept: msgspec.structs.replace(kept, blocked_at=kept.blocked_at - time, until=kept.until - time),
    )


def _latest(client: Site) -> CoolDown:
    latest = client.cool_downs.latest()
    assert latest is not None
    return latest


# How long


def test_the_first_block_begins_the_first_cool_down() -> None:
    assert _after() == CoolDown(blocked_at=NOW, until=NOW + FIRST, blocks_in_a_row=1, reason="blocked")


def test_each_block_after_the_cool_down_before_it_doubles_up_to_a_day() -> None:
    lengths = []
    cool_down, now = None, NOW
    for _ in range(12):
        cool_down = _after(cool_down, now=now)
        lengths.append(cool_down.until - now)
        now = cool_down.until
    assert lengths == [min(FIRST * 2**block, A_DAY) for block in range(12)]


def test_a_block_at_the_very_end_of_a_cool_down_is_another_one() -> None:
    first = _after()
    assert _after(first, now=first.until - timedelta(microseconds=1)).blocks_in_a_row == 1
    assert _after(first, now=first.until).blocks_in_a_row == 2


def test_a_block_during_a_cool_down_is_the_same_block() -> None:
    first = _after()
    assert _after(first, now=NOW + FIRST / 2, reason="another") == first


@pytest.mark.parametrize("at_least", [timedelta(hours=2), timedelta(days=9)])
def test_a_site_may_ask_for_a_longer_cool_down_up_to_a_day(at_least: timedelta) -> None:
    assert _after(at_least=at_least).until == NOW + min(at_least, A_DAY)


def test_a_site_that_asks_for_a_shorter_one_does_not_get_it() -> None:
    assert _after(at_least=timedelta(seconds=1)).until == NOW + FIRST


def test_a_block_during_a_cool_down_may_lengthen_it_and_never_shortens_it() -> None:
    first, now = _after(), NOW + timedelta(minutes=1)
    assert _after(first, now=now, at_least=timedelta(hours=2)).until == now + timedelta(hours=2)
    assert _after(first, now=now, at_least=timedelta(minutes=1)).until == first.until
    assert _after(first, now=now, at_least=timedelta(days=3)).until - NOW <= A_DAY


_SPANS = st.timedeltas(NOTHING, timedelta(days=3))
_BLOCKS = st.lists(st.tuples(_SPANS, _SPANS | st.just(NOTHING)), min_size=1, max_size=50)


@pytest.mark.fuzz
@settings(max_examples=examples(100))
@given(first=_SPANS, blocks=_BLOCKS)
def test_no_block_whenever_it_comes_keeps_the_site_alone_for_more_than_a_day(
    first: timedelta, blocks: list[tuple[timedelta, timedelta]]
) -> None:
    cool_down, now = None, NOW
    for pause, at_least in blocks:
        now += pause
        before = cool_down
        cool_down = _after(cool_down, now=now, first=first, at_least=at_least)
        assert cool_down.until - now <= A_DAY
        assert cool_down.until - cool_down.blocked_at <= A_DAY
        assert cool_down.until >= now + min(first, A_DAY) or before is not None
        if before is not None and now < before.until:
            assert cool_down.blocks_in_a_row == before.blocks_in_a_row
            assert cool_down.until >= before.until
            assert cool_down.blocked_at == before.blocked_at


@pytest.mark.fuzz
@settings(max_examples=examples(100))
@given(first=_SPANS, pauses=st.lists(_SPANS, min_size=1, max_size=50))
def test_no_cool_down_is_shorter_than_the_one_before_it_in_the_row(first: timedelta, pauses: list[timedelta]) -> None:
    cool_down, now = _after(first=first), NOW
    for pause in pauses:
        now += pause
        later = _after(cool_down, now=now, first=first)
        assert later.until - later.blocked_at >= cool_down.until - cool_down.blocked_at
        assert later.until >= cool_down.until
        cool_down = later


def test_a_cool_down_after_one_that_the_site_asked_for_is_not_shorter_either() -> None:
    asked_for = _after(at_least=timedelta(hours=10))
    later = _after(asked_for, now=asked_for.until)
    assert later.until - later.blocked_at >= timedelta(hours=10)


def test_a_block_after_the_clock_was_set_back_begins_another_and_goes_on_with_the_row() -> None:
    ahead = _after(now=NOW + 400 * A_DAY)
    again = _after(ahead)
    assert (again.blocked_at, again.until, again.blocks_in_a_row) == (NOW, NOW + 2 * FIRST, 2)


def test_a_day_of_cool_down_holds_for_who_has_a_clock_that_is_a_little_behind() -> None:
    longest = _after(at_least=A_DAY)
    assert longest.is_under_way(NOW - timedelta(minutes=5))
    assert _after(longest, now=NOW - timedelta(minutes=5)) == longest


def test_a_row_of_a_million_blocks_still_has_a_length() -> None:
    row = CoolDown(blocked_at=NOW, until=NOW, blocks_in_a_row=1_000_000, reason="blocked")
    assert _after(row).until == NOW + A_DAY
    assert _after(row, first=A_DAY).until == NOW + A_DAY
    assert _after(row, first=NOTHING).until == NOW


# The file


def test_without_a_file_there_is_no_cool_down(tmp_path: Path) -> None:
    cool_downs = CoolDowns(FolderStateStore(tmp_path / "not" / "there"), FIRST)
    assert (cool_downs.latest(), cool_downs.current(), cool_downs.end()) == (None, None, False)
    cool_downs.page_arrived(datetime.now(UTC))
    assert cool_downs.latest() is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 200,
        b"no json",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b'{"blocked_at":"2026-03-01T12:00:00Z","until":',
        b'{"blocked_at":"yesterday","until":"tomorrow","blocks_in_a_row":1,"reason":"x"}',
        b'{"blocked_at":"2026-03-01T12:00:00","until":"2026-03-01T13:00:00","blocks_in_a_row":1,"reason":"x"}',
    ],
    ids=["empty", "zeros", "text", "no UTF-8", "null", "list", "no fields", "cut off", "no times", "times of no zone"],
)
def test_a_file_that_cannot_be_read_is_no_cool_down_and_is_replaced_by_the_next_block(
    site: LoopbackSite, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / FILE).write_bytes(content)
    client = client_of(site.base_url, state_folder=tmp_path)
    site.publish(MAP, good_page())
    assert client.cool_downs.current() is None
    assert ask(client).stored_ids == {MAP}
    begun = client.cool_downs.begin("blocked")
    assert begun is not None
    assert begun.blocks_in_a_row == 1
    assert client.cool_downs.current() == begun


def test_a_cool_down_is_seen_by_all_who_share_the_folder_until_it_is_over_or_ended(tmp_path: Path) -> None:
    begun = CoolDowns(FolderStateStore(tmp_path), FIRST).begin("blocked: no")
    other = CoolDowns(FolderStateStore(tmp_path), FIRST)
    assert other.current() == other.latest() == begun
    _let_pass(tmp_path, FIRST)
    assert other.current() is None
    assert other.latest() is not None, "the row goes on"
    assert other.end()
    assert not other.end()
    assert other.latest() is None
    again = other.begin("blocked")
    assert again is not None
    assert again.blocks_in_a_row == 1, "who ended it ended the row, too"


def test_blocks_of_many_threads_at_once_are_one(tmp_path: Path) -> None:
    gate = threading.Barrier(8)

    def block() -> None:
        gate.wait()
        CoolDowns(FolderStateStore(tmp_path), FIRST).begin("blocked")

    threads = [threading.Thread(target=block) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    latest = CoolDowns(FolderStateStore(tmp_path), FIRST).latest()
    assert latest is not None
    assert latest.blocks_in_a_row == 1


# Who keeps to it


@pytest.mark.parametrize(
    "answer", [BLOCKED, CHALLENGE, Answer(status=429), Answer(status=403)], ids=["challenge", "200", "429", "403"]
)
def test_after_a_block_no_other_client_of_the_folder_asks(site: LoopbackSite, tmp_path: Path, answer: Answer) -> None:
    site.publish(MAP, answer)
    blocked = ask_for_one(client_of(site.base_url, state_folder=tmp_path))
    so_far = len(site.arrivals)
    for mapstatsid in MAPS:
        site.publish(mapstatsid, good_page(mapstatsid))
    # Another delay, another length: it is the folder that counts.
    other = client_of(site.base_url, state_folder=tmp_path, concurrency=4, first_cool_down=0.0, patience=PATIENT)
    asked = ask(other, MAPS)
    assert asked.stored == []
    assert asked.outcomes == dict.fromkeys(MAPS, Outcome.NOT_TRIED)
    assert set(asked.faults.values()) == {Fault.SITE}
    assert len(site.arrivals) == so_far
    cool_down = _latest(other)
    assert cool_down.blocks_in_a_row == 1, "what was not tried is no block"
    assert timedelta(minutes=10) < cool_down.until - datetime.now(UTC) <= FIRST
    for failure in asked.failures:
        assert f"{cool_down.until:%Y-%m-%d %H:%M:%S} UTC" in failure.message
        assert "hltv-assets release --site" in failure.message
        assert blocked.outcome in failure.message


def test_not_even_robots_txt_is_asked_for_in_a_cool_down(site: LoopbackSite, tmp_path: Path) -> None:
    CoolDowns(FolderStateStore(tmp_path), FIRST).begin("blocked")
    assert ask_for_one(client_of(site.base_url, state_folder=tmp_path)).outcome is Outcome.NOT_TRIED
    assert site.arrivals == []
    assert (tmp_path / FILE).exists()


def test_a_cool_down_in_another_folder_is_none_of_ours(site: LoopbackSite, tmp_path: Path) -> None:
    CoolDowns(FolderStateStore(tmp_path / "a"), FIRST).begin("blocked")
    site.publish(MAP, good_page())
    assert ask(client_of(site.base_url, state_folder=tmp_path / "b")).stored_ids == {MAP}


def test_a_cool_down_that_another_process_begins_stops_a_run_under_way(site: LoopbackSite, tmp_path: Path) -> None:
    ids = list(MAPS[:4])
    for one in ids:
        site.publish(one, good_page(one))
    client = client_of(site.base_url, state_folder=tmp_path)

    def begin_at_the_second(path: str) -> None:
        if f"/{ids[1]}/" in path:
            client.cool_downs.begin("blocked: another run was")

    site.before_answer = begin_at_the_second
    asked = ask(client, ids)
    assert asked.stored_ids == set(ids[:2]), "what was under way is still stored"
    assert asked.outcomes == dict.fromkeys(ids[2:], Outcome.NOT_TRIED)
    assert all("another run was" in failure.message for failure in asked.failures)
    assert len(site.requested) == 2
    assert client.cool_downs.current() is not None, "that page was asked for before the block"


def test_a_cool_down_that_begins_between_two_tries_stops_them(site: LoopbackSite, tmp_path: Path) -> None:
    client = client_of(site.base_url, state_folder=tmp_path, patience=PATIENT)
    site.publish(MAP, SERVER_ERROR)

    def begin(path: str) -> None:
        client.cool_downs.begin(f"blocked: another run was, after {path}")

    site.before_answer = begin
    assert ask_for_one(client).outcome is Outcome.NOT_TRIED
    assert len(site.requested) == 1


# What begins, counts and ends it


@pytest.mark.parametrize("answer", [NOT_FOUND, SERVER_ERROR, Answer(status=410), good_page(MAP + 1), good_page()])
def test_a_page_that_is_at_fault_alone_begins_none(site: LoopbackSite, answer: Answer) -> None:
    site.publish(MAP, answer)
    client = client_of(site.base_url, patience=PATIENT)
    ask(client)
    assert client.cool_downs.latest() is None


def test_three_failing_pages_in_a_row_begin_one(site: LoopbackSite) -> None:
    for one in MAPS:
        site.publish(one, SERVER_ERROR)
    client = client_of(site.base_url)
    ask(client, MAPS)
    assert _latest(client).blocks_in_a_row == 1
    assert Outcome.SERVER_ERROR in _latest(client).reason


def test_pages_that_nobody_asks_for_do_not_end_a_row_of_failing_ones(site: LoopbackSite) -> None:
    forbidden = [one for place, one in enumerate(MAPS) if place % 2]
    rules = ["User-agent: *", *(f"Disallow: {map_page_path(one)}" for one in forbidden)]
    site.robots = Answer("\n".join(rules).encode())
    for one in MAPS:
        site.publish(one, SERVER_ERROR)
    client = client_of(site.base_url)
    ask(client, MAPS)
    assert _latest(client).blocks_in_a_row == 1
    assert len(site.requested) == 3


def test_two_workers_that_are_blocked_at_once_count_once(site: LoopbackSite) -> None:
    both = threading.Barrier(2)
    answer_in_turn(site, {one: [BLOCKED] for one in MAPS})
    take_turn = site.before_answer
    assert take_turn is not None

    def together(path: str) -> None:
        both.wait(AT_MOST)
        take_turn(path)

    site.before_answer = together
    client = client_of(site.base_url, concurrency=2)
    asked = ask(client, MAPS)
    assert len(site.requested) == 2
    assert list(asked.outcomes.values()).count(Outcome.BLOCKED) == 2
    assert _latest(client).blocks_in_a_row == 1


def test_it_ends_by_itself_and_the_next_block_doubles_it(site: LoopbackSite, tmp_path: Path) -> None:
    site.publish(MAP, BLOCKED)
    client = client_of(site.base_url, state_folder=tmp_path)
    for block in range(1, 5):
        assert ask_for_one(client).outcome is Outcome.BLOCKED
        assert len(site.requested) == block
        latest = _latest(client)
        assert latest.blocks_in_a_row == block
        assert latest.until - latest.blocked_at == min(FIRST * 2 ** (block - 1), A_DAY)
        _let_pass(tmp_path, latest.until - latest.blocked_at - timedelta(minutes=1))
        assert ask_for_one(client).outcome is Outcome.NOT_TRIED
        assert len(site.requested) == block
        _let_pass(tmp_path, timedelta(minutes=1))


def test_a_page_that_arrives_after_it_ends_the_row(site: LoopbackSite, tmp_path: Path) -> None:
    answer_in_turn(site, {MAP: [BLOCKED, BLOCKED, good_page(), BLOCKED]})
    client = client_of(site.base_url, state_folder=tmp_path)
    ask_for_one(client)
    _let_pass(tmp_path, FIRST)
    ask_for_one(client)
    assert _latest(client).blocks_in_a_row == 2
    _let_pass(tmp_path, 2 * FIRST)
    assert ask(client).stored_ids == {MAP}
    assert client.cool_downs.latest() is None
    ask_for_one(client)
    assert _latest(client).blocks_in_a_row == 1


@pytest.mark.parametrize("answer", [NOT_FOUND, SERVER_ERROR, good_page(MAP + 1)], ids=["404", "502", "another map"])
def test_what_is_no_page_does_not_end_the_row(site: LoopbackSite, tmp_path: Path, answer: Answer) -> None:
    answer_in_turn(site, {MAP: [BLOCKED, answer, BLOCKED]})
    client = client_of(site.base_url, state_folder=tmp_path)
    ask_for_one(client)
    _let_pass(tmp_path, FIRST)
    ask_for_one(client)
    ask_for_one(client)
    assert _latest(client).blocks_in_a_row == 2


def test_a_page_that_was_under_way_at_the_block_does_not_end_the_row(site: LoopbackSite, tmp_path: Path) -> None:
    client = client_of(site.base_url, state_folder=tmp_path)
    site.publish(MAP, good_page())

    def block_and_let_it_pass(path: str) -> None:
        del path
        client.cool_downs.begin("blocked")
        # The cool-down ends just now, after this page was asked for and before it arrives.
        _change(tmp_path, lambda kept: msgspec.structs.replace(kept, until=datetime.now(UTC)))

    site.before_answer = block_and_let_it_pass
    assert ask(client).stored_ids == {MAP}
    assert _latest(client).blocks_in_a_row == 1


def test_who_ended_it_by_hand_may_ask_at_once(site: LoopbackSite, tmp_path: Path) -> None:
    answer_in_turn(site, {MAP: [BLOCKED, good_page()]})
    client = client_of(site.base_url, state_folder=tmp_path)
    ask_for_one(client)
    assert CoolDowns(FolderStateStore(tmp_path), FIRST).end()
    assert ask(client).stored_ids == {MAP}


def test_a_cool_down_that_ends_later_than_any_can_counts_as_over(tmp_path: Path) -> None:
    cool_downs = CoolDowns(FolderStateStore(tmp_path), FIRST)
    now = datetime.now(UTC)
    far = CoolDown(blocked_at=now + A_DAY, until=now + 2 * A_DAY, blocks_in_a_row=1, reason="the clock was set back")
    (tmp_path / FILE).write_bytes(msgspec.json.encode(far))
    assert cool_downs.current() is None
    begun = cool_downs.begin("blocked")
    assert begun is not None
    assert cool_downs.current() == begun
