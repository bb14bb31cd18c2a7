"""Cutting a map page behind its last table yields what the whole page yields: the same rows, or the same error."""

from collections.abc import Iterator
from random import Random

import pytest
import stringzilla
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hltv_assets.pages import PageError, parse_map_stats
from hltv_assets.pages.document import open_page
from hltv_assets.pages.map_stats import _CLASSES, read_map_stats
from hltv_assets.pages.partial_parse import open_cut_page
from hltv_assets.pages.records import MapStatsPage
from hltv_assets_tests.pages.damage import replaced
from hltv_assets_tests.pages.invented_pages import InventedPage, plain_page
from hltv_assets_tests.pages.mutation import MUTATORS, Target
from hltv_assets_tests.pages.shared_pages import read_page
from testkit.examples import FEW_OF_EACH, examples
from testkit.invented.facts import Layout
from testkit.invented.world import FIRST_MAPSTATSID
from testkit.places import SHARED_PAGES

READ = ".stats-top-menu, .match-info-box, .match-info-row, .round-history-con, .totalstats, .ctstats, .tstats"
TABLE = '<table class="stats-table tstats"><tbody><tr><td>1</td></tr></tbody></table>'
HIDING = [
    ("<!--", "-->"),
    ("<script>", "</script>"),
    ("<style>", "</style>"),
    ("<template>", "</template>"),
    ("<textarea>", "</textarea>"),
    ("<noscript>", "</noscript>"),
    ("<iframe>", "</iframe>"),
    ("<title>", "</title>"),
    ("<svg>", "</svg>"),
    ("<math><mtext>", "</mtext></math>"),
    ("<select>", "</select>"),
    ("<table><tr>", "</tr></table>"),
    ("<table><tr><td>", "</td></tr></table>"),
    ("<b><a href=/x>", "</a></b>"),
    ("<form><p>", "</p></form>"),
    ("<i title='", "'>"),
    ('<i title="', '">'),
    ("<svg><![CDATA[", "]]></svg>"),
    ("<div>", ""),
    ("", "</div></div></div></div>"),
    ("</body></html>", ""),
    ("<plaintext>", ""),
    ("<frameset>", "</frameset>"),
]
STRANGE_ENDS = [
    TABLE.replace("tstats", "&#116;stats"),
    TABLE.replace("tstats", "&#x74;stats"),
    TABLE.replace("tstats", "tstats&#45;x").replace("stats-table", "stats-table ts&#X54;ats &#x00074;stats"),
    TABLE.replace("tstats", "TSTATS"),
    TABLE.replace("table", "TABLE"),
    "<tr><td class=st-kills>7</td></tr></table>",
    '<body class="match-info-box">',
    '<html class="match-info-row">',
    '<a class="match-page-link" href="/matches/1/x">x</a>',
    "<frameset><frame></frameset>",
    "</div></table></table><table>",
]


def _outcome(html: str | bytes, mapstatsid: int, *, cut: bool) -> MapStatsPage | tuple[object, str]:
    try:
        page = open_cut_page(html, _CLASSES) if cut else open_page(html)
        return read_map_stats(page, mapstatsid)
    except PageError as error:
        return error.reason, error.message


def assert_same(html: str | bytes, mapstatsid: int = FIRST_MAPSTATSID) -> None:
    """The cut page says what the whole page says."""
    assert _outcome(html, mapstatsid, cut=True) == _outcome(html, mapstatsid, cut=False)


@pytest.fixture(params=stringzilla.__capabilities__)
def instruction_set(request: pytest.FixtureRequest) -> Iterator[str]:
    """Bytes are searched by other code on each; all of those that this machine has are tried."""
    before = stringzilla.__capabilities__
    stringzilla.reset_capabilities([request.param])
    yield request.param
    stringzilla.reset_capabilities(before)


@pytest.mark.fuzz
@pytest.mark.usefixtures("instruction_set")
def test_bytes_are_found_where_they_stand_by_every_instruction_set_of_this_machine() -> None:
    wanted = st.sampled_from([*(name.encode() for name in _CLASSES), b"&#", b"<!--", b"</s", b"</S"])
    parts = st.lists(st.one_of(wanted, st.sampled_from([b"<!-", b"tstat", b"-", b"<", b"x" * 61, b"\xc3\xa9"])))

    @given(parts=parts, sought=wanted, start=st.integers(0, 200), end=st.integers(0, 500))
    @settings(derandomize=True, deadline=None, max_examples=examples(300), suppress_health_check=[HealthCheck.too_slow])
    def check(parts: list[bytes], sought: bytes, start: int, end: int) -> None:
        page = b"".join(parts)
        assert stringzilla.find(page, sought, start) == page.find(sought, start)
        assert stringzilla.find(page, sought, start, end) == page.find(sought, start, end)
        assert stringzilla.rfind(page, sought, start) == page.rfind(sought, start)

    check()


@pytest.mark.parametrize(("start", "end"), HIDING)
@pytest.mark.parametrize("what", ["table", "nothing", "page", "rest", "last table"])
def test_markup_around_the_section_or_a_copy_of_it_hides_what_it_hides(
    start: str, end: str, what: str, page: InventedPage
) -> None:
    html = page.html
    body = html.index(">", html.index("<body")) + 1
    last = html.rindex("</table>") + len("</table>")
    last_table = html.rindex("<table", 0, last)
    close = html.rindex("</body>")
    variants = {
        "table": html[:last] + start + TABLE + end + html[last:],
        "nothing": html[:body] + start + end + html[body:],
        "page": html[:body] + start + html[body:last] + end + html[last:],
        "rest": html[:last] + start + html[last:close] + end + html[close:],
        "last table": html[:last_table] + start + html[last_table:last] + end + html[last:],
    }
    assert_same(variants[what])


@pytest.mark.parametrize("what", STRANGE_ENDS)
@pytest.mark.parametrize("doctype", ["<!DOCTYPE html>", "", '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2//EN">'])
def test_what_follows_the_section_counts_if_it_would_count_in_the_whole_page(
    what: str, doctype: str, page: InventedPage
) -> None:
    html = replaced(page.html, "<!DOCTYPE html>", doctype) if doctype != "<!DOCTYPE html>" else page.html
    last = html.rindex("</table>") + len("</table>")
    for place in (last, last - len("</table>"), html.rindex("</body>")):
        assert_same(html[:place] + what + html[place:])


def test_a_page_is_cut_and_its_rest_is_not_read(page: InventedPage) -> None:
    html = replaced(page.html, "</body>", '<p id="rest">rest</p></body>', times=1)
    assert open_page(html).css_first("#rest") is not None
    assert open_cut_page(html, _CLASSES).css_first("#rest") is None


def test_an_open_table_is_not_cut(page: InventedPage) -> None:
    last = page.html.rindex("</table>")
    html = page.html[:last] + "<tr><td><table></table>" + '<tr id="rest"></tr>' + page.html[last:]
    assert open_cut_page(html, _CLASSES).css_first("#rest") is not None


@pytest.mark.fuzz
@pytest.mark.parametrize("mutator", MUTATORS, ids=lambda mutator: mutator.__name__)
def test_a_damaged_page_is_read_alike_whole_and_cut(mutator: object) -> None:
    assert callable(mutator)
    for layout, version in ((Layout.SINCE_2025, "3.0"), (Layout.UNTIL_2024, "2.0")):
        invented = plain_page(layout, version, overtimes=1)
        for seed in range(examples(60, FEW_OF_EACH)):
            mutation = mutator(Target(invented.html, READ), Random(seed))
            if mutation is not None:
                assert_same(mutation.html, invented.mapstatsid)


def test_shared_pages_are_read_alike_whole_and_cut(composed_map: int) -> None:
    body = read_page(SHARED_PAGES, "composed/mapstats", composed_map)
    assert parse_map_stats(body, composed_map) == read_map_stats(open_page(body), composed_map)
    assert_same(body, composed_map + 1)


@pytest.mark.fuzz
def test_real_pages_are_read_alike_whole_and_cut_also_when_damaged(real_map: int) -> None:
    body = read_page(SHARED_PAGES, "real/mapstats", real_map).decode()
    assert_same(body, real_map)
    chance = Random(real_map)
    for _ in range(examples(150)):
        begin = chance.randrange(len(body))
        assert_same(body[:begin] + body[begin + chance.randrange(1, 400) :], real_map)
