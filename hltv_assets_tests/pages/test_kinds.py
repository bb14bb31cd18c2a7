"""Paths of pages: written for a kind and id, and known again in links."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hltv_assets.pages import PageKind
from hltv_assets.pages.kinds import UNKNOWN_SLUG, match_path, page_path
from testkit.examples import examples

PATHS = {
    PageKind.MATCH: "/matches/77/some-slug",
    PageKind.MAP_STATS: "/stats/matches/mapstatsid/77/some-slug",
    PageKind.MAP_PERFORMANCE: "/stats/matches/performance/mapstatsid/77/some-slug",
    PageKind.MAP_ECONOMY: "/stats/matches/economy/mapstatsid/77/some-slug",
}
KINDS_AND_PATHS = list(PATHS.items())


def test_page_kinds_have_the_names_that_keys_and_paths_use() -> None:
    assert {str(kind) for kind in PageKind} == {"results", "match", "map_stats", "map_performance", "map_economy"}


@pytest.mark.parametrize(("kind", "path"), KINDS_AND_PATHS)
def test_a_page_has_the_path_of_its_kind(kind: PageKind, path: str) -> None:
    assert page_path(kind, 77, "some-slug") == path


@pytest.mark.parametrize(("kind", "path"), KINDS_AND_PATHS)
def test_a_link_tells_id_and_slug(kind: PageKind, path: str) -> None:
    assert match_path(path, kind) == (77, "some-slug")


@pytest.mark.parametrize("kind", PATHS)
@pytest.mark.parametrize("other", PATHS)
def test_a_link_of_another_kind_is_not_taken_for_this_one(kind: PageKind, other: PageKind) -> None:
    assert (match_path(PATHS[other], kind) is not None) == (kind is other)


@pytest.mark.parametrize(
    "slug", [None, "", ".", "..", "a/b", "a?b", "a#b", "a b", "a\nb", "a\x00b", "\t", "a" * 10_000]
)
def test_a_slug_that_would_lead_elsewhere_is_replaced(slug: str | None) -> None:
    assert page_path(PageKind.MATCH, 77, slug) == f"/matches/77/{UNKNOWN_SLUG}"


@pytest.mark.parametrize("start", ["", "https://www.hltv.org", "http://www.hltv.org", "//www.hltv.org"])
@pytest.mark.parametrize("end", ["", "?contextIds=5", "#top", "?a=b#c"])
def test_only_the_path_of_a_link_counts(start: str, end: str) -> None:
    path = PATHS[PageKind.MAP_STATS]
    assert match_path(f"{start}{path}{end}", PageKind.MAP_STATS) == (77, "some-slug")


@pytest.mark.parametrize("end", ["", "/"])
def test_a_link_without_a_slug_is_known_too(end: str) -> None:
    assert match_path(f"/matches/77{end}", PageKind.MATCH) == (77, None)


@pytest.mark.parametrize(
    "href",
    [
        "",
        "/",
        "/matches",
        "/matches/",
        "/matches/0/x",
        "/matches/077/x",
        "/matches/-7/x",
        "/matches/77x/x",
        "/matches/x/77",
        "/matches/77/x/y",
        "/en/matches/77/x",
        "/matches?id=77",
        "matches/77/x",
        "javascript:void(0)",
    ],
)
def test_a_link_that_is_nearly_one_to_a_match_is_none(href: str) -> None:
    assert match_path(href, PageKind.MATCH) is None


def test_digits_of_other_scripts_are_no_id() -> None:
    assert match_path("/matches/7١/x", PageKind.MATCH) is None


@pytest.mark.parametrize("href", ["https://[broken/matches/77/x", "//\u2100/matches/77/x", f"/matches/{'7' * 5000}/x"])
def test_a_link_that_is_no_address_leads_to_no_page(href: str) -> None:
    assert match_path(href, PageKind.MATCH) is None


@pytest.mark.fuzz
@given(st.sampled_from(list(PATHS)), st.integers(1, 10**9), st.none() | st.text(max_size=20))
@settings(derandomize=True, deadline=None, max_examples=examples(200), suppress_health_check=[HealthCheck.too_slow])
def test_a_path_leads_back_to_its_id_whatever_the_slug(kind: PageKind, page_id: int, slug: str | None) -> None:
    found = match_path(page_path(kind, page_id, slug), kind)
    assert found is not None
    assert found[0] == page_id
