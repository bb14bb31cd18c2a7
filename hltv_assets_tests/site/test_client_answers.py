"""What the client makes of one answer: each outcome that the design's table knows, from a real server."""

import gzip
import io
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
import zstandard

from hltv_assets.pages import Outcome, PageKind
from hltv_assets.pages.outcomes import Fault
from hltv_assets.site.requests import PageRequest
from testkit.asking import (
    AT_MOST,
    BLOCKED,
    CUT_OFF,
    MAP,
    MIB,
    NOT_FOUND,
    RATE_LIMITED,
    SERVER_ERROR,
    SLUG,
    Asked,
    answer_to,
    ask,
    ask_for_one,
    client_of,
    good_page,
    gzip_bomb,
    map_html,
    robots_known,
    tab_html,
    unused_address,
)
from testkit.loopback_site import Answer, LoopbackSite, map_page_path, page

HTML = map_html().encode()
PACKED = gzip.compress(HTML)
LATIN_1 = HTML.replace(b"<body", "<!-- é --><body".encode("latin-1"))
MOST_MEMORY = 300 * MIB
GZIP = {"content-type": "text/html; charset=utf-8", "content-encoding": "gzip"}
CHALLENGE_TITLES = (
    "Just a moment...",
    "Et øjeblik ...",
    "Einen Moment …",
    "Un instant…",
    "Un momento…",
    "Um momento…",
    "Chwileczkę…",
    "Подождите…",
    "请稍候…",
)


def _titled(title: str) -> bytes:
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body>wait</body></html>".encode()


def _patience(answer: Answer) -> float:
    """A time for the page; in half of it, which an error gets, no answer that trickles in is whole."""
    return 3.0 if answer.rest else AT_MOST


CHALLENGE = _titled("Just a moment...")


def test_a_page_arrives_with_the_bytes_the_address_and_the_time(site: LoopbackSite) -> None:
    site.publish(MAP, good_page())
    before = datetime.now(UTC)
    asked = ask(client_of(site.base_url))
    after = datetime.now(UTC)
    (arrival,) = asked.stored
    assert asked.failures == []
    assert arrival.body == HTML
    assert arrival.url == f"{site.base_url}{map_page_path(MAP)}/{SLUG}"
    assert before <= arrival.arrived_at <= after
    assert arrival.arrived_at.tzinfo is not None


def test_a_page_that_was_sent_packed_arrives_unpacked(site: LoopbackSite) -> None:
    site.publish(MAP, Answer(gzip.compress(HTML), headers=GZIP))
    (arrival,) = ask(client_of(site.base_url)).stored
    assert arrival.body == HTML


@pytest.mark.parametrize(
    ("kind", "tab"), [(PageKind.MAP_PERFORMANCE, "performance"), (PageKind.MAP_ECONOMY, "economy")]
)
def test_the_other_pages_of_a_map_arrive_too(site: LoopbackSite, kind: PageKind, tab: str) -> None:
    site.answers[f"/stats/matches/{tab}/mapstatsid/{MAP}"] = page(tab_html(tab))
    asked = Asked()
    assert client_of(site.base_url).fetch([PageRequest(page_kind=kind, page_id=MAP, slug=SLUG)], asked) == []
    assert asked.stored_ids == {MAP}


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (404, Outcome.NOT_FOUND),
        (410, Outcome.GONE),
        (401, Outcome.BLOCKED),
        (403, Outcome.BLOCKED),
        (451, Outcome.BLOCKED),
        (429, Outcome.RATE_LIMITED),
        (500, Outcome.SERVER_ERROR),
        (502, Outcome.SERVER_ERROR),
        (503, Outcome.SERVER_ERROR),
        (504, Outcome.SERVER_ERROR),
        (520, Outcome.SERVER_ERROR),
        (418, Outcome.SERVER_ERROR),
    ],
)
@pytest.mark.parametrize("body", [b"", HTML], ids=["empty", "whole page"])
def test_a_status_has_its_outcome_whatever_the_body(
    site: LoopbackSite, status: int, outcome: Outcome, body: bytes
) -> None:
    failure = answer_to(site, Answer(body, status=status))
    assert failure.outcome is outcome
    assert str(status) in failure.message
    assert failure.url == f"{site.base_url}{map_page_path(MAP)}/{SLUG}"


@pytest.mark.parametrize(
    ("status", "outcome"), [(403, Outcome.BLOCKED), (404, Outcome.NOT_FOUND), (429, Outcome.RATE_LIMITED)]
)
@pytest.mark.parametrize(
    "rest",
    [
        Answer(b"no gzip", headers=GZIP),
        Answer(b"<html>", announced_length=9_000),
        Answer(bytes(1_000_000)),
        Answer(b"<html></html>", rest=0.3),
    ],
    ids=["cannot be unpacked", "is cut off", "is large", "trickles in"],
)
def test_a_status_has_its_outcome_even_if_its_body_fails(
    site: LoopbackSite, status: int, outcome: Outcome, rest: Answer
) -> None:
    answer = replace(rest, status=status)
    assert answer_to(site, answer, max_page_bytes=50_000, page_timeout=_patience(answer)).outcome is outcome


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        pytest.param(page(map_html(MAP + 1)), Outcome.WRONG_PAGE, id="another map"),
        pytest.param(page(map_html(MAP * 10)), Outcome.WRONG_PAGE, id="a map whose id begins alike"),
        pytest.param(page(tab_html("performance")), Outcome.WRONG_KIND, id="performance"),
        pytest.param(page(tab_html("economy")), Outcome.WRONG_KIND, id="economy"),
        pytest.param(page("<!DOCTYPE html><html><title>HLTV</title></html>"), Outcome.WRONG_KIND, id="front page"),
        pytest.param(page('{"error": "internal", "status": 500}'), Outcome.WRONG_KIND, id="JSON"),
        pytest.param(page(b""), Outcome.TRUNCATED, id="0 bytes"),
        pytest.param(page(b" \r\n\t"), Outcome.TRUNCATED, id="blank"),
        pytest.param(page(HTML[: len(HTML) // 2]), Outcome.TRUNCATED, id="half"),
        pytest.param(page(HTML[: HTML.rindex(b"</html>")]), Outcome.TRUNCATED, id="all but the last tag"),
        pytest.param(CUT_OFF, Outcome.CONNECTION, id="shorter than announced"),
        pytest.param(Answer(HTML, announced_length=len(HTML) + 1), Outcome.CONNECTION, id="one byte short"),
        pytest.param(page(map_html().encode("utf-16")), Outcome.UNDECODABLE, id="UTF-16"),
        pytest.param(page(LATIN_1), Outcome.UNDECODABLE, id="Latin-1"),
        pytest.param(Answer(b"\x1f\x8b" + b"no gzip at all", headers=GZIP), Outcome.UNDECODABLE, id="broken gzip"),
        pytest.param(Answer(HTML, headers=GZIP), Outcome.UNDECODABLE, id="not gzip as it says"),
    ],
)  # fmt: skip
def test_what_is_not_the_whole_page_asked_for_is_a_fault_of_the_page(
    site: LoopbackSite, answer: Answer, outcome: Outcome
) -> None:
    failure = answer_to(site, answer)
    assert (failure.outcome, failure.fault) == (outcome, Fault.PAGE)
    assert failure.message
    assert "\n" not in failure.message


@pytest.mark.parametrize(
    "packed",
    [
        PACKED[: len(PACKED) // 2],
        PACKED[:-8],
        PACKED[:-1],
        PACKED[:-8] + bytes(8),
        b"",
    ],
    ids=["half", "without its checksum", "all but a byte", "with a wrong checksum", "empty"],
)
def test_a_packed_page_that_is_cut_off_or_damaged_is_not_stored(site: LoopbackSite, packed: bytes) -> None:
    failure = answer_to(site, Answer(packed, headers=GZIP))
    assert failure.outcome in {Outcome.TRUNCATED, Outcome.UNDECODABLE}


@pytest.mark.parametrize("status", [200, 403, 404, 503, 520])
def test_a_challenge_is_known_by_its_title_whatever_its_status(site: LoopbackSite, status: int) -> None:
    failure = answer_to(site, Answer(_titled("Just a moment..."), status=status))
    assert (failure.outcome, failure.fault) == (Outcome.BLOCKED, Fault.SITE)


@pytest.mark.parametrize("status", [404, 503])
@pytest.mark.parametrize(
    "answer",
    [Answer(CHALLENGE + b" " * 200_000), Answer(CHALLENGE, announced_length=9_000), Answer(CHALLENGE * 99, rest=0.3)],
    ids=["is large", "is cut off", "trickles in"],
)
def test_a_challenge_is_known_by_its_title_even_if_its_body_fails(
    site: LoopbackSite, status: int, answer: Answer
) -> None:
    failure = answer_to(site, replace(answer, status=status), page_timeout=_patience(answer))
    assert (failure.outcome, failure.fault) == (Outcome.BLOCKED, Fault.SITE)


@pytest.mark.parametrize("title", CHALLENGE_TITLES)
def test_a_challenge_is_known_in_every_language(site: LoopbackSite, title: str) -> None:
    assert answer_to(site, page(_titled(title))).outcome is Outcome.BLOCKED


@pytest.mark.parametrize("status", [200, 403, 404, 503])
def test_a_challenge_is_known_by_its_header_whatever_else_it_says(site: LoopbackSite, status: int) -> None:
    failure = answer_to(site, Answer(HTML, status=status, headers={"CF-Mitigated": "challenge"}))
    assert (failure.outcome, failure.fault) == (Outcome.BLOCKED, Fault.SITE)


@pytest.mark.parametrize("status", [200, 403, 503])
@pytest.mark.parametrize(
    "body",
    [
        _titled("Access denied"),
        _titled("Access denied | www.hltv.org used Cloudflare to restrict access"),
        b"<HTML><HEAD></HEAD><BODY>\n<H1>Access Denied</H1>\nYou don't have permission to access this.\n</BODY></HTML>",
    ],
    ids=["title", "long title", "no title"],
)
def test_an_access_denied_body_is_a_block(site: LoopbackSite, status: int, body: bytes) -> None:
    failure = answer_to(site, Answer(body, status=status))
    assert (failure.outcome, failure.fault) == (Outcome.BLOCKED, Fault.SITE)


@pytest.mark.parametrize("answer", [Answer(status=302, headers={"location": "/challenge"}), Answer(b"\x0b\x02\x80")])
def test_a_challenge_is_known_by_its_header_whatever_else_it_is(site: LoopbackSite, answer: Answer) -> None:
    headers = {"cf-mitigated": "challenge", "content-encoding": "br", **answer.headers}
    failure = answer_to(site, replace(answer, headers=headers))
    assert (failure.outcome, failure.fault) == (Outcome.BLOCKED, Fault.SITE)
    assert len(site.requested) == 1


@pytest.mark.parametrize("behind", [b"", bytes(100), b"padding"], ids=["nothing", "zeros", "text"])
@pytest.mark.parametrize("cut", [1, 20, len(HTML) // 2])
def test_a_page_in_several_gzip_streams_arrives_whole(site: LoopbackSite, cut: int, behind: bytes) -> None:
    site.publish(MAP, Answer(gzip.compress(HTML[:cut]) + gzip.compress(HTML[cut:]) + behind, headers=GZIP))
    (arrival,) = ask(client_of(site.base_url)).stored
    assert arrival.body == HTML


# Too large


@contextmanager
def _little_memory() -> Iterator[None]:
    """Fail if the block takes more memory at any time than a client with this limit should."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MOST_MEMORY, f"{peak // MIB} MiB at once"


def _zstd_bomb(mebibytes: int) -> bytes:
    packed = io.BytesIO()
    with zstandard.ZstdCompressor(level=1).stream_writer(packed, closefd=False) as packer:
        for _ in range(mebibytes // 8):
            packer.write(bytes(8 * MIB))
    return packed.getvalue()


def test_a_page_of_fifty_megabytes_is_too_large(site: LoopbackSite) -> None:
    site.publish(MAP, page(HTML + b" " * 50_000_000 + b"</html>"))
    with _little_memory():
        failure = ask_for_one(client_of(site.base_url))
    assert (failure.outcome, failure.fault) == (Outcome.TOO_LARGE, Fault.PAGE)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "gzip, gzip", "zstd"])
def test_a_bomb_is_too_large_and_does_not_fill_the_memory(site: LoopbackSite, coding: str) -> None:
    bombs = {"gzip": gzip_bomb, "zstd": _zstd_bomb}
    bomb = bombs.get(coding, gzip_bomb)(600)
    if coding == "gzip, gzip":
        bomb = gzip.compress(bomb)
    if coding == "deflate":
        bomb = bomb[10:]  # without gzip's header, a raw deflate stream
    site.publish(MAP, Answer(bomb, headers={"content-encoding": coding}))
    with _little_memory():
        failure = ask_for_one(client_of(site.base_url))
    # A coding that the client does not know or trust may be refused as it stands.
    assert failure.outcome in {Outcome.TOO_LARGE, Outcome.UNDECODABLE}
    assert failure.fault is Fault.PAGE


def test_the_largest_page_is_a_byte_smaller_than_a_page_that_is_too_large(site: LoopbackSite) -> None:
    site.publish(MAP, good_page())
    assert ask(client_of(site.base_url, max_page_bytes=len(HTML))).stored_ids == {MAP}
    assert ask_for_one(client_of(site.base_url, max_page_bytes=len(HTML) - 1)).outcome is Outcome.TOO_LARGE


# Redirects


def _redirect(location: str, status: int = 302) -> Answer:
    return Answer(status=status, headers={"location": location})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("absolute", [False, True], ids=["path", "address"])
def test_a_redirect_within_the_host_is_followed(site: LoopbackSite, status: int, *, absolute: bool) -> None:
    new = f"{map_page_path(MAP)}/new-slug"
    site.publish(MAP, _redirect((site.base_url if absolute else "") + new, status))
    site.answers[new] = good_page()
    asked = ask(client_of(site.base_url))
    assert asked.stored_ids == {MAP}
    assert site.requested == [f"{map_page_path(MAP)}/{SLUG}", new]


@pytest.mark.parametrize(
    "location",
    [
        "http://localhost:{port}{path}",
        "//localhost:{port}{path}",
        "https://example.invalid/",
        "http://127.0.0.1@example.invalid/",
        "http://127.0.0.1.example.invalid/",
        "ftp://127.0.0.1{path}",
    ],
)
def test_a_redirect_to_another_host_is_not_followed(site: LoopbackSite, location: str) -> None:
    port = site.base_url.rpartition(":")[2]
    failure = answer_to(site, _redirect(location.format(port=port, path=map_page_path(MAP))))
    assert (failure.outcome, failure.fault) == (Outcome.REDIRECTED_AWAY, Fault.PAGE)
    assert len(site.requested) == 1


@pytest.mark.parametrize(
    "location",
    [
        "http://[::1",
        "http://127.0.0.1:port/",
        "http://127.0.0.1:99999/",
        "/a\tb",
        "http://xn--\xff/",
        "//[/",
        "http://xn--0.example/",
        "http://xn--a/",
    ],
)
def test_a_redirect_to_what_is_no_address_is_a_fault_of_the_page(site: LoopbackSite, location: str) -> None:
    failure = answer_to(site, _redirect(location))
    assert failure.outcome in {Outcome.REDIRECTED_AWAY, Outcome.CONNECTION}  # httpx calls it a broken protocol
    assert failure.fault is Fault.PAGE
    assert len(site.requested) == 1


def test_redirects_in_a_ring_end(site: LoopbackSite) -> None:
    failure = answer_to(site, _redirect(map_page_path(MAP)))
    assert (failure.outcome, failure.fault) == (Outcome.REDIRECTED_AWAY, Fault.PAGE)
    assert len(site.requested) <= 6


def test_a_redirect_to_the_page_of_another_map_is_a_wrong_page(site: LoopbackSite) -> None:
    site.publish(MAP + 1, good_page(MAP + 1))
    assert answer_to(site, _redirect(map_page_path(MAP + 1))).outcome is Outcome.WRONG_PAGE


def test_a_redirect_to_a_page_that_is_not_there_is_not_found(site: LoopbackSite) -> None:
    assert answer_to(site, _redirect("/nowhere/at-all")).outcome is Outcome.NOT_FOUND


# Time-outs and broken connections


def test_a_page_that_trickles_in_longer_than_its_time_is_a_time_out(site: LoopbackSite) -> None:
    failure = answer_to(site, Answer(HTML, rest=0.1), page_timeout=0.3)
    assert (failure.outcome, failure.fault) == (Outcome.TIMEOUT, Fault.PAGE)
    assert "0.3" in failure.message


def test_redirects_and_page_share_one_time(site: LoopbackSite) -> None:
    site.publish(MAP, Answer(b" " * 10, status=302, headers={"location": "/second/x"}, rest=0.02))
    site.answers["/second"] = Answer(HTML, rest=0.1)
    assert ask_for_one(robots_known(client_of(site.base_url, page_timeout=0.4))).outcome is Outcome.TIMEOUT


def test_a_site_that_falls_silent_is_a_time_out(site: LoopbackSite) -> None:
    failure = answer_to(site, Answer(HTML, rest=0.5), read_timeout=0.1)
    assert (failure.outcome, failure.fault) == (Outcome.TIMEOUT, Fault.PAGE)
    assert failure.message


def test_a_slow_page_within_its_time_arrives(site: LoopbackSite) -> None:
    site.publish(MAP, Answer(HTML, rest=0.02))
    assert ask(client_of(site.base_url, read_timeout=30.0)).stored_ids == {MAP}


def test_a_refused_connection_is_a_broken_connection_to_the_site() -> None:
    failure = ask_for_one(client_of(unused_address()))
    assert (failure.outcome, failure.fault) == (Outcome.CONNECTION, Fault.SITE)


def test_a_site_that_hangs_up_is_a_broken_connection(site: LoopbackSite) -> None:
    def hang_up(path: str) -> None:
        raise ConnectionResetError(path)

    site.before_answer = hang_up
    assert answer_to(site, good_page()).outcome is Outcome.CONNECTION


# Whose fault, by the design's table


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (NOT_FOUND, Fault.PAGE),
        (Answer(status=410), Fault.PAGE),
        (SERVER_ERROR, Fault.PAGE),
        (CUT_OFF, Fault.PAGE),
        (BLOCKED, Fault.SITE),
        (RATE_LIMITED, Fault.SITE),
    ],
)
def test_a_single_failure_is_the_fault_that_the_table_says(site: LoopbackSite, answer: Answer, fault: Fault) -> None:
    failure = answer_to(site, answer)
    assert failure.fault is fault
    assert failure.outcome.consequence.discards_batch


# Leave to ask


@pytest.mark.parametrize(
    "base_url",
    [
        "https://www.hltv.org",
        "http://hltv.invalid",
        "http://192.0.2.1",
        "http://[2001:db8::1]",
        "http://127.0.0.1.example.invalid",
        "http://localhost.example.invalid",
        "http://127.0.0.1@example.invalid",
        "https://sample.invalid.example.invalid",
    ],
)
def test_a_live_site_is_not_asked(base_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_client(*_: object, **__: object) -> None:
        pytest.fail("a client was made for a site that may not be asked")

    monkeypatch.setattr(httpx.AsyncClient, "__init__", no_client)
    asked = ask(client_of(base_url), [MAP, MAP + 1])
    assert asked.outcomes == {MAP: Outcome.NOT_TRIED, MAP + 1: Outcome.NOT_TRIED}
    assert set(asked.faults.values()) == {Fault.SITE}
    assert all("live site" in failure.message for failure in asked.failures)


def test_an_address_that_leads_here_without_being_loopback_is_not_asked(site: LoopbackSite) -> None:
    site.publish(MAP, good_page())
    failure = ask_for_one(client_of(site.base_url.replace("127.0.0.1", "0.0.0.0")))
    assert failure.outcome is Outcome.NOT_TRIED
    assert site.requested == []


def test_localhost_is_this_machine(site: LoopbackSite) -> None:
    site.publish(MAP, good_page())
    assert ask(client_of(site.base_url.replace("127.0.0.1", "localhost"))).stored_ids == {MAP}
