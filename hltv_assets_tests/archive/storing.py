"""Pages and places for the tests of this room, and a store that counts what is read."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import zstandard

from hltv_assets.archive.errors import DictionaryError
from hltv_assets.archive.manifest import Manifest, ManifestEntry
from hltv_assets.archive.page_file import PageNote, sha256_of
from hltv_assets.archive.store import PageStore
from hltv_assets.pages import PageKind

KIND = PageKind.MAP_STATS
MAP = 300_001
MATCH = 9_500_001
BATCH = "maps-000001"
URL = f"https://sample.invalid/stats/matches/mapstatsid/{MAP}/ünï-vs-x"
ARRIVED = datetime(2026, 11, 23, 22, 36, 55, 123_456, tzinfo=UTC)
_FRAME = f"<html>{random.Random(0).randbytes(20_000).hex()}"[:40_000].encode()
BODY = "<!DOCTYPE html><html><body>An invented page: Ünïcode, 雪, 🐌</body></html>\n".encode() * 20

on_both_kinds_of_place = pytest.mark.parametrize(
    "location", ["a folder", pytest.param("a bucket", marks=pytest.mark.s3)], indirect=True
)


def memory_location() -> str:
    """A place of its own in fsspec's memory: an object store on this machine."""
    return f"memory://{uuid4().hex}/archive"


def put(store: PageStore, *, body: bytes = BODY, map_id: int = MAP, kind: PageKind = KIND, later: float = 0.0) -> str:
    """Store a page that arrived some seconds later than the first, and return its place."""
    return store.put(kind, map_id, MATCH, url=URL, body=body, scraped_at=ARRIVED + timedelta(seconds=later)).place


def note_of(body: bytes = BODY, page_id: int = MAP) -> PageNote:
    """What the archive must know of a page that `put` stored."""
    return PageNote(
        page_kind=KIND,
        page_id=page_id,
        match_id=MATCH,
        url=URL,
        scraped_at=ARRIVED,
        sha256=sha256_of(body),
        size=len(body),
    )


def no_dictionary(place: str) -> zstandard.ZstdCompressionDict:
    """Stand for an archive without dictionaries."""
    raise DictionaryError(place, "it is missing from the archive")


def files_below(folder: Path) -> list[Path]:
    """All files below a folder, hidden ones, too."""
    return sorted(path for path in folder.rglob("*") if not path.is_dir())


class CountingStore(PageStore):
    """A store that remembers which places were read."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.read: list[str] = []

    def load(self, place: str) -> tuple[PageNote, bytes]:
        """Read a page, and remember it."""
        self.read.append(place)
        return super().load(place)


def alike(number: int, *, size: int = 40_000) -> bytes:
    """Return an invented page that has all but its number in common with others."""
    return _FRAME[:size] + f" page {number}</html>".encode()


def put_batch(store: PageStore, bodies: Sequence[bytes]) -> Manifest:
    """Store pages of maps that follow each other, and return the manifest that names them."""
    entries = []
    for number, body in enumerate(bodies):
        place = put(store, body=body, map_id=MAP + number)
        note = store.note(place)
        entries.append(
            ManifestEntry(
                page_id=note.page_id,
                match_id=MATCH,
                sha256=note.sha256,
                scraped_at=note.scraped_at,
                place=place,
            )
        )
    return Manifest(
        batch_key=BATCH, page_kind=KIND, pages=tuple(entries), run_id="a-run", fetched=len(entries), bytes_fetched=0
    )
