"""Thousands of damaged pages of every kind: the same rows, rows that differ where a value was replaced, or an error.

Never another exception, never a 0 or NULL in place of a number that was there.

What HLTV leaves out of good pages cannot be told from what a page has lost. These few are such, and the test allows
their loss as a whole: the box of the veto; the line-ups, with the ranks that stand in them; the link to the demo;
the link from a performance or economy page to its match, which only confirms what is known; a star of a listed match,
of which there may be any number up to five.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from gzip import decompress
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from hltv_assets.pages import (
    Outcome,
    PageError,
    parse_economy,
    parse_map_stats,
    parse_match,
    parse_performance,
    parse_results,
)
from hltv_assets_tests.pages.mutation import MUTATORS, Change, Mutation, Target
from testkit.examples import FEW_FOR_SHARES, examples
from testkit.places import PROJECT

SAMPLE = PROJECT / "data" / "sample"
MUTATIONS_A_KIND = examples(1_300, FEW_FOR_SHARES)
LEAST_SAME = 0.2 if MUTATIONS_A_KIND == 1_300 else 0.15  # the fewer there are, the more their share varies
MUTATIONS_OF_SHARED_PAGES = examples(400)
PAGES_A_KIND = 6


@dataclass(frozen=True)
class Kind:
    """A page kind: its parser, where pages of it lie, and what of a page the parser reads."""

    parse: Callable[[str | bytes, int], msgspec.Struct]
    sample: str
    shared: tuple[str, ...]
    read: str


def _parse_listing(html: str | bytes, page_id: int) -> msgspec.Struct:
    del page_id
    return parse_results(html)


KINDS = {
    "results": Kind(_parse_listing, "results", ("real/results",), ".results-all, .pagination-component"),
    "match": Kind(
        parse_match,
        "matches",
        ("real/match",),
        ".teamsBox, .mapholder, .veto-box, .lineups, .stats-content:not(#all-content)",
    ),
    "map_stats": Kind(
        parse_map_stats,
        "stats/matches/mapstatsid",
        ("composed/mapstats", "real/mapstats"),
        ".stats-top-menu, .match-info-box, .match-info-row, .round-history-con, .totalstats, .ctstats, .tstats",
    ),
    "performance": Kind(
        parse_performance,
        "stats/matches/performance/mapstatsid",
        ("composed/performance", "real/performance"),
        ".stats-top-menu, .killmatrix-content, .highlighted-player",
    ),
    "economy": Kind(
        parse_economy,
        "stats/matches/economy/mapstatsid",
        ("composed/economy", "real/economy"),
        ".stats-top-menu, .graph, .equipment-categories",
    ),
}


@dataclass(frozen=True)
class GoodPage:
    """A page, and the rows that it yields undamaged."""

    page_id: int
    target: Target
    rows: Any

    @cached_property
    def rows_in_order(self) -> Any:
        """The rows with those of each table in one order."""
        return _without_order(self.rows)


# Columns that are computed from what is printed, or printed in another form.
TIMES = {"ended_at", "started_at", "played_at"}
COMPUTED = {"fk_diff", "kd_diff", "e_fk_diff", "e_kd_diff", "team1_maps_won", "team2_maps_won", "winner_team_id"}

# What a value was and became, and where it stands: `.maps[2].picked_by_team_id`.
Difference = tuple[str, Any, Any]


@pytest.mark.fuzz
@pytest.mark.timeout(1_200)  # all mutations of a match page take half a minute of an idle processor
@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_page_yields_the_same_rows_or_an_error_or_differs_where_a_value_was_replaced(kind: str) -> None:
    ends = _assert_each_mutation_ends_well(kind, _sample_pages(kind), MUTATIONS_A_KIND)
    assert sum(ends.values()) > 0.7 * MUTATIONS_A_KIND
    assert ends["refused"] > 0.2 * MUTATIONS_A_KIND
    assert ends["same"] > LEAST_SAME * MUTATIONS_A_KIND
    # Graph and tables of an economy page state everything twice, so that no other value passes there.
    assert ends["other value"] > 20 / 1_300 * MUTATIONS_A_KIND or kind == "economy"


@pytest.mark.fuzz
@pytest.mark.timeout(1_200)  # all mutations of a match page take half a minute of an idle processor
@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_real_or_composed_page_does_so_too(kind: str, shared_pages: Path) -> None:
    folders = tuple(shared_pages / folder for folder in KINDS[kind].shared)
    ends = _assert_each_mutation_ends_well(kind, _good_pages(kind, folders), MUTATIONS_OF_SHARED_PAGES)
    assert ends["refused"] > 0.2 * MUTATIONS_OF_SHARED_PAGES


@pytest.mark.fuzz
@given(
    kind=st.sampled_from(list(KINDS)),
    which=st.integers(0, PAGES_A_KIND - 1),
    mutators=st.lists(st.sampled_from(MUTATORS), min_size=1, max_size=4),
    chance=st.randoms(use_true_random=False),
)
@settings(derandomize=True, deadline=None, max_examples=examples(300), suppress_health_check=list(HealthCheck))
def test_a_page_that_was_damaged_several_times_is_read_or_refused(
    kind: str, which: int, mutators: list[Any], chance: Random
) -> None:
    """The fuzz target: any sequence of damages ends in rows or in a `PageError` that says what is wrong."""
    pages = _sample_pages(kind)
    page = pages[which % len(pages)]
    html: str | bytes = page.target.html
    for mutator in mutators:
        tree = LexborHTMLParser(html)
        if tree.html is None or not tree.css(KINDS[kind].read) or "</html>" not in tree.html:
            break
        damaged = mutator(Target(tree.html, KINDS[kind].read), chance)
        html = damaged.html if damaged else html
    _read(kind, html, page.page_id)


def _assert_each_mutation_ends_well(kind: str, pages: list[GoodPage], number: int) -> Counter[str]:
    chance = Random(f"damage to {kind}")
    ends: Counter[str] = Counter()
    for _ in range(number):
        page, mutator = chance.choice(pages), chance.choice(MUTATORS)
        mutation = mutator(page.target, chance)
        if mutation is None:
            continue
        rows = _read(kind, mutation.html, page.page_id)
        if rows is None:
            ends["refused"] += 1
            continue
        if next(_differences(page.rows, rows), None) is None:
            ends["same"] += 1
            continue
        wrong = _not_allowed(mutation, page, rows)
        assert not wrong, f"{kind} {page.page_id}, {mutator.__name__}: {mutation.what} changed {wrong[:5]}"
        ends["other value"] += 1
    return ends


def _not_allowed(mutation: Mutation, page: GoodPage, rows: Any) -> list[Difference]:
    """The differences that this damage must not make."""
    before, after = page.rows, rows
    if mutation.may_change is Change.NOTHING:
        before, after = page.rows_in_order, _without_order(rows)
    left = [one for one in _differences(before, after) if not _is_loss_of_what_is_optional(one)]
    match mutation.may_change:
        case Change.NOTHING:
            return left
        case Change.TEXT:
            return [one for one in left if not _is_text_for_text(one)]
        case Change.NUMBER:
            return [one for one in left if not _is_the_replaced_number(one, mutation)]
        case Change.ORDER_IN_A_TABLE:
            changed_places = Counter(str(one[1]) for one in left) == Counter(str(one[2]) for one in left)
            return [] if changed_places else left
        case Change.BYTE:
            digit_became_0 = mutation.old.isdigit() and mutation.new == "0"
            return [one for one in left if one[2] in {None, ""} or (one[2] == 0 and not digit_became_0)]


def _is_text_for_text(difference: Difference) -> bool:
    _, old, new = difference
    return isinstance(old, str) and isinstance(new, str) and new != ""


def _is_the_replaced_number(difference: Difference, mutation: Mutation) -> bool:
    path, old, new = difference
    if path.rpartition(".")[2] in COMPUTED | TIMES:
        return None not in {old, new}
    return mutation.old.strip("0") in str(old) and mutation.new in str(new)


def _is_loss_of_what_is_optional(difference: Difference) -> bool:
    path, old, new = difference
    column = path.rpartition(".")[2]
    if column in {"vetoes", "lineups"}:
        return bool(new == 0)
    if column == "stars":
        return bool(new == old - 1 > 0)
    return column in {"match_id", "demo_url", "team1_rank", "team2_rank"} and new is None


def _differences(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """Where two results differ; lists of other lengths differ in their number of rows."""
    if before == after:
        return
    if isinstance(before, dict):
        for name, value in before.items():
            if name != "warnings":
                yield from _differences(value, after[name], f"{path}.{name}")
    elif isinstance(before, list):
        if len(before) != len(after):
            yield path, len(before), len(after)
            return
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differences(one, other, f"{path}[{number}]")
    else:
        yield path, before, after


def _without_order(rows: Any) -> Any:
    """The same with the rows of each table in one order: the page's own means nothing."""
    if isinstance(rows, dict):
        return {name: _without_order(value) for name, value in rows.items()}
    if isinstance(rows, list):
        return sorted((_without_order(row) for row in rows), key=lambda row: json.dumps(row, sort_keys=True))
    return rows


def _read(kind: str, html: str | bytes, page_id: int) -> Any:
    """What reading yields, None where the page is refused; any other end is a failure."""
    try:
        page = KINDS[kind].parse(html, page_id)
    except PageError as error:
        refused = error
    else:
        return msgspec.json.decode(msgspec.json.encode(page))
    assert refused.message
    assert refused.reason is not Outcome.OK
    return None


@cache
def _sample_pages(kind: str) -> list[GoodPage]:
    """Good pages of the sample; shared pages are large, and are not kept."""
    return _good_pages(kind, (SAMPLE / KINDS[kind].sample,))


def _good_pages(kind: str, folders: tuple[Path, ...]) -> list[GoodPage]:
    """Pages of a kind that can be read, spread evenly over each folder."""
    found: list[GoodPage] = []
    for folder in folders:
        files = sorted(folder.glob("*.html.gz"))
        of_folder: list[GoodPage] = []
        for file in files[:: max(1, len(files) // PAGES_A_KIND)]:
            page_id = int(file.name.partition(".")[0].partition("-")[0])
            html = LexborHTMLParser(decompress(file.read_bytes()).decode()).html
            assert html is not None
            if (rows := _read(kind, html, page_id)) is not None:
                of_folder.append(GoodPage(page_id, Target(html, KINDS[kind].read), rows))
        found += of_folder[:PAGES_A_KIND]
    assert found, f"no {kind} page in {folders}"
    return found
