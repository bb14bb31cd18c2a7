"""Pages that others saved: by a browser, by another tool, by a crawler. From their files to the pages' bytes.

One page is in memory at a time, whatever a file holds, and none beyond a limit of its unpacked size.
"""

import email
import email.policy
import gzip
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

import msgspec
import zstandard
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord

from hltv_assets.archive.dictionaries import Dictionaries
from hltv_assets.archive.errors import CorruptPageError, DictionaryError
from hltv_assets.archive.page_file import LARGEST_WINDOW, read_note, sha256_of
from hltv_assets.archive.storage import place_of
from hltv_assets.pages import Outcome, PageError

_LARGEST_NOTE = 100_000
_WRAPPING = 4  # an MHTML file holds pictures and styles, too, and packs its parts in text


class Readable(Protocol):
    """What bytes can be read from, piece by piece."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""


class SavedPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page out of a file, or what is wrong with it; `origin` is the file, and the address within one of many."""

    origin: str
    content: bytes | PageError
    saved_at: datetime
    url: str | None = None


def files_of_pages(paths: Iterable[Path]) -> Iterator[Path]:
    """Return the files at these paths: each that is named, and in folders each whose ending tells of pages."""
    for path in paths:
        if path.is_dir():
            for folder, folders, names in os.walk(path):
                folders.sort()
                yield from (Path(folder) / name for name in sorted(names) if _reader(name) and name[0] != ".")
        else:
            yield path


def saved_pages(file: Path, max_bytes: int) -> Iterator[SavedPage]:
    """Return the pages that a file holds, one after the other, none larger than `max_bytes`.

    What is wrong with the file, or with one page of it, is a page whose content is a `PageError`. None was saved in the
    future: it would count as the newest copy of its page until then.
    """
    reader = _reader(file.name)
    if reader is None:
        message = f"unsupported file type; supported are: {', '.join(_READERS)}"
        yield SavedPage(origin=str(file), content=PageError(Outcome.WRONG_KIND, message), saved_at=datetime.now(UTC))
        return
    now = datetime.now(UTC)
    try:
        for page in reader(file, _written_at(file, now), max_bytes):
            yield msgspec.structs.replace(page, saved_at=min(page.saved_at, now))
    except PageError as error:
        yield SavedPage(origin=str(file), content=error, saved_at=now)
    except Exception as error:  # noqa: BLE001 - libraries raise anything on damaged files, and others come after this one
        reason = (isinstance(error, OSError) and error.strerror) or f"{error} ({type(error).__name__})"
        refusal = PageError(Outcome.UNDECODABLE, f"cannot be read: {reason}")
        yield SavedPage(origin=str(file), content=refusal, saved_at=now)


def _written_at(file: Path, now: datetime) -> datetime:
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except (ValueError, OverflowError):  # a year that no date has
        return now


def _plain(file: Path, saved_at: datetime, max_bytes: int) -> Iterator[SavedPage]:
    with file.open("rb") as stream:
        yield SavedPage(origin=str(file), content=_read(stream, max_bytes), saved_at=saved_at)


def _gzipped(file: Path, saved_at: datetime, max_bytes: int) -> Iterator[SavedPage]:
    try:
        with gzip.open(file) as stream:
            content = _read(stream, max_bytes)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise PageError(Outcome.UNDECODABLE, f"cannot be unpacked ({error})") from None
    yield SavedPage(origin=str(file), content=content, saved_at=saved_at)


def _zstandard(file: Path, saved_at: datetime, max_bytes: int) -> Iterator[SavedPage]:
    """A file of another archive like ours says itself when its page arrived, from where, and how it is packed."""
    url, dictionary, sha256 = None, None, None
    with file.open("rb") as stream:
        try:
            note = read_note(stream.read(_LARGEST_NOTE), str(file))
            saved_at, url, sha256 = note.scraped_at, note.url, note.sha256
            dictionary = _dictionary_beside(file, note.dictionary) if note.dictionary else None
        except CorruptPageError:
            pass  # it is a plain packed page
        except DictionaryError as error:
            raise PageError(Outcome.UNDECODABLE, str(error)) from None
        stream.seek(0)
        unpacker = zstandard.ZstdDecompressor(dict_data=dictionary, max_window_size=LARGEST_WINDOW)
        try:
            content = _read(unpacker.stream_reader(stream, read_across_frames=True), max_bytes)
        except zstandard.ZstdError as error:
            raise PageError(Outcome.UNDECODABLE, f"cannot be unpacked ({error})") from None
    if sha256 and sha256_of(content) != sha256:
        raise PageError(Outcome.UNDECODABLE, "its SHA-256 is not the one it was stored with")
    yield SavedPage(origin=str(file), content=content, saved_at=saved_at, url=url)


def _dictionary_beside(file: Path, place: str) -> zstandard.ZstdCompressionDict:
    """The dictionary of the archive that a file lies in, wherever that archive was copied to."""
    folders = file.absolute().parents
    root = next((folder for folder in folders if (folder / place).is_file()), folders[0])
    return Dictionaries(place_of(str(root))).for_unpacking(place)


def _mhtml(file: Path, saved_at: datetime, max_bytes: int) -> Iterator[SavedPage]:
    """The first HTML part is the page, what follows belongs to it."""
    with file.open("rb") as stream:
        message = email.message_from_bytes(_read(stream, max_bytes * _WRAPPING), policy=email.policy.default)
    page = next((part for part in message.walk() if part.get_content_type() == "text/html"), None)
    content = page.get_payload(decode=True) if isinstance(page, EmailMessage) else None
    if page is None or not isinstance(content, bytes):
        raise PageError(Outcome.WRONG_KIND, "it contains no HTML")
    if len(content) > max_bytes:
        raise _too_large(max_bytes)
    charset = page.get_content_charset("utf-8")
    try:
        text = content if charset == "utf-8" else content.decode(charset).encode()
    except (LookupError, ValueError) as error:
        raise PageError(Outcome.UNDECODABLE, f"its HTML is not {charset!r} ({error})") from None
    yield SavedPage(origin=str(file), content=text, saved_at=saved_at, url=page.get("content-location"))


def _warc(file: Path, saved_at: datetime, max_bytes: int) -> Iterator[SavedPage]:
    """Each answer of status 200 that is HTML; its own date counts more than the file's."""
    found = 0
    with file.open("rb") as stream:
        records = ArchiveIterator(stream, check_digests=True)
        try:
            for record in filter(_is_page, records):
                found += 1
                url = record.rec_headers.get_header("WARC-Target-URI")
                try:
                    content: bytes | PageError = _read(record.content_stream(), max_bytes)
                    records.read_to_end()  # what is behind the page counts for the digest, too
                except PageError as error:
                    content = error
                except (zlib.error, EOFError, OSError) as error:
                    content = PageError(Outcome.UNDECODABLE, f"cannot be unpacked ({error})")
                if record.digest_checker.passed is False:
                    problems = ", ".join(record.digest_checker.problems)
                    content = PageError(Outcome.UNDECODABLE, f"it is not what was stored there ({problems})")
                date = _warc_date(record.rec_headers.get_header("WARC-Date")) or saved_at
                yield SavedPage(origin=f"{file} {url}", content=content, saved_at=date, url=url)
        except ArchiveLoadFailed as error:
            raise PageError(Outcome.UNDECODABLE, f"not a complete WARC file ({error})") from None
    if not found:
        raise PageError(Outcome.WRONG_KIND, "it contains no page")


def _is_page(record: ArcWarcRecord) -> bool:
    # An answer of DNS, say, has no headers of HTTP.
    headers = record.http_headers if record.rec_type == "response" else None
    if not headers or headers.get_statuscode() != "200":
        return False
    return "html" in headers.get_header("content-type", "").lower()


def _warc_date(value: str | None) -> datetime | None:
    try:
        date = datetime.fromisoformat(value or "")
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _read(stream: Readable, max_bytes: int) -> bytes:
    pieces: list[bytes] = []
    left = max_bytes + 1
    while left > 0 and (piece := stream.read(min(left, 2**20))):
        pieces.append(piece)
        left -= len(piece)
    if left <= 0:
        raise _too_large(max_bytes)
    return b"".join(pieces)


def _too_large(max_bytes: int) -> PageError:
    return PageError(Outcome.TOO_LARGE, f"larger than {max_bytes:,} bytes")


_READERS: dict[str, Callable[[Path, datetime, int], Iterator[SavedPage]]] = {
    ".html": _plain,
    ".htm": _plain,
    ".html.gz": _gzipped,
    ".htm.gz": _gzipped,
    ".html.zst": _zstandard,
    ".mhtml": _mhtml,
    ".mht": _mhtml,
    ".warc": _warc,
    ".warc.gz": _warc,
}


def _reader(name: str) -> Callable[[Path, datetime, int], Iterator[SavedPage]] | None:
    return next((reader for ending, reader in _READERS.items() if name.lower().endswith(ending)), None)
