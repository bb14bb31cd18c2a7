"""Pages out of files that others saved: browsers, tools and crawlers, and what is wrong with some of them."""

import gzip
import io
import os
import tracemalloc
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import msgspec
import pytest
import zstandard
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from hltv_assets.archive.page_file import pack_page
from hltv_assets.archive.saved_formats import SavedPage, files_of_pages, saved_pages
from hltv_assets.pages import Outcome, PageError
from hltv_assets_tests.archive.storing import ARRIVED, BODY, URL, note_of

MOST = 1_000_000
SAVED = datetime(2025, 5, 4, 3, 2, 1, tzinfo=UTC)
CRAWLED = datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)


def _file(folder: Path, name: str, content: bytes) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    os.utime(file, (SAVED.timestamp(), SAVED.timestamp()))
    return file


def _mhtml(body: bytes = BODY, charset: str = "utf-8") -> bytes:
    message = EmailMessage()
    message["Subject"] = "A page"
    message.make_related()
    page = EmailMessage()
    page.set_content(body.decode(), subtype="html", charset=charset, cte="quoted-printable")
    page["Content-Location"] = URL
    message.attach(page)
    picture = EmailMessage()
    picture.set_content(b"GIF89a", maintype="image", subtype="gif")
    message.attach(picture)
    return message.as_bytes()


def _warc(*answers: tuple[str, str, bytes], gzipped: bool, crawled: datetime = CRAWLED) -> bytes:
    """Answers of status, content type and body, as a crawler keeps them."""
    written = io.BytesIO()
    writer = WARCWriter(written, gzip=gzipped)
    for status, kind, body in answers:
        headers = StatusAndHeaders(status, [("Content-Type", kind)], protocol="HTTP/1.1")
        date = {"WARC-Date": crawled.isoformat().replace("+00:00", "Z")}
        record = writer.create_warc_record(
            URL, "response", payload=io.BytesIO(body), http_headers=headers, warc_headers_dict=date
        )
        writer.write_record(record)
    return written.getvalue()


def _only(file: Path, most: int = MOST) -> SavedPage:
    (page,) = saved_pages(file, most)
    return page


def _refusal(file: Path, most: int = MOST) -> Outcome:
    content = _only(file, most).content
    assert isinstance(content, PageError)
    return content.reason


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", BODY),
        ("PAGE.HTM", BODY),
        ("page.html.gz", gzip.compress(BODY)),
        ("page.html.zst", zstandard.compress(BODY)),
        ("page.mhtml", _mhtml()),
        ("page.mht", _mhtml()),
    ],
    ids=["html", "htm", "gzip", "zstd", "mhtml", "mht"],
)
def test_a_saved_page_is_read_with_the_time_of_its_file(tmp_path: Path, name: str, content: bytes) -> None:
    page = _only(_file(tmp_path, name, content))
    assert isinstance(page.content, bytes)
    assert page.content.replace(b"\r\n", b"\n").strip() == BODY.strip()
    assert page.saved_at == SAVED


def test_a_page_of_an_archive_like_ours_says_itself_when_and_from_where_it_came(tmp_path: Path) -> None:
    page = _only(_file(tmp_path, "page.html.zst", pack_page(note_of(), BODY)))
    assert (page.content, page.saved_at, page.url) == (BODY, ARRIVED, URL)


@pytest.mark.parametrize("gzipped", [True, False])
def test_the_html_answers_of_a_warc_are_pages_each_with_its_own_date(tmp_path: Path, *, gzipped: bool) -> None:
    answers = [
        ("200 OK", "text/html; charset=utf-8", BODY),
        ("404 Not Found", "text/html", b"<html></html>"),
        ("200 OK", "image/png", b"png"),
        ("200 OK", "text/html", BODY + b"2"),
    ]
    file = _file(tmp_path, "crawl.warc.gz" if gzipped else "crawl.warc", _warc(*answers, gzipped=gzipped))
    pages = list(saved_pages(file, MOST))
    assert [page.content for page in pages] == [BODY, BODY + b"2"]
    assert {(page.saved_at, page.url) for page in pages} == {(CRAWLED, URL)}


def test_a_page_of_a_warc_that_is_too_large_does_not_keep_the_next_from_being_read(tmp_path: Path) -> None:
    large = ("200 OK", "text/html", b"x" * (MOST + 1))
    file = _file(tmp_path, "crawl.warc.gz", _warc(large, ("200 OK", "text/html", BODY), gzipped=True))
    first, second = saved_pages(file, MOST)
    assert isinstance(first.content, PageError)
    assert first.content.reason is Outcome.TOO_LARGE
    assert second.content == BODY


@pytest.mark.parametrize("gzipped", [True, False])
def test_an_answer_of_dns_does_not_keep_the_pages_of_a_warc_from_being_read(tmp_path: Path, *, gzipped: bool) -> None:
    written = io.BytesIO()
    writer = WARCWriter(written, gzip=gzipped)
    writer.write_record(
        writer.create_warc_record(
            "dns:sample.invalid", "response", payload=io.BytesIO(b"192.0.2.1"), warc_content_type="text/dns"
        )
    )
    content = written.getvalue() + _warc(("200 OK", "text/HTML; charset=UTF-8", BODY), gzipped=gzipped)
    assert _only(_file(tmp_path, "crawl.warc.gz" if gzipped else "crawl.warc", content)).content == BODY


@pytest.mark.parametrize("gzipped", [True, False])
def test_a_warc_that_is_cut_anywhere_raises_nothing_and_its_whole_pages_are_read(
    tmp_path: Path, *, gzipped: bool
) -> None:
    name = "crawl.warc.gz" if gzipped else "crawl.warc"
    answer = ("200 OK", "text/html", BODY)
    whole, end = _warc(answer, answer, gzipped=gzipped), len(_warc(answer, gzipped=gzipped))
    for cut in range(0, len(whole), 1 if gzipped else 7):
        pages = list(saved_pages(_file(tmp_path, name, whole[:cut]), MOST))
        assert pages
        assert (pages[0].content == BODY) or cut < end


@pytest.mark.parametrize("gzipped", [True, False])
def test_a_warc_without_a_page_is_refused_and_not_passed_over(tmp_path: Path, *, gzipped: bool) -> None:
    name = "crawl.warc.gz" if gzipped else "crawl.warc"
    for content in (b"", _warc(("200 OK", "image/png", b"png"), gzipped=gzipped)):
        assert _refusal(_file(tmp_path, name, content)) is Outcome.WRONG_KIND


def test_a_page_of_a_warc_that_is_not_what_was_stored_is_refused_and_the_next_is_read(tmp_path: Path) -> None:
    answer = ("200 OK", "text/html", BODY)
    content = bytearray(_warc(answer, answer, gzipped=False))
    content[content.index(b"invented")] ^= 1
    first, second = saved_pages(_file(tmp_path, "crawl.warc", bytes(content)), MOST)
    assert isinstance(first.content, PageError)
    assert first.content.reason is Outcome.UNDECODABLE
    assert second.content == BODY


def test_a_page_of_an_archive_like_ours_that_is_not_what_was_stored_is_refused(tmp_path: Path) -> None:
    damaged = pack_page(note_of(), BODY.replace(b"invented", b"inverted"))
    assert _refusal(_file(tmp_path, "page.html.zst", damaged)) is Outcome.UNDECODABLE


def test_no_page_was_saved_in_the_future(tmp_path: Path) -> None:
    future = datetime(2200, 1, 1, tzinfo=UTC)
    files = [
        _file(tmp_path, "page.html", BODY),
        _file(tmp_path, "page.html.zst", pack_page(msgspec.structs.replace(note_of(), scraped_at=future), BODY)),
        _file(tmp_path, "crawl.warc", _warc(("200 OK", "text/html", BODY), gzipped=False, crawled=future)),
    ]
    for file in files:
        os.utime(file, (future.timestamp(), future.timestamp()))
        page = _only(file)
        assert page.content == BODY
        assert page.saved_at <= datetime.now(UTC)


def test_a_file_of_a_year_that_no_date_has_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = _file(tmp_path, "page.html", BODY)
    state = list(file.stat())
    monkeypatch.setattr(Path, "stat", lambda *_, **__: os.stat_result([*state[:8], 2**40, *state[9:]]))
    assert _only(file).content == BODY


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("page.html", b"x" * (MOST + 1), Outcome.TOO_LARGE),
        ("page.html.gz", gzip.compress(b"x" * (MOST + 1)), Outcome.TOO_LARGE),
        ("page.html.zst", zstandard.compress(b"x" * (MOST + 1)), Outcome.TOO_LARGE),
        ("page.html.gz", b"no gzip", Outcome.UNDECODABLE),
        ("page.html.gz", gzip.compress(BODY)[:-20], Outcome.UNDECODABLE),
        ("page.html.zst", b"no zstd", Outcome.UNDECODABLE),
        ("page.mhtml", b"no message", Outcome.WRONG_KIND),
        ("page.mhtml", _mhtml().replace(b'"utf-8"', b'"ut\0f"'), Outcome.UNDECODABLE),
        ("crawl.warc", b"no warc", Outcome.UNDECODABLE),
        ("page.pdf", b"%PDF", Outcome.WRONG_KIND),
    ],
    ids=[
        "large",
        "large gzip",
        "large zstd",
        "no gzip",
        "cut gzip",
        "no zstd",
        "no mhtml",
        "nul",
        "no warc",
        "no page",
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_reason(
    tmp_path: Path, name: str, content: bytes, reason: Outcome
) -> None:
    assert _refusal(_file(tmp_path, name, content)) is reason


def test_a_file_that_is_gone_is_refused(tmp_path: Path) -> None:
    assert _refusal(tmp_path / "gone.html") is Outcome.UNDECODABLE


def test_a_bomb_of_gzip_is_refused_without_being_unpacked(tmp_path: Path) -> None:
    file = _file(tmp_path, "bomb.html.gz", gzip.compress(bytes(200_000_000), 1))
    tracemalloc.start()
    try:
        assert _refusal(file, 32_000_000) is Outcome.TOO_LARGE
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


def test_folders_are_searched_for_pages_and_named_files_are_taken_as_they_are(tmp_path: Path) -> None:
    wanted = [
        _file(tmp_path, "a/matches/1/map-2-stats.html.gz", b""),
        _file(tmp_path, "a/saved.html", b""),
        _file(tmp_path, "a/z/crawl.warc.gz", b""),
    ]
    for name in ("a/picture.png", "a/.hidden.html", "a/style.css"):
        _file(tmp_path, name, b"")
    named = _file(tmp_path, "b.pdf", b"")
    assert sorted(files_of_pages([tmp_path / "a", named])) == sorted([*wanted, named])
