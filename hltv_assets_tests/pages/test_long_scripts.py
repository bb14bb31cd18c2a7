"""A large page says the same without what its long scripts hold, whatever a page puts around, into and behind them."""

import re
import time
import timeit
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from hltv_assets.pages import PageError, long_scripts, parse_map_stats
from hltv_assets.pages.document import Document, open_page
from hltv_assets.pages.long_scripts import open_without_long_scripts
from hltv_assets.pages.map_stats import _CLASSES, read_map_stats
from hltv_assets.pages.records import MapStatsPage
from hltv_assets_tests.pages.invented_pages import InventedPage
from hltv_assets_tests.pages.shared_pages import read_page
from testkit.examples import FEW_FOR_SHARES, examples
from testkit.places import SHARED_PAGES

READ = ",".join(f'[class*="{name}" i]' for name in _CLASSES)
TABLE = '<table class="stats-table tstats"><tbody><tr><td>1</td></tr></tbody></table>'
LONG = "function f(a,b){return a<b?'<div>':b&&!a};" * 3_000  # more than an invented page holds else
SCRIPT = f"<script>{LONG}</script>"
# What a script's text may hold, end with, or be hidden by; each alone and beside any other.
PIECES = [
    *("<script>", "<script src=/x.js>", "<script class=tstats>", "<SCRIPT>", "<script/>", "<script\n", "<script x='>"),
    *("</script>", "</script>", "</SCRIPT\n>", "</script/x>", "</scriptx>", "</script", "</scrip", "<scriptx>", ">"),
    *("</sCriPt>", "</ScRIPT>", "</span>", "</Span>", "</s>"),
    *("<script>a<b</script>", "<script>'</div>!'</script>", "<script>1<!--2</script>", "<script><!--<script></script>"),
    *("<!--", "-->", "--!>", "<!-->", "<!---", "<!-", "<!", "<", "</", "!", "-", "--", "<!doctype html>", "<?x"),
    *("<svg>", "</svg>", "<svg><script>", "<math><mtext>", "</math>", "<![CDATA[", "]]>", "<desc>", "<foreignObject>"),
    *("<style>", "</style>", "<textarea>", "</textarea>", "<title>", "</title>", "<xmp>", "</xmp>", "<plaintext>"),
    *("<noscript>", "</noscript>", "<iframe>", "</iframe>", "<noembed>", "<noframes>", "</noframes>", "<object>"),
    *("<template>", "</template>", "<select>", "<option>", "</select>", "<frameset>", "</frameset>", "<form>", "<br>"),
    *("<table>", "<tr>", "<td>", "<caption>", "<colgroup>", "</table>", "<b>", "<a href=/x>", "</a>", "<p>", "</p>"),
    *("<div>", "</div>", "<div class='match-info-box x'>", "<div class=TSTATS>", "<i title='", "'", '"', "<head>"),
    *("</head>", "<body class=tstats>", "</body>", "</html>", "<long-script>", "<long-script>1", "<long-script>2"),
    *("\0", "\r", "\f", "&#116;stats", "&lt;script>", "text", "é", "tstats", TABLE),
]
PLACES = {
    "as it stands": ("", ""),
    "in svg": ("<svg>", "</svg>"),
    "in a CDATA section": ("<svg><![CDATA[", "]]></svg>"),
    "as a CDATA section": ("<svg><script><![CDATA[", "]]></script></svg>"),
    "in a comment": ("<!--", "-->"),
    "behind a comment that ends in it": ("<!--<script -->", "</script>"),
    "in an attribute": ("<i title='", "'>"),
    "in an attribute of a script": ('<script title="', '"></script>'),
    "in a style": ("<style>", "</style>"),
    "in a script that is not read on": ("<script><!--<script>", "--></script>"),
    "in a textarea": ("<textarea>", "</textarea>"),
    "in a template": ("<template>", "</template>"),
    "in noscript": ("<noscript>", "</noscript>"),
    "in a table": ("<table><tr>", "</tr></table>"),
    "in a select": ("<select><option>", "</option></select>"),
    "in a frameset": ("<frameset>", "</frameset>"),
    "in plain text": ("<plaintext>", ""),
    "behind an end tag in capitals": ("<script></SCRIPT>", ""),
    "in an element that is read": ('<div class="match-info-row">', "</div>"),
}


@pytest.fixture(autouse=True)
def pages_of_150_kb_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Smaller pages than in use do, since many are read here."""
    monkeypatch.setattr(long_scripts, "_LARGE", 150_000)


def assert_alike(page: bytes, found: Document) -> None:
    """A tree is the whole page's tree, but for texts of scripts in nothing that is read."""
    whole = LexborHTMLParser(page)
    assert [element.html for element in found.css(READ)] == [element.html for element in whole.css(READ)]
    texts = {
        after.text(deep=False): before.text(deep=False)
        for before, after in zip(whole.css("script"), found.css("script"), strict=True)
    }
    html = re.sub("<long-script>[0-9]+(?=</script>)", lambda mark: texts[mark[0]], found.html or "")
    assert html == whole.html


def _outcome(read: Callable[[], MapStatsPage]) -> MapStatsPage | tuple[object, str]:
    try:
        return read()
    except PageError as error:
        return error.reason, error.message


def assert_same(html: str, mapstatsid: int) -> None:
    """Reading says what it says of the whole page."""
    expected = _outcome(lambda: read_map_stats(open_page(html), mapstatsid))
    assert _outcome(lambda: parse_map_stats(html, mapstatsid)) == expected


def _places(html: str) -> list[int]:
    """Before, in and behind what is read."""
    marks = ("<body", '<div class="match-info-box', "<table", "<td", "</table>", "</body>")
    return [html.index(">", html.index(mark)) + 1 for mark in marks[:-1]] + [html.rindex("</body>")]


@pytest.mark.fuzz
def test_any_page_has_the_same_tree_without_what_its_scripts_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_scripts, "_LARGE", 0)
    monkeypatch.setattr(long_scripts, "_LONG", 1)
    count = examples(1_000, FEW_FOR_SHARES)
    ends: Counter[str] = Counter()
    pieces = st.lists(st.sampled_from(PIECES), max_size=14)

    @given(start=st.sampled_from(["", "<!doctype html>"]), before=pieces, behind=pieces)
    @settings(derandomize=True, deadline=None, max_examples=count, suppress_health_check=[HealthCheck.too_slow])
    def check(start: str, before: list[str], behind: list[str]) -> None:
        script = f"<script>{'x' * 2_000}</script>"
        page = "".join([start, *before, script, *behind]).encode()
        found = open_without_long_scripts(page, _CLASSES)
        ends["whole" if found is None else "without"] += 1
        if found is not None:
            assert_alike(page, found)

    check()
    assert min(ends["whole"], ends["without"]) > 0.15 * count


@pytest.mark.parametrize("place", PLACES)
def test_a_page_is_read_alike_wherever_a_long_script_stands(place: str, page: InventedPage) -> None:
    start, end = PLACES[place]
    for where in _places(page.html):
        assert_same(page.html[:where] + start + SCRIPT + end + page.html[where:], page.mapstatsid)


@pytest.mark.parametrize(
    "what",
    [
        TABLE,
        "<!--",
        "<!--<script>",
        "</script",
        "</scripty>",
        "</SCRIPT >" + TABLE,
        "</sCript>" + TABLE,
        "</s",
        "<",
        "<!-",
        "\0",
    ],
)
def test_a_page_is_read_alike_whatever_a_long_script_holds(what: str, page: InventedPage) -> None:
    for where in _places(page.html):
        for text in (what + LONG, LONG + what + LONG, LONG + what):
            assert_same(f"{page.html[:where]}<script>{text}</script>{page.html[where:]}", page.mapstatsid)


def test_long_scripts_are_left_out(page: InventedPage) -> None:
    html = page.html.replace("</body>", f"{SCRIPT}<script>'short'</script>{SCRIPT}</body>")
    found = open_without_long_scripts(html.encode(), _CLASSES)
    assert found is not None
    assert [script.text() for script in found.css("script")[-3:]] == ["<long-script>1", "'short'", "<long-script>2"]
    assert_alike(html.encode(), found)


@pytest.mark.parametrize("name", ["match-info-row", "TSTATS", "x&#45;tstats"])
@pytest.mark.parametrize("holds", [f'<div class="NAME">{SCRIPT}</div>', SCRIPT.replace(">", ' class="NAME">', 1)])
def test_a_script_in_an_element_that_is_read_is_read(holds: str, name: str, page: InventedPage) -> None:
    html = page.html.replace("</body>", holds + "</body>")
    assert open_without_long_scripts(html.replace("NAME", "other").encode(), _CLASSES) is not None
    assert open_without_long_scripts(html.replace("NAME", name).encode(), _CLASSES) is None


@pytest.mark.benchmark
def test_scripts_that_end_in_capitals_before_many_other_tags_are_found_in_one_walk() -> None:
    tags = "<script>1</SCRIPT>" * 1_000 + "<span></span>" * 50_000
    page = f"<!doctype html><html><body>{tags}{'x' * 1_000_000}</body></html>".encode()
    seconds = [
        min(timeit.repeat(read, timer=time.process_time, number=1, repeat=3))
        for read in (
            lambda: open_without_long_scripts(page, _CLASSES),
            lambda: LexborHTMLParser(page),
        )
    ]
    # Where each script looked at all of those tags, it was 800 times; now about 2.
    assert seconds[0] < 40 * seconds[1]


def test_a_page_that_holds_a_mark_itself_is_read_whole(page: InventedPage) -> None:
    html = page.html.replace("</body>", f"{SCRIPT}<style><long-script>1</style></body>")
    assert open_without_long_scripts(html.encode(), _CLASSES) is None


def test_a_page_that_is_not_mostly_long_scripts_is_read_whole(page: InventedPage) -> None:
    html = page.html.replace("</body>", SCRIPT + "<p>text</p>" * 24_000 + "</body>")
    assert open_without_long_scripts(html.encode(), _CLASSES) is None
    assert open_without_long_scripts(page.html.encode(), _CLASSES) is None


def test_real_pages_in_scripts_are_read_alike_also_when_damaged(real_map: int) -> None:
    body = read_page(SHARED_PAGES, "real/mapstats", real_map).decode()
    script = SCRIPT.replace(LONG, LONG * (len(body) // len(LONG) + 2))
    assert open_without_long_scripts(body.replace("</body>", script + "</body>").encode(), _CLASSES) is not None
    for where in _places(body):
        assert_same(body[:where] + script + body[where:], real_map)
        assert_same(body[:where] + script + body[where + 100 :], real_map)
