"""Whether a body is a page at all, whole, and the page asked for; and how things are taken out of it."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode

from hltv_assets.pages import Outcome, PageError, PageKind
from hltv_assets.pages.document import (
    ReadOnce,
    by_class,
    check_map_page_identity,
    children,
    has_class,
    linked_id,
    open_page,
    queried_id,
    select_one,
    squeeze,
    text_of,
    whole_page,
)
from hltv_assets_tests.pages.damage import PageEditor, replaced, set_attribute
from hltv_assets_tests.pages.invented_pages import InventedPage
from hltv_assets_tests.pages.refusals import assert_refused, assert_says, refusal
from testkit.examples import examples

CHALLENGE_TITLES = [
    "Just a moment...",
    "JUST A MOMENT...",
    "Et øjeblik...",
    "Einen Moment, bitte ...",
    "Un instant…",
    "Un momento…",
    "Um momento…",
    "Chwileczkę…",
    "Подождите…",
    "请稍候…",
    "Attention Required! | Cloudflare",
]
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def small_page(title: str, body: str = "<p>Enable JavaScript and cookies to continue</p>") -> str:
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{body}</body></html>"


def element(html: str, selector: str) -> LexborNode:
    found = LexborHTMLParser(html).css_first(selector)
    assert found is not None
    return found


def link(href: str | None) -> LexborNode:
    return element("<a>x</a>" if href is None else f'<a href="{href}">x</a>', "a")


def refused_link(href: str | None) -> PageError:
    with pytest.raises(PageError) as caught:
        linked_id(link(href), "/stats/players/", "player of a team")
    return caught.value


def refused_query(href: str | None) -> PageError:
    with pytest.raises(PageError) as caught:
        queried_id(link(href), "/stats", "event", "event of the map")
    return caught.value


# Not a page at all


@pytest.mark.parametrize("title", CHALLENGE_TITLES)
def test_a_challenge_in_any_language_is_a_block(title: str) -> None:
    assert_refused(small_page(title), Outcome.BLOCKED, title[:8].lower())


@pytest.mark.parametrize("title", CHALLENGE_TITLES)
def test_a_challenge_is_known_by_its_title_whatever_else_the_page_holds(title: str, new_page: InventedPage) -> None:
    html = replaced(new_page.html, "<title>Invented Counter-Strike statistics", f"<title>\n  {title}\n", times=1)
    assert_refused(html.encode(), Outcome.BLOCKED)


@pytest.mark.parametrize(
    "body",
    [
        small_page("Access denied | www.hltv.org used Cloudflare to restrict access"),
        "<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD><BODY>\n<H1>Access Denied</H1>\n</BODY>\n</HTML>",
    ],
)
def test_access_denied_is_a_block(body: str) -> None:
    assert_refused(body, Outcome.BLOCKED, "access denied")


@pytest.mark.parametrize(
    "body",
    [
        "Access denied",
        "<html><body><h1>Access denied</h1><p>You are not allowed to see this page.</p></body></html>",
    ],
)
def test_a_short_body_without_a_title_that_says_access_denied_is_a_block(body: str) -> None:
    assert_refused(body, Outcome.BLOCKED)


def test_a_whole_page_on_which_somebody_writes_access_denied_is_no_block(new_page: InventedPage) -> None:
    html = replaced(new_page.html, "Which tea before a final?", "Access denied, what now?")
    assert new_page.rows_when_edited(html) == new_page.rows


def test_the_script_that_normal_pages_load_too_is_no_sign_of_a_challenge(new_page: InventedPage) -> None:
    assert "challenge-platform" in new_page.html
    assert new_page.rows_when_edited(new_page.html) == new_page.rows


def test_a_title_within_the_page_that_quotes_a_challenge_is_no_challenge(new_page: InventedPage) -> None:
    html = replaced(new_page.html, "Which tea before a final?", "&lt;title&gt;Just a moment...")
    assert new_page.rows_when_edited(html) == new_page.rows


@pytest.mark.parametrize("body", ["", " \r\n\t ", b"", b"\n", BYTE_ORDER_MARK])
def test_an_empty_body_is_truncated(body: str | bytes) -> None:
    assert_refused(body, Outcome.TRUNCATED, "empty")


@pytest.mark.parametrize("body", [json.dumps({"error": "not found", "status": 404}), "[]", "null", "%PDF-1.7 ..."])
def test_a_body_that_is_no_html_is_of_the_wrong_kind(body: str) -> None:
    assert_refused(body, Outcome.WRONG_KIND, "not an HTML page", body[:10])


def test_a_page_that_is_not_of_the_site_is_of_the_wrong_kind() -> None:
    assert_refused(small_page("Log in to Café Wi-Fi", "<form>Password</form>"), Outcome.WRONG_KIND)


@pytest.mark.parametrize("encoding", ["utf-16", "cp1251"])
def test_bytes_that_are_not_utf_8_are_undecodable(encoding: str) -> None:
    assert_refused(small_page("Подождите, турнир").encode(encoding), Outcome.UNDECODABLE, "UTF-8")


# The page is looked at in pieces of 65,536 bytes: around their ends as well.
@pytest.mark.parametrize(
    "start", [b"", BYTE_ORDER_MARK, *(b" " * count for count in range(65_525, 65_535)), b"\xc3\xa9" * 80_000]
)
def test_an_undecodable_body_names_the_byte_and_where_it_stands(start: bytes) -> None:
    with pytest.raises(PageError) as caught:
        whole_page(start + b"<html>\xff</html>")
    assert_says(caught.value, Outcome.UNDECODABLE, "0xff", f"offset {len(start) + 6}")


@pytest.mark.parametrize("count", range(65_525, 65_537))
def test_an_undecodable_body_names_the_first_byte_of_what_is_no_character(count: int) -> None:
    with pytest.raises(PageError) as caught:
        whole_page(b" " * count + b"<p>\xf0\x9f\x98</p>")
    assert_says(caught.value, Outcome.UNDECODABLE, "0xf0", f"offset {count + 3}")


@pytest.mark.parametrize("count", range(65_500, 65_537))
def test_a_character_may_stand_anywhere(count: int) -> None:
    page = b"<html>" + b" " * count + "\N{GRINNING FACE}".encode() + b"</html>"
    assert whole_page(page) == page


def test_a_character_cut_in_half_is_undecodable(new_page: InventedPage) -> None:
    assert_refused(new_page.html.encode() + "ж".encode()[:1], Outcome.UNDECODABLE)


def test_a_byte_order_mark_is_read_past(new_page: InventedPage) -> None:
    assert new_page.rows_when_edited(BYTE_ORDER_MARK + new_page.html.encode()) == new_page.rows
    assert new_page.rows_when_edited("\ufeff" + new_page.html) == new_page.rows


# Whole


@pytest.mark.parametrize("percent", range(1, 100, 7))
def test_a_page_cut_off_anywhere_is_truncated(percent: int, page: InventedPage) -> None:
    assert_refused(page.html[: len(page.html) * percent // 100], Outcome.TRUNCATED, "</html>")


def test_a_page_cut_off_within_its_first_or_last_characters_is_refused(new_page: InventedPage) -> None:
    end = new_page.html.index("</html>")
    for cut in range(40):
        assert refusal(new_page.html[:cut]).reason in {Outcome.TRUNCATED, Outcome.WRONG_KIND}
    for cut in range(end - 30, end + len("</html>")):
        assert_refused(new_page.html[:cut], Outcome.TRUNCATED)


def test_a_cut_body_in_bytes_is_truncated_or_undecodable_never_read(new_page: InventedPage) -> None:
    body = new_page.html.encode()
    for cut in range(0, len(body) - len("</html>") - 1, 1_997):
        assert refusal(body[:cut]).reason in {Outcome.TRUNCATED, Outcome.WRONG_KIND, Outcome.UNDECODABLE}


def test_what_a_browser_writes_behind_the_closing_tag_is_no_harm(new_page: InventedPage) -> None:
    html = new_page.html + "<!-- saved from url=(0030)https://www.hltv.org/stats -->\n"
    assert new_page.rows_when_edited(html) == new_page.rows


def test_two_bodies_of_which_the_second_is_cut_off_are_truncated(new_page: InventedPage) -> None:
    assert_refused(new_page.html + new_page.html[: len(new_page.html) // 2], Outcome.TRUNCATED)


# The page asked for


def test_the_page_of_another_map_is_a_wrong_page_and_says_which(page: InventedPage) -> None:
    error = refusal(page.html, page.mapstatsid + 1)
    assert_says(error, Outcome.WRONG_PAGE, str(page.mapstatsid), str(page.mapstatsid + 1))


def test_an_id_that_only_begins_like_the_one_asked_for_is_a_wrong_page(new_page: InventedPage) -> None:
    assert refusal(new_page.html, int(str(new_page.mapstatsid)[:-1])).reason is Outcome.WRONG_PAGE


@pytest.mark.parametrize(
    ("tab", "kind"), [("performance", PageKind.MAP_PERFORMANCE), ("economy", PageKind.MAP_ECONOMY)]
)
def test_another_tab_of_the_map_is_of_the_wrong_kind(tab: str, kind: PageKind, new_page: InventedPage) -> None:
    editor = PageEditor(new_page.html)
    tabs = editor.all(".stats-top-menu a")
    for one in tabs:
        is_selected = f"/{tab}/" in (one.attributes["href"] or "")
        set_attribute(one, "class", "stats-top-menu-item stats-top-menu-item-link" + " selected" * is_selected)
    assert_refused(editor.html, Outcome.WRONG_KIND, tab)
    check_map_page_identity(open_page(editor.html), kind, new_page.mapstatsid)


def test_a_page_without_the_menu_is_of_the_wrong_kind(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    editor.drop(".stats-top-menu")
    assert_refused(editor.html, Outcome.WRONG_KIND, ".stats-top-menu")


def test_a_menu_without_a_selected_tab_is_of_the_wrong_kind(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    editor.drop(".stats-top-menu a.selected")
    assert_refused(editor.html, Outcome.WRONG_KIND, "0 selected tabs")


def test_two_selected_tabs_are_of_the_wrong_kind(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    for tab in editor.all(".stats-top-menu a"):
        set_attribute(tab, "class", "stats-top-menu-item-link selected")
    assert_refused(editor.html, Outcome.WRONG_KIND, "selected tabs")


@pytest.mark.parametrize("href", ["", "/", "/stats/matches/900001/x", "/matches/900001/x", "https://[broken/x"])
def test_a_selected_tab_that_leads_to_no_map_page_is_of_the_wrong_kind(href: str, new_page: InventedPage) -> None:
    editor = PageEditor(new_page.html)
    set_attribute(editor.one(".stats-top-menu a.selected"), "href", href)
    assert_refused(editor.html, Outcome.WRONG_KIND, href)


def test_the_slug_of_a_map_page_does_not_matter(new_page: InventedPage) -> None:
    editor = PageEditor(new_page.html)
    set_attribute(
        editor.one(".stats-top-menu a.selected"), "href", f"/stats/matches/mapstatsid/{new_page.mapstatsid}/x"
    )
    assert new_page.rows_when_edited(editor.html) == new_page.rows


# Taking things out


def test_white_space_of_any_kind_is_squeezed() -> None:
    assert squeeze(" a\n\t b\u00a0c ") == "a b c"
    assert squeeze(None) == ""
    assert text_of(element("<p> a <b>b</b>\n c</p>", "p")) == "a b c"


def test_a_class_is_known_as_a_whole_word() -> None:
    assert has_class(element('<p class="won big">', "p"), "won")
    assert not has_class(element('<p class="wonder">', "p"), "won")
    assert not has_class(element("<p>", "p"), "won")


def test_the_one_element_is_found_and_none_or_two_are_refused_by_name() -> None:
    tree = LexborHTMLParser("<p>1</p><p>2</p><i>3</i>")
    assert text_of(select_one(tree, "i", "place")) == "3"
    for selector, count in (("p", 2), ("u", 0)):
        with pytest.raises(PageError) as caught:
            select_one(tree, selector, "place")
        assert_says(caught.value, Outcome.PARSE_ERROR, "place", selector, str(count))


def test_what_several_selectors_find_is_told_once_by_each_of_its_classes_in_the_order_of_the_page() -> None:
    tree = LexborHTMLParser(
        "<!doctype html><p class='a'>1</p><p class='b a b'>2</p><i class='a'>3</i><b class='c'>4</b><b>5</b>"
    )
    found = by_class(tree, ["p.a", "p.b", "b"])
    assert {name: [text_of(one) for one in elements] for name, elements in found.items()} == {
        "a": ["1", "2"],
        "b": ["2"],
        "c": ["4"],
    }
    assert not found["d"]


CELLS = [
    *('<td class="a">1</td>', '<td class="b">1</td>', "<td>1</td>", "<td></td>", "<td>2 <b>3</b></td>", "<th>1</th>"),
    *(
        '<td title="</td>">1</td>',
        "<td title='\"'>1</td>",
        "<td title='<td>1'>1</td>",
        "<td><i title='1</td>'>1</i></td>",
    ),
    *("<td>&lt;td>1&lt;/td></td>", "<td>1<!--</td>--></td>", "<td><script>'</td>'</script></td>", "<td>1<br></td>"),
    *("<td><table><tbody><tr><td>1</td></tr></tbody></table></td>", "<td><template><td>1</td></template></td>"),
    *("<td><svg><td>1</td></svg></td>", "<td><plaintext>1</td>", "<td>1", "<template><td>1</td></template>"),
    *("<td>1<svg><style></style></svg></td>", "<td>1<svg><style>&lt;/style>&lt;/svg>&lt;/td></style></svg></td>"),
    *("<td><math><xmp></xmp></math></td>", "<td><math><xmp>&lt;/xmp>&lt;/math>&lt;/td></xmp></math></td>"),
    *("<td><script><!--<script>", "<td><script><!--<script></script></td>--></script>7</td>"),
    *(" ", "\n  ", "&nbsp;", "<!-- a comment -->", "<!--</td>-->", "<!--<td>1</td>-->", "<script>1</script>"),
]


@pytest.mark.fuzz
@given(st.lists(st.lists(st.sampled_from(CELLS), max_size=5), max_size=6))
@settings(derandomize=True, deadline=None, max_examples=examples(500), suppress_health_check=[HealthCheck.too_slow])
def test_the_cells_of_rows_say_the_same_when_each_form_is_read_once(rows: list[list[str]]) -> None:
    read_once = ReadOnce(lambda cell: cell.html)
    for cells in rows:
        tree = LexborHTMLParser(f"<table><tbody><tr>{''.join(cells)}</table>")
        for row in tree.css("tr"):
            assert read_once.in_row(row) == [cell.html for cell in children(row)]


def test_a_form_of_a_cell_is_read_once_though_it_stands_in_many_rows() -> None:
    read: list[str | None] = []
    read_once = ReadOnce(lambda cell: read.append(cell.html))
    tree = LexborHTMLParser("<table><tr><td>1</td> <td>2</td></tr><tr><td>1</td></tr><tr> <td>2</td></tr></table>")
    for row in tree.css("tr"):
        read_once.in_row(row)
    assert read == ["<td>1</td>", "<td>2</td>"]


def test_the_cells_of_a_row_in_which_one_cannot_be_read_are_run() -> None:
    readable = False

    def read(cell: LexborNode) -> str:
        if not readable:
            raise ValueError(cell.html)
        return cell.text()

    read_once = ReadOnce(read)
    row = element("<table><tr><td>1</td></tr></table>", "tr")
    with pytest.raises(ValueError, match="1"):
        read_once.in_row(row)
    readable = True
    assert read_once.in_row(row) == ["1"]


def test_no_more_forms_of_cells_are_remembered_than_allowed() -> None:
    read_once = ReadOnce(lambda cell: cell.text(), most=2)
    for number in range(5):
        assert read_once.in_row(element(f"<table><tr><td>{number}</td></tr></table>", "tr")) == [str(number)]
    assert 0 < len(read_once._said) <= 2  # noqa: SLF001 - what it holds is what is bounded


def test_children_are_elements_only() -> None:
    parent = element("<div>text<i>1</i><!-- a comment --><b>2</b></div>", "div")
    assert [child.tag for child in children(parent)] == ["i", "b"]


@pytest.mark.parametrize(
    "href",
    [
        "/stats/players/55/nick",
        "/stats/players/55",
        "/stats/players/55/",
        "/stats/players/55/?x=1",
        "https://www.hltv.org/stats/players/55/nick",
        "/stats/players/55/nick?contextIds=7#top",
        "/stats/players/55/%D0%B6",
        "/stats/players/55/ж",
    ],
)
def test_the_id_in_a_link_is_read_whatever_stands_around_it(href: str) -> None:
    assert linked_id(link(href), "/stats/players/", "player") == 55


@pytest.mark.parametrize(
    "href",
    [
        None,
        "",
        "/stats/players/",
        "/stats/players/nick",
        "/stats/players/0/nick",
        "/stats/players/055/nick",
        "/stats/players/-5/nick",
        "/stats/players/5a/nick",
        "/stats/players/5١/nick",
        "/stats/teams/55/nick",
        "/stats/players/55/nick/more",
        "/stats/players/career/55/nick",
        "/xx/stats/players/55/nick",
        "https://[broken/stats/players/55/nick",
        "//\u2100/stats/players/55/nick",
        f"/stats/players/{'5' * 5000}/nick",
    ],
)
def test_a_link_without_an_id_of_that_folder_is_refused_with_its_place(href: str | None) -> None:
    assert_says(refused_link(href), Outcome.PARSE_ERROR, "player of a team", "/stats/players/")


@pytest.mark.parametrize(
    "href",
    ["/stats?event=6", "/stats/?event=6", "https://www.hltv.org/stats?event=6", "/stats?a=1&amp;event=6&amp;b=2#top"],
)
def test_the_id_in_a_query_is_read(href: str) -> None:
    assert queried_id(link(href), "/stats", "event", "event") == 6


@pytest.mark.parametrize(
    "href",
    [
        None,
        "",
        "/stats",
        "/stats?event=",
        "/stats?event=x",
        "/stats?event=0",
        "/stats?event=6&amp;event=7",
        "/stats?team=6",
        "/stats?event=6١",
        "/stats/teams?event=6",
        "https://[broken/stats?event=6",
        f"/stats?event={'6' * 5000}",
    ],
)
def test_a_link_without_that_id_in_its_query_is_refused_with_its_place(href: str | None) -> None:
    assert_says(refused_query(href), Outcome.PARSE_ERROR, "event of the map", "/stats?event=")
