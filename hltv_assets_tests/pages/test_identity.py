"""Which page a page is, told by itself."""

import pytest

from hltv_assets.pages import Outcome, PageError, PageKind
from hltv_assets.pages.identity import identify_page
from testkit.asking import MAP, map_html, tab_html

MATCH_PAGE = """<!DOCTYPE html><html><head>{head}</head><body><div class="match-page"></div></body></html>"""
CANONICAL = '<link rel="canonical" href="https://www.hltv.org/matches/2388111/a-vs-b">'
OG_URL = '<meta property="og:url" content="https://www.hltv.org/matches/2388111/a-vs-b">'


def _reason(html: str) -> Outcome:
    with pytest.raises(PageError) as raised:
        identify_page(html)
    return raised.value.reason


def test_a_map_page_tells_kind_map_match_and_slug() -> None:
    identity = identify_page(map_html())
    assert (identity.kind, identity.page_id, identity.match_id) == (PageKind.MAP_STATS, MAP, 9_500_001)
    assert identity.slug
    assert identity.host is None


@pytest.mark.parametrize(
    ("tab", "kind"), [("performance", PageKind.MAP_PERFORMANCE), ("economy", PageKind.MAP_ECONOMY)]
)
def test_the_other_pages_of_a_map_are_told_by_their_tab(tab: str, kind: PageKind) -> None:
    identity = identify_page(tab_html(tab))
    assert (identity.kind, identity.page_id) == (kind, MAP)


def test_a_page_that_a_browser_saved_names_its_host() -> None:
    saved = map_html().replace('href="/stats/', 'href="https://www.hltv.org/stats/')
    assert identify_page(saved).host == "www.hltv.org"


def test_a_map_page_without_a_link_to_its_match_leaves_the_match_open() -> None:
    assert identify_page(map_html().replace("match-page-link", "other-link")).match_id is None


@pytest.mark.parametrize("head", [CANONICAL, OG_URL, CANONICAL + OG_URL])
def test_a_match_page_is_told_by_its_own_address(head: str) -> None:
    identity = identify_page(MATCH_PAGE.format(head=head))
    assert (identity.kind, identity.page_id, identity.match_id) == (PageKind.MATCH, 2388111, 2388111)
    assert (identity.slug, identity.host) == ("a-vs-b", "www.hltv.org")


@pytest.mark.parametrize(
    "head",
    [
        "",
        '<link rel="canonical" href="https://www.hltv.org/results?offset=0">',
        '<link rel="canonical" href="http://[broken">',
        CANONICAL + OG_URL.replace("2388111", "2388112"),
    ],
    ids=["no address", "another kind", "no address at all", "two matches"],
)
def test_a_page_that_does_not_say_which_it_is_is_of_a_wrong_kind(head: str) -> None:
    assert _reason(MATCH_PAGE.format(head=head)) is Outcome.WRONG_KIND


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("", Outcome.TRUNCATED),
        (map_html()[:40_000], Outcome.TRUNCATED),
        ("<html><title>Just a moment...</title></html>", Outcome.BLOCKED),
        ('{"error": 1}', Outcome.WRONG_KIND),
    ],
)
def test_what_is_no_whole_page_has_no_identity(html: str, reason: Outcome) -> None:
    assert _reason(html) is reason
