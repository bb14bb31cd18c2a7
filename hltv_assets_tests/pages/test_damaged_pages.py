"""Whatever happens to a page, reading it ends in rows that agree with themselves or in a `PageError`.

And an element that is cut out of it never turns a number into NULL or 0 behind the reader's back.
"""

import re
from collections.abc import Iterator
from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hltv_assets.pages import Outcome, PageError, parse_map_stats
from hltv_assets.pages.records import MapStatsPage
from hltv_assets_tests.pages.agreement import assert_agrees_with_itself
from hltv_assets_tests.pages.damage import without_each
from hltv_assets_tests.pages.invented_pages import InventedPage, plain_page
from hltv_assets_tests.pages.rows import rows_of
from testkit.examples import examples
from testkit.invented.facts import Layout

# By name, so that a failure names the page instead of printing it.
PAGES = {
    "since 2025, rating 3.0": plain_page(Layout.SINCE_2025, "3.0"),
    "since 2025, rating 2.1, overtime": plain_page(Layout.SINCE_2025, "2.1", overtimes=1),
    "until 2024, rating 2.0, two overtimes": plain_page(Layout.UNTIL_2024, "2.0", overtimes=2),
}
CONTENT = '<div class="stats-section stats-match">'
CELLS_ROWS_IMAGES = ("td", "th", "tr", "img")
HEADERS_ROWS_IMAGES = CELLS_ROWS_IMAGES[1:]
AROUND_THEM = ("a", "div", "span", "table", "thead", "tbody")
TOOLTIP = re.compile(r'<div class="hidden" id="uniqueTooltipId.*?</div>\s*</div>', re.DOTALL)
LONGEST_SPAN = 3_000
REASONS = {
    Outcome.PARSE_ERROR,
    Outcome.INCOMPLETE,
    Outcome.INCONSISTENT,
    Outcome.WRONG_PAGE,
    Outcome.WRONG_KIND,
    Outcome.TRUNCATED,
    Outcome.UNDECODABLE,
    Outcome.BLOCKED,
}
MEANINGFUL = [*"<>\"'&;/= -()[]:.%0123456789abcxé²١\x00\ufffd\n", "null", "//[", "https://[", "<!--", "</td>", "9" * 30]

many = settings(
    derandomize=True,
    deadline=None,
    max_examples=examples(150),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
looks = st.sampled_from(list(PAGES))


def read_or_refused(html: str | bytes, page: InventedPage) -> MapStatsPage | None:
    """Return what reading yields, None where it is refused; any other end is a failure."""
    try:
        return parse_map_stats(html, page.mapstatsid)
    except PageError as error:
        refused = error
    assert refused.reason in REASONS, refused
    assert refused.message
    return None


def assert_read_or_refused(html: str | bytes, page: InventedPage) -> None:
    read = read_or_refused(html, page)
    if read is not None:
        assert_agrees_with_itself(read)


def place(page: InventedPage, share: float) -> int:
    """A place within the page's content, or in a tenth of cases anywhere."""
    if share > 0.9:
        return int((share - 0.9) * 10 * len(page.html))
    start = page.html.index(CONTENT)
    end = page.html.rindex("</table>")
    return start + int((end - start) * share / 0.9)


shares = st.floats(0, 1, exclude_max=True)


# Cuts of one element: of what repeats each third, since players' rows stand there thirty times and none has a multiple
# of three elements, so that every column is met ten times


@pytest.mark.parametrize(
    ("look", "tags", "every"),
    [
        ("since 2025, rating 3.0", CELLS_ROWS_IMAGES, 3),
        ("since 2025, rating 3.0", AROUND_THEM, 3),
        ("since 2025, rating 2.1, overtime", HEADERS_ROWS_IMAGES, 3),
        ("until 2024, rating 2.0, two overtimes", CELLS_ROWS_IMAGES, 3),
        ("until 2024, rating 2.0, two overtimes", AROUND_THEM, 1),
    ],
    ids=str,
)
def test_a_page_without_any_one_of_its_elements_is_refused_or_yields_the_same(
    look: str, tags: tuple[str, ...], every: int
) -> None:
    page = PAGES[look]
    expected, refused, harmless = page.rows, 0, 0
    without_tooltips = TOOLTIP.sub("", page.html)  # a third of the page, and of the time
    for html, element in islice(without_each(without_tooltips, tags, CONTENT), 0, None, every):
        read = read_or_refused(html, page)
        if read is None:
            refused += 1
        else:
            harmless += 1
            assert rows_of(read) == expected, f"without {element}"
    assert refused > 20
    assert harmless > 20


@pytest.mark.parametrize("look", PAGES)
def test_an_emptied_cell_is_refused(look: str) -> None:
    page = PAGES[look]
    cells = list(re.finditer(r"(<td[^>]*>)(.*?)</td>", page.html, re.DOTALL))
    assert len(cells) > 200
    for cell in cells[::5]:  # meets every column: no layout has a multiple of five
        html = page.html[: cell.start(2)] + page.html[cell.end(2) :]
        assert read_or_refused(html, page) is None, cell[0]


@pytest.mark.parametrize("look", PAGES)
def test_a_round_without_any_one_attribute_of_its_icon_is_refused(look: str) -> None:
    page = PAGES[look]
    icons = list(
        re.finditer(r'<img src="[^"]*(?<!emptyHistory\.svg)" class="round-history-outcome" title="[^"]*">', page.html)
    )
    assert len(icons) == len(page.facts.rounds)
    for icon in icons:
        for attribute in ("src", "class", "title"):
            without = re.sub(rf' {attribute}="[^"]*"', "", icon[0])
            html = page.html[: icon.start()] + without + page.html[icon.end() :]
            assert read_or_refused(html, page) is None, without


# Random damage


@given(look=looks, share=shares, length=st.integers(1, LONGEST_SPAN))
@many
@pytest.mark.fuzz
def test_a_page_that_lost_a_span_is_read_in_agreement_or_refused(look: str, share: float, length: int) -> None:
    page = PAGES[look]
    start = place(page, share)
    assert_read_or_refused(page.html[:start] + page.html[start + length :], page)


@given(look=looks, share=shares, length=st.integers(1, LONGEST_SPAN))
@many
@pytest.mark.fuzz
def test_a_page_with_a_span_twice_is_read_in_agreement_or_refused(look: str, share: float, length: int) -> None:
    page = PAGES[look]
    start = place(page, share)
    assert_read_or_refused(page.html[: start + length] + page.html[start:], page)


@given(
    look=looks, edits=st.lists(st.tuples(shares, st.sampled_from(MEANINGFUL) | st.characters()), min_size=1, max_size=3)
)
@many
@pytest.mark.fuzz
def test_a_page_with_characters_replaced_is_read_in_agreement_or_refused(
    look: str, edits: list[tuple[float, str]]
) -> None:
    page = PAGES[look]
    html = page.html
    for share, character in edits:
        start = place(page, share)
        html = html[:start] + character + html[start + 1 :]
    assert_read_or_refused(html, page)


@given(look=looks, number=shares, text=st.sampled_from(MEANINGFUL) | st.text(max_size=8))
@many
@pytest.mark.fuzz
def test_a_page_with_another_text_in_place_of_a_number_is_read_in_agreement_or_refused(
    look: str, number: float, text: str
) -> None:
    page = PAGES[look]
    numbers = _numbers(page.html)
    start, end = numbers[int(number * len(numbers))]
    assert_read_or_refused(page.html[:start] + text + page.html[end:], page)


@given(look=looks, link=shares, text=st.sampled_from(["https://[", "//[", "//\u2100/", "", "?", "#", "/stats", "\x00"]))
@many
@pytest.mark.fuzz
def test_a_page_with_a_broken_link_is_read_in_agreement_or_refused(look: str, link: float, text: str) -> None:
    page = PAGES[look]
    links = [found.end() for found in re.finditer('(?:href|src)="', page.html)]
    start = links[int(link * len(links))]
    assert_read_or_refused(page.html[:start] + text + page.html[start:], page)


@given(look=looks, share=shares, byte=st.integers(0, 255))
@many
@pytest.mark.fuzz
def test_a_body_with_a_byte_replaced_is_read_in_agreement_or_refused(look: str, share: float, byte: int) -> None:
    page = PAGES[look]
    body = bytearray(page.html.encode())
    body[place(page, share)] = byte
    assert_read_or_refused(bytes(body), page)


@given(look=looks, share=shares)
@many
@pytest.mark.fuzz
def test_a_body_that_ends_early_is_refused(look: str, share: float) -> None:
    page = PAGES[look]
    body = page.html.encode()
    end = body.rindex(b"</html>") + len(b"</html>") - 1
    assert read_or_refused(body[: int(share * end)], page) is None


@given(st.binary(max_size=300) | st.text(max_size=300))
@many
@pytest.mark.fuzz
def test_a_body_of_anything_is_refused(body: str | bytes) -> None:
    assert read_or_refused(body, PAGES["since 2025, rating 3.0"]) is None


@given(st.text(alphabet="<>/=\"' abdehlmnrtsy-!", max_size=200))
@many
@pytest.mark.fuzz
def test_a_body_of_any_markup_is_refused(markup: str) -> None:
    assert read_or_refused(f"<html>{markup}</html>", PAGES["since 2025, rating 3.0"]) is None


def _numbers(html: str) -> list[tuple[int, int]]:
    """Where digits stand in a page's content."""
    return list(_spans_of(r"\d+", html, html.index(CONTENT), html.rindex("</table>")))


def _spans_of(pattern: str, html: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for found in re.compile(pattern).finditer(html, start, end):
        yield found.span()
