"""Which requests are made again, how often, after how long; counted at a real server."""

import gzip
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tenacity import Future, RetryCallState

from hltv_assets.pages import Outcome
from hltv_assets.pages.outcomes import Fault
from hltv_assets.site.pace import PaceState
from hltv_assets.site.retrying import Patience, TryError, asked_pause, tries
from hltv_assets_tests.site.turns import (
    CHALLENGE,
    HANG_UP,
    READ_TIMEOUT,
    SILENT,
    Turn,
    answer_in_turn,
    rate_limited,
    silence,
    unavailable,
)
from testkit.asking import (
    AT_MOST,
    BLOCKED,
    CUT_OFF,
    MAP,
    MAPS,
    NOT_FOUND,
    PATIENT,
    RATE_LIMITED,
    SERVER_ERROR,
    ask,
    ask_for_one,
    client_of,
    good_page,
    map_html,
    robots_known,
    tab_html,
    unused_address,
    wait_until,
)
from testkit.examples import examples
from testkit.loopback_site import Answer, LoopbackSite, map_page_path, page

NOW = datetime(1994, 11, 6, 8, 48, 37, tzinfo=UTC)
A_DAY = 86_400.0
HTML = map_html().encode()
PACKED = gzip.compress(HTML)
GZIP = {"content-encoding": "gzip"}


def _pause(value: str) -> float | None:
    return asked_pause({"retry-after": value}, NOW)


# How long a Retry-After asks for


@pytest.mark.parametrize(("value", "seconds"), [("0", 0), ("1", 1), ("120", 120), ("  7 ", 7), ("007", 7)])
def test_a_pause_in_seconds_is_as_long_as_it_says(value: str, seconds: float) -> None:
    assert _pause(value) == seconds


@pytest.mark.parametrize(
    "value",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 09:49:37 +0100",
        "Sun, 06 Nov 1994 08:49:37 -0000",
    ],
    ids=["IMF", "RFC 850", "asctime", "UTC offset", "another offset", "no zone"],
)
def test_a_pause_until_a_date_lasts_until_then_in_each_form_of_http(value: str) -> None:
    assert _pause(value) == 60


def test_a_date_that_has_passed_asks_for_no_pause() -> None:
    assert _pause("Sat, 05 Nov 1994 08:49:37 GMT") == 0


@pytest.mark.parametrize(
    "value",
    ["", " ", "soon", "-5", "+5", "1.5", "1e3", "0x10", "٣", "1 2", "5s", "Sun, 40 Nov 1994 08:49:37 GMT", "\x00"],
)
def test_a_pause_that_cannot_be_read_is_none(value: str) -> None:
    assert _pause(value) is None


def test_without_the_header_there_is_no_pause() -> None:
    assert asked_pause({}, NOW) is None


@pytest.mark.parametrize("value", ["86401", "999999999", "9" * 15, "9" * 16, "9" * 40, "Sun, 06 Nov 2094 08:49:37 GMT"])
def test_no_pause_is_longer_than_a_day(value: str) -> None:
    assert _pause(value) == A_DAY


_NUMBERS = st.integers(0, 60) | st.integers(min_value=0)
_DATES = st.builds(
    "Sun, {} Nov {} {}:{}:{} {}".format,
    _NUMBERS,
    _NUMBERS,
    _NUMBERS,
    _NUMBERS,
    _NUMBERS,
    st.just("GMT") | st.integers().map("{:+05}".format),
)


@pytest.mark.fuzz
@settings(max_examples=examples(100))
@given(value=st.text(max_size=60) | st.integers().map(str) | _DATES)
@example("Sun, 06 Nov 99999999999999 08:49:37 GMT")
@example("Sun, 06 Nov 1994 08:49:37 +9999999999999999")
@example("Fri, 31 Dec 9999 23:59:59 -2359")
def test_whatever_a_site_asks_for_is_no_pause_or_one_of_a_day_at_most(value: str) -> None:
    pause = _pause(value)
    assert pause is None or 0 <= pause <= A_DAY


@pytest.mark.parametrize("retry_after", ["soon", "-1", "Sun, 06 Nov 99999999999999 08:49:37 GMT"])
def test_a_nonsense_pause_is_a_failure_as_without_one(site: LoopbackSite, retry_after: str) -> None:
    site.publish(MAP, rate_limited(retry_after))
    assert ask_for_one(client_of(site.base_url, patience=PATIENT)).outcome is Outcome.RATE_LIMITED
    assert len(site.requested) == 1


# Which failures are tried again


@pytest.mark.parametrize(
    ("turn", "outcome"),
    [
        *[(Answer(b"oops", status=status), Outcome.SERVER_ERROR) for status in (500, 503, 599)],
        (unavailable(0), Outcome.SERVER_ERROR),
        (unavailable("soon"), Outcome.SERVER_ERROR),
        (HANG_UP, Outcome.CONNECTION),
        (CUT_OFF, Outcome.CONNECTION),
        (Answer(HTML, announced_length=len(HTML) + 1), Outcome.CONNECTION),
        (Answer(PACKED[:2_000] + b"damage" + PACKED[2_006:], headers=GZIP), Outcome.UNDECODABLE),
        (Answer(PACKED[:-2_000], headers=GZIP), Outcome.TRUNCATED),
    ],
    ids=[
        "500", "503", "599", "503, come at once", "503, come some time", "hangs up", "cut off",
        "a byte short", "damaged gzip", "cut gzip",
    ],
)  # fmt: skip
def test_what_may_pass_is_tried_again_and_then_is_the_failure(site: LoopbackSite, turn: Turn, outcome: Outcome) -> None:
    answer_in_turn(site, {MAP: [turn]})
    failure = ask_for_one(client_of(site.base_url, patience=PATIENT))
    assert (failure.outcome, failure.fault) == (outcome, Fault.PAGE)
    assert len(site.requested) == PATIENT.tries


def test_a_site_that_stays_silent_is_asked_again_and_then_the_page_has_timed_out(site: LoopbackSite) -> None:
    with silence(site):
        failure = ask_for_one(robots_known(client_of(site.base_url, patience=PATIENT, read_timeout=0.15)))
        assert (failure.outcome, failure.fault) == (Outcome.TIMEOUT, Fault.PAGE)
        # The site may notice a request after nobody waits for its answer.
        wait_until(lambda: len(site.requested) == PATIENT.tries)


def test_a_page_that_trickles_in_longer_than_its_time_is_tried_again(site: LoopbackSite) -> None:
    site.publish(MAP, Answer(HTML, rest=0.4))
    failure = ask_for_one(robots_known(client_of(site.base_url, patience=PATIENT, page_timeout=1.0)))
    assert failure.outcome is Outcome.TIMEOUT
    assert len(site.requested) == PATIENT.tries


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (NOT_FOUND, Outcome.NOT_FOUND),
        (Answer(status=410), Outcome.GONE),
        (page(map_html(MAP + 1)), Outcome.WRONG_PAGE),
        (page(tab_html("economy")), Outcome.WRONG_KIND),
        (page(HTML[: HTML.rindex(b"</html>")]), Outcome.TRUNCATED),
        (page(b""), Outcome.TRUNCATED),
        (page(HTML + b" " * 50_000 + b"</html>"), Outcome.TOO_LARGE),
        (page(HTML.replace(b"<body", b"<!-- \xe9 --><body")), Outcome.UNDECODABLE),
        (CHALLENGE, Outcome.BLOCKED),
        (BLOCKED, Outcome.BLOCKED),
        (Answer(CHALLENGE.body, status=503), Outcome.BLOCKED),
        (Answer(b"no", status=403), Outcome.BLOCKED),
        (Answer(b"no", status=401), Outcome.BLOCKED),
        (Answer(b"no", status=451), Outcome.BLOCKED),
        (Answer(b"teapot", status=418), Outcome.SERVER_ERROR),
        (Answer(status=302, headers={"location": "https://example.invalid/"}), Outcome.REDIRECTED_AWAY),
        (RATE_LIMITED, Outcome.RATE_LIMITED),
        (rate_limited("soon"), Outcome.RATE_LIMITED),
        (rate_limited(3_600), Outcome.RATE_LIMITED),
    ],
    ids=[
        "404", "410", "another map", "another kind", "no </html>", "empty", "too large", "Latin-1", "challenge",
        "challenge with 403", "challenge with 503", "403", "401", "451", "418", "redirect away", "429",
        "429, come some time", "429, come in an hour",
    ],
)  # fmt: skip
def test_what_does_not_pass_by_itself_is_asked_for_once(site: LoopbackSite, answer: Answer, outcome: Outcome) -> None:
    site.publish(MAP, answer)
    failure = ask_for_one(client_of(site.base_url, patience=PATIENT, max_page_bytes=len(HTML) + 10_000))
    assert failure.outcome is outcome
    assert len(site.requested) == 1


def test_a_page_packed_as_nobody_asked_is_asked_for_once(site: LoopbackSite) -> None:
    site.publish(MAP, Answer(HTML, headers={"content-encoding": "br"}))
    assert ask_for_one(client_of(site.base_url, patience=PATIENT)).outcome is Outcome.UNDECODABLE
    assert len(site.requested) == 1, "it was not a transfer that broke"


def test_redirects_in_a_ring_are_not_gone_through_again(site: LoopbackSite) -> None:
    site.publish(MAP, Answer(status=302, headers={"location": map_page_path(MAP)}))
    assert ask_for_one(client_of(site.base_url, patience=PATIENT)).outcome is Outcome.REDIRECTED_AWAY
    assert len(site.requested) <= 6


# What comes of it


@pytest.mark.parametrize(
    "turn",
    [SERVER_ERROR, HANG_UP, CUT_OFF, SILENT, Answer(PACKED[:-9], headers=GZIP), unavailable(0), rate_limited(0)],
    ids=["502", "hangs up", "cut off", "silent", "cut gzip", "503", "429"],
)
def test_a_page_that_comes_at_the_second_try_is_stored_and_leaves_no_failure(site: LoopbackSite, turn: Turn) -> None:
    answer_in_turn(site, {MAP: [turn, good_page()]})
    client = client_of(site.base_url, patience=PATIENT, read_timeout=READ_TIMEOUT if turn is SILENT else AT_MOST)
    asked = ask(client)
    assert asked.failures == []
    assert [arrival.body for arrival in asked.stored] == [HTML]
    assert len(site.requested) == 2
    assert client.cool_downs.latest() is None


def test_the_failure_is_that_of_the_last_try(site: LoopbackSite) -> None:
    answer_in_turn(site, {MAP: [SERVER_ERROR, HANG_UP, NOT_FOUND]})
    assert ask_for_one(client_of(site.base_url, patience=PATIENT)).outcome is Outcome.NOT_FOUND


def test_a_block_at_the_second_try_is_not_tried_a_third_time(site: LoopbackSite) -> None:
    answer_in_turn(site, {MAP: [SERVER_ERROR, BLOCKED, good_page()]})
    client = client_of(site.base_url, patience=PATIENT)
    assert ask_for_one(client).outcome is Outcome.BLOCKED
    assert len(site.requested) == 2
    assert client.cool_downs.current() is not None


def test_three_failing_pages_in_a_row_are_counted_after_their_tries(site: LoopbackSite) -> None:
    ids = list(MAPS[:5])
    answer_in_turn(site, {one: [SERVER_ERROR] for one in ids})
    asked = ask(client_of(site.base_url, patience=PATIENT), ids)
    assert site.requests_by_page() == dict.fromkeys(ids[:3], PATIENT.tries)
    assert asked.outcomes == {
        **dict.fromkeys(ids[:3], Outcome.SERVER_ERROR),
        **dict.fromkeys(ids[3:], Outcome.NOT_TRIED),
    }
    assert asked.faults == dict.fromkeys(ids, Fault.SITE)


def test_failing_tries_of_pages_that_come_in_the_end_are_no_row(site: LoopbackSite) -> None:
    ids = list(MAPS[:5])
    answer_in_turn(site, {one: [SERVER_ERROR, HANG_UP, good_page(one)] for one in ids})
    client = client_of(site.base_url, patience=PATIENT)
    asked = ask(client, ids)
    assert (asked.stored_ids, asked.failures) == (set(ids), [])
    assert client.cool_downs.latest() is None


def test_a_page_that_nobody_sends_is_tried_as_often_as_the_patience_says() -> None:
    started = time.monotonic()
    failure = ask_for_one(client_of(unused_address(), patience=PATIENT))
    assert (failure.outcome, failure.fault) == (Outcome.CONNECTION, Fault.SITE)  # robots.txt cannot be had
    assert time.monotonic() - started < PATIENT.longest


@pytest.mark.parametrize("allowed", [1, 5])
def test_there_are_no_more_tries_than_the_patience_allows(site: LoopbackSite, allowed: int) -> None:
    site.publish(MAP, SERVER_ERROR)
    patience = Patience(tries=allowed, first_wait=0.001, longest=AT_MOST, max_pause=0.5)
    ask_for_one(client_of(site.base_url, patience=patience))
    assert len(site.requested) == allowed


def test_no_try_begins_after_the_longest_time(site: LoopbackSite) -> None:
    site.publish(MAP, SERVER_ERROR)
    patience = Patience(tries=1_000, first_wait=0.1, longest=2.0, max_pause=0.5)
    assert ask_for_one(client_of(site.base_url, patience=patience)).outcome is Outcome.SERVER_ERROR
    # At least 0.1, 0.2, 0.4 and 0.8 s apart: a sixth would begin after 3.1 s.
    assert 2 <= len(site.requested) <= 5


def test_each_pause_is_about_twice_as_long_as_the_one_before(site: LoopbackSite) -> None:
    site.publish(MAP, SERVER_ERROR)
    patience = Patience(tries=4, first_wait=0.05, longest=AT_MOST, max_pause=0.5)
    ask_for_one(client_of(site.base_url, patience=patience))
    arrived = [at for at, path in site.arrivals if path != "/robots.txt"]
    pauses = [later - earlier for earlier, later in pairwise(arrived)]
    assert [pause >= least for pause, least in zip(pauses, (0.045, 0.095, 0.195), strict=True)] == [True] * 3


@pytest.mark.parametrize("attempt", range(1, 8))
def test_a_pause_is_longer_than_its_double_by_one_first_wait_at_most(attempt: int) -> None:
    loop = tries(Patience(tries=9, first_wait=0.05, longest=AT_MOST, max_pause=0.5))
    state = RetryCallState(loop, None, (), {})
    state.attempt_number = attempt
    state.outcome = Future(attempt)
    state.outcome.set_exception(TryError(Outcome.SERVER_ERROR, "502", may_pass=True))
    least = 0.05 * 2 ** (attempt - 1)
    assert all(least <= loop.wait(state) <= least + 0.05 for _ in range(20))


def test_a_page_whose_next_try_is_due_when_another_is_blocked_is_not_tried(site: LoopbackSite) -> None:
    answer_in_turn(site, {MAP: [SERVER_ERROR, good_page()], MAP + 1: [BLOCKED]})
    take_turn = site.before_answer
    assert take_turn is not None

    def block_when_both_are_under_way(path: str) -> None:
        wait_until(lambda: len(site.requested) == 2)
        take_turn(path)

    site.before_answer = block_when_both_are_under_way
    patience = Patience(tries=3, first_wait=1.5, longest=AT_MOST, max_pause=0.5)
    asked = ask(client_of(site.base_url, patience=patience, concurrency=2), [MAP, MAP + 1])
    assert asked.outcomes == {MAP: Outcome.NOT_TRIED, MAP + 1: Outcome.BLOCKED}
    assert len(site.requested) == 2


# A rate limit


def test_a_rate_limit_is_tried_again_once_only(site: LoopbackSite) -> None:
    site.publish(MAP, rate_limited(0))
    client = client_of(site.base_url, patience=PATIENT)
    failure = ask_for_one(client)
    assert (failure.outcome, failure.fault) == (Outcome.RATE_LIMITED, Fault.SITE)
    assert len(site.requested) == 2
    assert client.cool_downs.current() is not None


def test_another_failure_in_between_does_not_give_a_rate_limit_a_second_chance(site: LoopbackSite) -> None:
    answer_in_turn(site, {MAP: [rate_limited(0), SERVER_ERROR, rate_limited(0), good_page()]})
    patience = Patience(tries=9, first_wait=0.01, longest=AT_MOST, max_pause=0.5)
    assert ask_for_one(client_of(site.base_url, patience=patience)).outcome is Outcome.RATE_LIMITED
    assert len(site.requested) == 3


def test_each_page_may_be_rate_limited_once(site: LoopbackSite) -> None:
    ids = list(MAPS[:3])
    answer_in_turn(site, {one: [rate_limited(0), good_page(one)] for one in ids})
    asked = ask(client_of(site.base_url, patience=PATIENT), ids)
    assert (asked.stored_ids, asked.failures) == (set(ids), [])


def test_a_rate_limited_page_comes_again_when_the_site_said(site: LoopbackSite) -> None:
    answer_in_turn(site, {MAP: [rate_limited(1), good_page()]})
    patience = Patience(tries=3, first_wait=0.01, longest=AT_MOST, max_pause=1.0)
    assert ask(client_of(site.base_url, patience=patience)).stored_ids == {MAP}
    first, second = [at for at, path in site.arrivals if path != "/robots.txt"]
    assert second - first >= 0.99


def test_nobody_else_asks_while_the_site_wants_a_pause(site: LoopbackSite) -> None:
    ids = list(MAPS[:4])
    answer_in_turn(site, {one: [rate_limited(1) if one == MAP else good_page(one), good_page(one)] for one in ids})
    patience = Patience(tries=3, first_wait=0.01, longest=AT_MOST, max_pause=1.0)
    client = client_of(site.base_url, patience=patience, min_delay=0.2, concurrency=2)
    take_turn, pauses_until = site.before_answer, 0.0
    assert take_turn is not None

    def pause() -> float:
        state = client.states.state("pace", PaceState).read()
        return state.not_before if state else 0.0

    def answer_the_second_after_the_pause_was_heard(path: str) -> None:
        nonlocal pauses_until
        if f"/{MAP}/" not in path:
            wait_until(pause)
            pauses_until = pause()
        take_turn(path)

    site.before_answer = answer_the_second_after_the_pause_was_heard
    assert ask(client, ids).stored_ids == set(ids)
    arrived = [at for at, path in site.arrivals if path != "/robots.txt"]
    # The second was under way already.
    assert len(arrived) == 5
    assert min(arrived[2:]) >= pauses_until


def test_a_pause_that_leaves_no_time_for_a_try_is_not_waited_for(site: LoopbackSite) -> None:
    site.publish(MAP, rate_limited(30))
    started = time.monotonic()
    patience = Patience(tries=3, first_wait=0.01, longest=20.0, max_pause=60.0)
    assert ask_for_one(client_of(site.base_url, patience=patience)).outcome is Outcome.RATE_LIMITED
    assert time.monotonic() - started < 30
    assert len(site.requested) == 1


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [(rate_limited(7_200), Outcome.RATE_LIMITED), (unavailable(7_200), Outcome.SERVER_ERROR)],
    ids=["429", "503"],
)
def test_a_pause_beyond_the_bound_is_the_sites_fault_at_once_and_as_long_a_cool_down(
    site: LoopbackSite, answer: Answer, outcome: Outcome
) -> None:
    answer_in_turn(site, {MAP: [answer], MAP + 1: [good_page(MAP + 1)]})
    client = client_of(site.base_url, patience=PATIENT)
    asked = ask(client, [MAP, MAP + 1])
    assert asked.outcomes == {MAP: outcome, MAP + 1: Outcome.NOT_TRIED}
    assert set(asked.faults.values()) == {Fault.SITE}
    assert len(site.requested) == 1
    cool_down = client.cool_downs.current()
    assert cool_down is not None
    assert timedelta(seconds=7_190) < cool_down.until - datetime.now(UTC) <= timedelta(seconds=7_200)


def test_a_pause_until_a_date_is_bounded_as_well(site: LoopbackSite) -> None:
    next_year = format_datetime(datetime.now(UTC) + timedelta(days=365), usegmt=True)
    site.publish(MAP, unavailable(next_year))
    client = client_of(site.base_url, patience=PATIENT)
    assert ask_for_one(client).fault is Fault.SITE
    cool_down = client.cool_downs.current()
    assert cool_down is not None
    assert timedelta(hours=23) < cool_down.until - datetime.now(UTC) <= timedelta(days=1)


def test_a_missing_page_that_names_a_long_pause_is_the_fault_of_the_page(site: LoopbackSite) -> None:
    site.publish(MAP, Answer(status=404, headers={"retry-after": "9999"}))
    failure = ask_for_one(client_of(site.base_url, patience=PATIENT))
    assert (failure.outcome, failure.fault) == (Outcome.NOT_FOUND, Fault.PAGE)
