"""Whatever a site does, one answer after the other: nothing wrong is stored, nobody is hammered, nothing is lost."""

import gzip
import time
from dataclasses import replace

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from hltv_assets.pages import Outcome
from hltv_assets.pages.outcomes import Fault
from hltv_assets.site.client import Site
from hltv_assets.site.retrying import Patience
from hltv_assets_tests.site.turns import CHALLENGE, HANG_UP, Turn, answer_in_turn, rate_limited, unavailable
from testkit.asking import (
    AT_MOST,
    BLOCKED,
    CUT_OFF,
    MAP,
    MAPS,
    NOT_FOUND,
    RATE_LIMITED,
    SERVER_ERROR,
    Asked,
    ask,
    client_of,
    good_page,
    map_html,
    tab_html,
)
from testkit.examples import examples
from testkit.loopback_site import Answer, LoopbackSite, map_page_path, page, serve

PATIENCE = Patience(tries=3, first_wait=0.002, longest=AT_MOST, max_pause=0.5)
HTML = {one: map_html(one).encode() for one in MAPS[:6]}
OTHER = map_html(MAPS[-1])
GZIP = {"content-encoding": "gzip"}
MOST_REDIRECTS = 5


def _turns_of(mapstatsid: int) -> dict[str, Turn]:
    """What a page of this map may answer."""
    html = HTML[mapstatsid]
    packed = gzip.compress(html, mtime=0)
    return {
        "good": good_page(mapstatsid),
        "good, packed": Answer(packed, headers=GZIP),
        "404": NOT_FOUND,
        "404 with the page": replace(good_page(mapstatsid), status=404),
        "410": Answer(status=410),
        "500": Answer(b"oops", status=500),
        "502 with the page": replace(good_page(mapstatsid), status=502),
        "503, come at once": unavailable(0),
        "503, come tomorrow": unavailable(86_400),
        "206": Answer(html[:50_000], status=206),
        "cut off": CUT_OFF,
        "a byte short": Answer(html, announced_length=len(html) + 1),
        "hangs up": HANG_UP,
        "half": page(html[: len(html) // 2]),
        "empty": page(b""),
        "cut gzip": Answer(packed[:-9], headers=GZIP),
        "damaged gzip": Answer(packed[:3_000] + b"damage" + packed[3_006:], headers=GZIP),
        "another map": page(OTHER),
        "another kind": page(tab_html("economy", mapstatsid)),
        "another map behind a redirect": Answer(status=302, headers={"location": map_page_path(MAPS[-1])}),
        "redirect away": Answer(status=302, headers={"location": "https://example.invalid/"}),
        "redirect to itself": Answer(status=302, headers={"location": map_page_path(mapstatsid)}),
        "front page": page("<!DOCTYPE html><html><title>HLTV</title></html>"),
        "challenge": CHALLENGE,
        "challenge with 403": BLOCKED,
        "challenge by header": replace(good_page(mapstatsid), headers={"cf-mitigated": "challenge"}),
        "429": RATE_LIMITED,
        "429, come at once": rate_limited(0),
        "429, come tomorrow": rate_limited(86_400),
        "429, come some time": rate_limited("soon"),
    }


TURNS = {one: _turns_of(one) for one in HTML}
# Such as stop the whole run come more seldom, so that runs are long.
_STOPPING = [name for name in TURNS[MAP] if name.startswith(("429", "challenge", "503, come tomorrow"))]
_HARMLESS = [name for name in TURNS[MAP] if name not in _STOPPING]
_NAMES = st.sampled_from(["good"] * 8 + _HARMLESS * 2 + _STOPPING)
_SEQUENCES = st.lists(st.lists(_NAMES, min_size=1, max_size=4), min_size=1, max_size=len(HTML))
_ROBOTS = st.sampled_from(
    [
        *[Answer(status=404)] * 6,
        Answer(b"User-agent: *\nDisallow: /admin\n"),
        SERVER_ERROR,
        Answer(b"no", status=403),
        CUT_OFF,
    ]
)


def _let_answer(site: LoopbackSite, sequences: list[list[str]]) -> list[int]:
    """Let each map answer by its sequence, its last answer for ever, and return the maps."""
    ids = list(HTML)[: len(sequences)]
    turns = {one: [TURNS[one][name] for name in names] for one, names in zip(ids, sequences, strict=True)}
    answer_in_turn(site, {**turns, MAPS[-1]: [page(OTHER)]})
    return ids


def _recover(site: LoopbackSite) -> None:
    site.before_answer = None
    site.robots = Answer(status=404)
    for one in HTML:
        site.publish(one, good_page(one))


def _client(site: LoopbackSite, concurrency: int) -> Site:
    return client_of(site.base_url, concurrency=concurrency, patience=PATIENCE)


def _check(asked: Asked, ids: list[int]) -> None:
    """Check what holds of every run."""
    told = [arrival.request.page_id for arrival in asked.stored] + [one.page_id for one in asked.failures]
    assert sorted(told) == ids, "each page is told of once"
    assert all(arrival.body == HTML[arrival.request.page_id] for arrival in asked.stored)
    for failure in asked.failures:
        assert failure.message
        assert failure.outcome is not Outcome.OK
        assert failure.fault in {failure.outcome.consequence.fault, Fault.SITE}


@pytest.mark.fuzz
@settings(max_examples=examples(25), deadline=None)
@given(sequences=_SEQUENCES, robots=_ROBOTS, concurrency=st.integers(1, 3))
def test_whatever_a_site_does_only_the_pages_asked_for_are_stored_and_all_of_them_in_the_end(
    sequences: list[list[str]], robots: Answer, concurrency: int
) -> None:
    with serve() as site:
        ids = _let_answer(site, sequences)
        site.robots = robots
        client = _client(site, concurrency)
        asked = ask(client, ids)
        _check(asked, ids)

        requests = site.requests_by_page()
        for one, names in zip(ids, sequences, strict=True):
            redirects = MOST_REDIRECTS if "redirect to itself" in names else 0
            assert requests[one] <= PATIENCE.tries * (1 + redirects)
        assert site.robots_asked <= PATIENCE.tries
        is_stopped = Outcome.NOT_TRIED in asked.outcomes.values()
        assert (client.cool_downs.current() is not None) or not is_stopped
        event("stopped" if is_stopped else "went through")

        _recover(site)
        so_far = len(site.arrivals)
        missing = [one for one in ids if one not in asked.stored_ids]
        if client.cool_downs.current() is not None:
            again = ask(client, missing)
            assert again.stored == []
            assert set(again.outcomes.values()) <= {Outcome.NOT_TRIED}
            assert len(site.arrivals) == so_far, "nobody asks in a cool-down"
            assert client.cool_downs.end()
        at_last = ask(client, missing)
        _check(at_last, missing)
        assert at_last.failures == []
        assert asked.stored_ids | at_last.stored_ids == set(ids)
        assert len(site.arrivals) - so_far <= len(missing) + 1, "what is stored is not asked for again"


@pytest.mark.fuzz
@settings(max_examples=examples(10), deadline=None)
@given(sequences=_SEQUENCES)
def test_run_after_run_a_site_of_many_moods_gives_all_it_has(sequences: list[list[str]]) -> None:
    with serve() as site:
        # Each page comes at last, after whatever it does before.
        ids = _let_answer(site, [[*names, "good"] for names in sequences])
        client = _client(site, 2)
        stored: set[int] = set()
        most_runs = sum(map(len, sequences)) + 1
        for _ in range(most_runs):
            left = [one for one in ids if one not in stored]
            asked = ask(client, left)
            _check(asked, left)
            stored |= asked.stored_ids
            client.cool_downs.end()
            if not asked.failures:
                break
    assert stored == set(ids)


@pytest.mark.fuzz
@settings(max_examples=examples(15), deadline=None)
@given(sequences=_SEQUENCES)
def test_one_worker_asks_in_order_and_for_nothing_after_the_site_has_stopped_it(sequences: list[list[str]]) -> None:
    with serve() as site:
        ids = _let_answer(site, sequences)
        asked = ask(_client(site, 1), ids)
        requested = [int(path.split("/")[4]) for path in site.requested if f"/{MAPS[-1]}" not in path]
    _check(asked, ids)
    assert requested == sorted(requested)
    tried = [one for one in ids if asked.outcomes.get(one) is not Outcome.NOT_TRIED]
    assert sorted(set(requested)) == tried == ids[: len(tried)]
    if len(tried) < len(ids):
        assert asked.faults[tried[-1]] is Fault.SITE
    faults_before_the_end = {asked.faults.get(one, Fault.NOBODY) for one in tried[:-3]}
    assert Fault.SITE not in faults_before_the_end


@pytest.mark.fuzz
@settings(max_examples=examples(4), deadline=None)
@given(sequences=st.lists(st.lists(_NAMES, min_size=1, max_size=3), min_size=2, max_size=4))
def test_whatever_a_site_does_the_delay_is_kept(sequences: list[list[str]]) -> None:
    delay = 0.04
    with serve() as site:
        ids = _let_answer(site, sequences)
        began = time.time()
        # A redirect is followed at the same pace, a second try as well.
        ask(client_of(site.base_url, concurrency=3, patience=PATIENCE, min_delay=delay), ids)
        arrived = sorted(at for at, _ in site.arrivals)
    assert arrived[-1] - began >= (len(arrived) - 1) * delay
