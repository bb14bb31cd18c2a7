"""How the client goes through a batch: what it asks for, in what order, when it stops, and what it sends along."""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from filelock import Timeout
from hypothesis import given, settings
from hypothesis import strategies as st

from hltv_assets.pages import Outcome, PageKind
from hltv_assets.pages.outcomes import Fault
from hltv_assets.site.client import Site
from hltv_assets.site.requests import Arrival, PageRequest
from hltv_assets.site.state_store import lock_of
from hltv_assets_tests.site.stopping import StoppedByHandError, loops_made_after, stoppable
from hltv_assets_tests.site.turns import READ_TIMEOUT, SILENT, silence
from testkit.asking import (
    AT_MOST,
    BLOCKED,
    CUT_OFF,
    MAP,
    MAPS,
    NOT_FOUND,
    RATE_LIMITED,
    SERVER_ERROR,
    USER_AGENT,
    Asked,
    ask,
    client_of,
    good_page,
    map_html,
    robots_known,
    unused_address,
    wait_until,
)
from testkit.examples import examples
from testkit.loopback_site import Answer, LoopbackSite, map_page_path, page, serve


class StoreBrokenError(Exception):
    """What a test's `store` raises."""


def _publish(site: LoopbackSite, *answers: Answer | None) -> list[int]:
    """Publish answers for as many maps, the good page for None, and return the maps."""
    ids = list(MAPS[: len(answers)])
    for mapstatsid, answer in zip(ids, answers, strict=True):
        site.publish(mapstatsid, answer or good_page(mapstatsid))
    return ids


def _map_in(path: str) -> int:
    return int(path.split("/")[4])


def _requested_maps(site: LoopbackSite) -> list[int]:
    return [_map_in(path) for path in site.requested]


# What stops the fetching, and what does not


def test_a_fault_of_a_page_does_not_stop_the_others(site: LoopbackSite) -> None:
    wrong, cut = page(map_html(MAP + 8)), page(map_html(MAP)[:50_000])
    ids = _publish(site, NOT_FOUND, None, wrong, cut, Answer(status=410), None, page('{"error": 1}'), None)
    asked = ask(client_of(site.base_url), ids)
    assert asked.stored_ids == {ids[1], ids[5], ids[7]}
    assert asked.outcomes == {
        ids[0]: Outcome.NOT_FOUND,
        ids[2]: Outcome.WRONG_PAGE,
        ids[3]: Outcome.TRUNCATED,
        ids[4]: Outcome.GONE,
        ids[6]: Outcome.WRONG_KIND,
    }
    assert set(asked.faults.values()) == {Fault.PAGE}


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (BLOCKED, Outcome.BLOCKED),
        (RATE_LIMITED, Outcome.RATE_LIMITED),
        (Answer(map_html().encode(), headers={"cf-mitigated": "challenge"}), Outcome.BLOCKED),
    ],
    ids=["challenge", "rate limit", "challenge by header"],
)
def test_a_fault_of_the_site_stops_the_fetching_at_once(site: LoopbackSite, answer: Answer, outcome: Outcome) -> None:
    ids = _publish(site, None, NOT_FOUND, answer, None, None)
    asked = ask(client_of(site.base_url), ids)
    assert asked.stored_ids == {ids[0]}
    assert asked.outcomes == {
        ids[1]: Outcome.NOT_FOUND,
        ids[2]: outcome,
        ids[3]: Outcome.NOT_TRIED,
        ids[4]: Outcome.NOT_TRIED,
    }
    assert asked.faults == {ids[1]: Fault.PAGE, ids[2]: Fault.SITE, ids[3]: Fault.SITE, ids[4]: Fault.SITE}
    assert _requested_maps(site) == ids[:3]
    not_tried = [failure for failure in asked.failures if failure.outcome is Outcome.NOT_TRIED]
    assert all(outcome in failure.message for failure in not_tried)


def test_what_is_under_way_when_the_fetching_stops_is_still_answered(site: LoopbackSite) -> None:
    ids = _publish(site, BLOCKED, None, NOT_FOUND, None, None, None, None)
    client = client_of(site.base_url, concurrency=4)

    def answer_the_first_first(path: str) -> None:
        if _map_in(path) == ids[0]:
            wait_until(lambda: len(site.requested) == 4)
        else:
            wait_until(client.cool_downs.current)

    site.before_answer = answer_the_first_first
    asked = ask(client, ids)
    assert sorted(_requested_maps(site)) == ids[:4]
    assert asked.stored_ids == {ids[1], ids[3]}
    assert asked.outcomes == {
        ids[0]: Outcome.BLOCKED,
        ids[2]: Outcome.NOT_FOUND,
        **dict.fromkeys(ids[4:], Outcome.NOT_TRIED),
    }


def _hang_up(path: str) -> None:
    raise ConnectionResetError(path)


@pytest.mark.parametrize(
    ("before_answer", "answer", "outcome"),
    [
        (None, SERVER_ERROR, Outcome.SERVER_ERROR),
        (None, CUT_OFF, Outcome.CONNECTION),
        (_hang_up, None, Outcome.CONNECTION),
    ],
    ids=["server error", "cut off", "hangs up"],
)
def test_three_such_failures_in_a_row_are_the_sites_fault_all_three(
    site: LoopbackSite, before_answer: Callable[[str], None] | None, answer: Answer | None, outcome: Outcome
) -> None:
    ids = _publish(site, *[answer] * 5)
    site.before_answer = before_answer
    _check_row(site, ask(client_of(site.base_url), ids), ids, outcome)


def test_three_time_outs_in_a_row_are_the_sites_fault_all_three(site: LoopbackSite) -> None:
    ids = _publish(site, *[None] * 5)
    with silence(site):
        asked = ask(robots_known(client_of(site.base_url, read_timeout=0.15)), ids)
        # The site may notice a request after nobody waits for its answer.
        wait_until(lambda: len(site.requested) == 3)
    _check_row(site, asked, ids, Outcome.TIMEOUT)


def _check_row(site: LoopbackSite, asked: Asked, ids: list[int], outcome: Outcome) -> None:
    """Check that the first three failed in this way and the others were not tried, all by the site's fault."""
    assert asked.outcomes == {
        **dict.fromkeys(ids[:3], outcome),
        **dict.fromkeys(ids[3:], Outcome.NOT_TRIED),
    }
    assert asked.faults == dict.fromkeys(ids, Fault.SITE)
    assert _requested_maps(site) == ids[:3]


def test_nobody_listening_is_the_sites_fault_before_any_page_is_asked_for() -> None:
    asked = ask(client_of(unused_address()), MAPS[:5])
    assert Counter(asked.outcomes.values()) == {Outcome.CONNECTION: 1, Outcome.NOT_TRIED: 4}
    assert set(asked.faults.values()) == {Fault.SITE}


def test_a_time_out_a_broken_connection_and_a_server_error_make_a_row_together(site: LoopbackSite) -> None:
    ids = _publish(site, SILENT, CUT_OFF, SERVER_ERROR, None)
    asked = ask(client_of(site.base_url, read_timeout=READ_TIMEOUT), ids)
    assert list(asked.outcomes.values()) == [
        Outcome.TIMEOUT,
        Outcome.CONNECTION,
        Outcome.SERVER_ERROR,
        Outcome.NOT_TRIED,
    ]
    assert set(asked.faults.values()) == {Fault.SITE}


@pytest.mark.parametrize("between", [None, NOT_FOUND, page(map_html(MAP + 8))], ids=["page", "404", "wrong page"])
def test_an_answer_in_between_breaks_the_row(site: LoopbackSite, between: Answer | None) -> None:
    ids = _publish(site, SERVER_ERROR, SERVER_ERROR, between, SERVER_ERROR, CUT_OFF, None)
    asked = ask(client_of(site.base_url), ids)
    assert Outcome.NOT_TRIED not in asked.outcomes.values()
    assert set(asked.faults.values()) == {Fault.PAGE}
    assert ids[5] in asked.stored_ids
    assert _requested_maps(site) == ids


def test_what_failed_before_the_row_stays_the_fault_of_its_page(site: LoopbackSite) -> None:
    ids = _publish(site, SERVER_ERROR, NOT_FOUND, SERVER_ERROR, SERVER_ERROR, SERVER_ERROR, None)
    asked = ask(client_of(site.base_url), ids)
    assert asked.faults == {**dict.fromkeys(ids[:2], Fault.PAGE), **dict.fromkeys(ids[2:], Fault.SITE)}


def test_two_in_a_row_at_the_end_stay_the_fault_of_their_pages(site: LoopbackSite) -> None:
    asked = ask(client_of(site.base_url), _publish(site, None, SERVER_ERROR, SERVER_ERROR))
    assert set(asked.faults.values()) == {Fault.PAGE}


def test_a_page_breaks_the_row_when_it_arrives_not_when_it_has_been_put_away(site: LoopbackSite) -> None:
    ids = _publish(site, None, SERVER_ERROR, SERVER_ERROR, SERVER_ERROR, None, None)
    client = client_of(site.base_url, concurrency=2)
    arrived, put_away = threading.Event(), threading.Event()

    def one_after_the_other(path: str) -> None:
        mapstatsid = _map_in(path)
        if mapstatsid == ids[1]:
            arrived.wait(AT_MOST)
        elif mapstatsid == ids[3]:
            put_away.set()
            wait_until(lambda: ids[4] in _requested_maps(site))
        elif mapstatsid in ids[4:]:
            wait_until(client.cool_downs.current)

    def store(arrival: Arrival) -> None:
        if arrival.request.page_id == ids[0]:
            arrived.set()
            put_away.wait(AT_MOST)

    site.before_answer = one_after_the_other
    asked = ask(client, ids, store)
    # The page arrived before the first of three failures in a row.
    assert asked.faults == {**dict.fromkeys(ids[1:4], Fault.SITE), ids[5]: Fault.SITE}
    assert asked.outcomes[ids[5]] is Outcome.NOT_TRIED


# Every request is answered once, whatever the site does

ANSWERS: dict[str, tuple[Answer | None, Outcome]] = {
    "page": (None, Outcome.OK),
    "404": (NOT_FOUND, Outcome.NOT_FOUND),
    "502": (SERVER_ERROR, Outcome.SERVER_ERROR),
    "cut off": (CUT_OFF, Outcome.CONNECTION),
    "empty": (page(b""), Outcome.TRUNCATED),
    "blocked": (BLOCKED, Outcome.BLOCKED),
    "429": (RATE_LIMITED, Outcome.RATE_LIMITED),
}
_MOSTLY_HARMLESS = st.sampled_from(["page"] * 4 + ["404", "empty"] + ["502", "cut off"] * 3 + ["blocked", "429"])


@pytest.mark.fuzz
@settings(max_examples=examples(40), deadline=None)
@given(names=st.lists(_MOSTLY_HARMLESS, max_size=9), concurrency=st.integers(1, 4))
def test_every_request_is_stored_or_a_failure_and_asked_for_once_at_most(names: list[str], concurrency: int) -> None:
    with serve() as site:
        ids = _publish(site, *(ANSWERS[name][0] for name in names))
        asked = ask(client_of(site.base_url, concurrency=concurrency), ids)
        requested = site.requests_by_page()
    told = [arrival.request.page_id for arrival in asked.stored]
    told += [failure.page_id for failure in asked.failures]
    assert sorted(told) == ids
    assert max(requested.values(), default=1) == 1
    assert set(requested) == set(ids) - {one for one, what in asked.outcomes.items() if what is Outcome.NOT_TRIED}
    for mapstatsid, name in zip(ids, names, strict=True):
        expected = ANSWERS[name][1]
        assert asked.outcomes.get(mapstatsid, Outcome.OK) in {expected, Outcome.NOT_TRIED}
    if concurrency == 1:
        assert list(requested) == ids[: _requests_of_a_careful_client(names)]


def _requests_of_a_careful_client(names: list[str]) -> int:
    row = 0
    for count, name in enumerate(names, start=1):
        row = row + 1 if name in {"502", "cut off"} else 0
        if row == 3 or name in {"blocked", "429"}:
            return count
    return len(names)


def test_asking_for_nothing_asks_nobody(site: LoopbackSite) -> None:
    assert ask(client_of(site.base_url), []).failures == []
    assert site.requested == []


def test_pages_are_asked_for_in_their_order(site: LoopbackSite) -> None:
    ids = _publish(site, *[None] * 4)[::-1]
    ask(client_of(site.base_url), ids)
    assert _requested_maps(site) == ids


# Many at once


@pytest.mark.parametrize("concurrency", [1, 2, 4])
def test_no_more_requests_are_under_way_than_allowed(site: LoopbackSite, concurrency: int) -> None:
    ids = _publish(site, *[None, NOT_FOUND, None] * 3)
    under_way, most, lock, as_many = 0, 0, threading.Lock(), threading.Event()

    def count(path: str) -> None:
        nonlocal under_way, most
        del path
        with lock:
            under_way += 1
            most = max(most, under_way)
            if most == concurrency:
                as_many.set()
        as_many.wait(AT_MOST)
        time.sleep(0.08)  # one more than allowed would come in now
        with lock:
            under_way -= 1

    site.before_answer = count
    asked = ask(client_of(site.base_url, concurrency=concurrency), ids)
    assert len(asked.stored) == 6
    assert most == concurrency


# Being stopped


@pytest.mark.timeout(60)
def test_a_signal_ends_the_fetching_whenever_it_comes(site: LoopbackSite) -> None:
    ids = _publish(site, None)
    client = client_of(site.base_url)
    started = time.monotonic()
    ask(client, ids)
    whole = time.monotonic() - started

    def ask_and_stop(send: Callable[[], None], seconds: float) -> None:
        signals = threading.Timer(seconds, send)
        signals.start()
        ask(client, ids)
        while signals.is_alive():
            time.sleep(0.01)

    with stoppable() as send:
        for part in range(25):
            with pytest.raises(StoppedByHandError):
                ask_and_stop(send, whole * part / 25)
    assert len(ask(client, ids).stored) == 1


@pytest.mark.timeout(60)
def test_a_signal_ends_the_fetching_while_its_loop_starts(site: LoopbackSite) -> None:
    ids = _publish(site, None)
    with stoppable() as send:

        def send_when_it_is_waited_for() -> None:
            time.sleep(0.3)
            send()

        with loops_made_after(send_when_it_is_waited_for), pytest.raises(StoppedByHandError):
            ask(client_of(site.base_url), ids)
    assert site.requested == []


@pytest.mark.timeout(60)
def test_what_has_not_arrived_when_a_signal_comes_is_given_up(site: LoopbackSite) -> None:
    ids = _publish(site, None, None)
    stored: list[Arrival] = []
    let_go = threading.Event()
    with stoppable() as send:

        def stop_and_hold(_: str) -> None:
            send()
            let_go.wait(AT_MOST)

        site.before_answer = stop_and_hold
        try:
            with pytest.raises(StoppedByHandError):
                ask(client_of(site.base_url), ids, stored.append)
        finally:
            let_go.set()
    assert stored == []
    assert _requested_maps(site) == ids[:1], "no other is asked for"


@pytest.mark.timeout(60)
def test_a_page_that_is_being_stored_when_a_signal_comes_is_stored(site: LoopbackSite) -> None:
    ids = _publish(site, None, None)
    stored: list[int] = []
    with stoppable() as send:

        def stop_and_store(arrival: Arrival) -> None:
            send()
            time.sleep(0.1)
            stored.append(arrival.request.page_id)

        with pytest.raises(StoppedByHandError):
            ask(client_of(site.base_url), ids, stop_and_store)
    assert stored == ids[:1]
    assert _requested_maps(site) == ids[:1]


@pytest.mark.timeout(60)
def test_no_page_that_arrived_is_lost_to_a_signal_though_others_are_being_stored(site: LoopbackSite) -> None:
    # More than there are threads to store them, so that some wait for their turn.
    threads = min(32, (os.cpu_count() or 1) + 4)
    ids = list(range(MAP, MAP + threads + 3))
    for mapstatsid in ids:
        site.publish(mapstatsid, good_page(mapstatsid))
    client = client_of(site.base_url, concurrency=len(ids))
    stored: list[int] = []
    let_go = threading.Event()

    def store_slowly(arrival: Arrival) -> None:
        let_go.wait(AT_MOST)
        stored.append(arrival.request.page_id)

    def has_every_page() -> bool:
        """Whether each request was made and has given back its slot."""
        return len(site.requested) == len(ids) and all(_is_free(client, number) for number in range(1, len(ids) + 1))

    def stop_when_all_have_arrived() -> None:
        wait_until(has_every_page)
        send()
        time.sleep(0.2)  # until the fetching is cancelled
        let_go.set()

    with stoppable() as send:
        stops = threading.Thread(target=stop_when_all_have_arrived)
        stops.start()
        with pytest.raises(StoppedByHandError):
            ask(client, ids, store_slowly)
    wait_until(lambda: len(stored) == len(ids))
    stops.join()


def _is_free(client: Site, number: int) -> bool:
    slot = lock_of(client.state_folder / f"request-{number}.lock")
    try:
        slot.acquire(blocking=False)
    except Timeout:
        return False
    slot.release()
    return True


# Storing


def test_a_page_is_stored_before_the_next_is_asked_for(site: LoopbackSite) -> None:
    ids = _publish(site, *[None] * 4)
    stored: list[int] = []
    stored_when_asked: list[int] = []
    site.before_answer = lambda _: stored_when_asked.append(len(stored))

    def store_slowly(arrival: Arrival) -> None:
        time.sleep(0.02)
        stored.append(arrival.request.page_id)

    ask(client_of(site.base_url), ids, store_slowly)
    assert stored_when_asked == [0, 1, 2, 3]


def test_a_page_is_stored_while_a_slower_one_is_still_under_way(site: LoopbackSite) -> None:
    ids = _publish(site, None, None)
    stored = threading.Event()
    first_was_stored = []

    def wait_for_the_first(path: str) -> None:
        if _map_in(path) == ids[1]:
            first_was_stored.append(stored.wait(AT_MOST))

    site.before_answer = wait_for_the_first
    ask(client_of(site.base_url, concurrency=2), ids, lambda _: stored.set())
    assert first_was_stored == [True]


@pytest.mark.parametrize("concurrency", [1, 3])
def test_what_store_raises_ends_the_fetching_and_reaches_the_caller(site: LoopbackSite, concurrency: int) -> None:
    ids = _publish(site, *[None] * 9)

    def broken(arrival: Arrival) -> None:
        raise StoreBrokenError(f"disk full at {arrival.request.page_id}")

    with pytest.raises(StoreBrokenError, match=r"disk full at 30000\d"):
        ask(client_of(site.base_url, concurrency=concurrency), ids, broken)
    assert len(site.requested) <= concurrency


@pytest.mark.parametrize(
    "error", [TimeoutError("store"), OSError(28, "No space left"), ExceptionGroup("two", [KeyError()])]
)
def test_an_error_of_store_is_not_taken_for_one_of_the_site(site: LoopbackSite, error: Exception) -> None:
    ids = _publish(site, None, None)

    def broken(_: Arrival) -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        ask(client_of(site.base_url), ids, broken)
    assert raised.value.args == error.args


# What is sent


def test_the_address_holds_the_real_slug(site: LoopbackSite) -> None:
    path = f"/stats/matches/performance/mapstatsid/{MAP}/ence-vs-9ine"
    client = client_of(site.base_url)
    assert (
        client.url(PageRequest(page_kind=PageKind.MAP_PERFORMANCE, page_id=MAP, slug="ence-vs-9ine"))
        == site.base_url + path
    )
    client.fetch([PageRequest(page_kind=PageKind.MAP_PERFORMANCE, page_id=MAP, slug="ence-vs-9ine")], Asked())
    assert site.requested == [path]


@pytest.mark.parametrize(
    "slug",
    [
        None,
        "",
        " ",
        ".",
        "..",
        "../../../../logout",
        "a/b",
        "a?b=c",
        "a#b",
        "two words",
        "line\r\nX-Evil: 1",
        "nul\0",
        "bell\x07",
        "delete\x7f",
        "%2e%2e",
        "%2E%2E",
        "..%2f..%2f..%2flogout",
    ],
)
def test_without_a_slug_or_with_a_hostile_one_the_address_holds_an_x(site: LoopbackSite, slug: str | None) -> None:
    site.publish(MAP, good_page())
    asked = Asked()
    client_of(site.base_url).fetch([PageRequest(page_kind=PageKind.MAP_STATS, page_id=MAP, slug=slug)], asked)
    assert site.requested == [f"{map_page_path(MAP)}/x"]
    assert asked.stored_ids == {MAP}


@pytest.mark.fuzz
@settings(max_examples=examples(30), deadline=None)
@given(slug=st.text(st.characters(codec="utf-8", exclude_characters="%"), max_size=40))
def test_no_slug_leads_to_another_page_or_breaks_the_request(slug: str) -> None:
    with serve() as site:
        site.publish(MAP, good_page())
        asked = Asked()
        assert (
            client_of(site.base_url).fetch([PageRequest(page_kind=PageKind.MAP_STATS, page_id=MAP, slug=slug)], asked)
            == []
        )
        (path,) = site.requested
    assert path.rpartition("/")[0] == map_page_path(MAP)
    assert unquote(path).rpartition("/")[2] in {slug, "x"}


def test_requests_say_who_asks_and_for_what(site: LoopbackSite) -> None:
    ask(client_of(site.base_url))
    (headers,) = site.headers
    assert headers["user-agent"] == USER_AGENT
    assert "text/html" in headers["accept"]
    assert headers["accept-encoding"] == "gzip", "only what is unpacked under a limit"
    assert "cookie" not in headers
    assert "authorization" not in headers
    assert "referer" not in headers


def test_cookies_of_the_site_are_not_sent_back(site: LoopbackSite) -> None:
    sticky = Answer(map_html(MAP).encode(), headers={"set-cookie": "visitor=1; Path=/"})
    ids = _publish(site, sticky, None)
    asked = ask(client_of(site.base_url), ids)
    assert asked.stored_ids == set(ids)
    assert ["cookie" in headers for headers in site.headers] == [False, False]


def test_proxies_and_passwords_of_the_environment_are_not_used(
    site: LoopbackSite, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, unused_address())
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    site.publish(MAP, good_page())
    assert ask(client_of(site.base_url)).stored_ids == {MAP}
    assert "authorization" not in site.headers[0]
