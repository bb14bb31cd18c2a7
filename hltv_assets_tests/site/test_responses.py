"""What an answer means, without a server: status, headers and body in, nothing or an outcome out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hltv_assets.pages import Outcome, PageError, PageKind
from hltv_assets.site.requests import PageRequest
from hltv_assets.site.responses import check_response
from testkit.asking import MAP, map_html, tab_html
from testkit.examples import examples

HTML = map_html().encode()
REQUEST = PageRequest(page_kind=PageKind.MAP_STATS, page_id=MAP)
# What may come of asking, when the answer is there: the design's table, less what has no answer.
OUTCOMES_OF_ANSWERS = {
    Outcome.NOT_FOUND,
    Outcome.GONE,
    Outcome.WRONG_PAGE,
    Outcome.WRONG_KIND,
    Outcome.TRUNCATED,
    Outcome.UNDECODABLE,
    Outcome.SERVER_ERROR,
    Outcome.BLOCKED,
    Outcome.RATE_LIMITED,
}


def _outcome(status: int = 200, headers: dict[str, str] | None = None, body: bytes = HTML) -> Outcome:
    try:
        check_response(REQUEST, status, headers or {}, body)
    except PageError as error:
        return error.reason
    return Outcome.OK


@pytest.mark.parametrize(
    ("kind", "html"),
    [
        (PageKind.MAP_STATS, map_html()),
        (PageKind.MAP_PERFORMANCE, tab_html("performance")),
        (PageKind.MAP_ECONOMY, tab_html("economy")),
    ],
)
def test_each_kind_of_a_maps_pages_is_known_by_its_tab(kind: PageKind, html: str) -> None:
    check_response(PageRequest(page_kind=kind, page_id=MAP), 200, {}, html.encode())
    for other in {PageKind.MAP_STATS, PageKind.MAP_PERFORMANCE, PageKind.MAP_ECONOMY} - {kind}:
        with pytest.raises(PageError) as raised:
            check_response(PageRequest(page_kind=other, page_id=MAP), 200, {}, html.encode())
        assert raised.value.reason is Outcome.WRONG_KIND


@pytest.mark.parametrize("status", [*range(201, 209), 300, 304, 400, 405, 418, 499, 599])
def test_no_other_status_than_200_brings_a_page(status: int) -> None:
    assert _outcome(status) is Outcome.SERVER_ERROR


@pytest.mark.parametrize("value", ["challenge", "Challenge"])
def test_the_header_of_a_challenge_counts_before_the_page(value: str) -> None:
    assert _outcome(headers={"cf-mitigated": value}) is Outcome.BLOCKED


def test_another_value_of_that_header_is_no_challenge() -> None:
    assert _outcome(headers={"cf-mitigated": "none", "server": "cloudflare"}) is Outcome.OK


@pytest.mark.fuzz
@settings(max_examples=examples(100))
@given(status=st.integers(100, 599).filter(lambda status: status != 200), body=st.binary(max_size=200))
def test_every_status_with_any_body_has_an_outcome(status: int, body: bytes) -> None:
    assert _outcome(status, body=body) in OUTCOMES_OF_ANSWERS


@pytest.mark.fuzz
@settings(max_examples=examples(100))
@given(body=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_that_are_no_page_are_taken_for_one(body: bytes) -> None:
    assert _outcome(body=body) in OUTCOMES_OF_ANSWERS


@pytest.mark.fuzz
@settings(max_examples=examples(100))
@given(cut=st.integers(0, len(HTML) - 1))
def test_a_page_cut_anywhere_is_taken_for_whole_only_behind_its_closing_tag(cut: int) -> None:
    outcome = _outcome(body=HTML[:cut])
    if cut < HTML.rindex(b"</html>") + len(b"</html>"):
        assert outcome in {Outcome.TRUNCATED, Outcome.UNDECODABLE, Outcome.WRONG_KIND}
    else:
        assert outcome is Outcome.OK
