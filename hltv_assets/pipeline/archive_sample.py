"""Does the archive contain what the rows were parsed from: a sample of pages is opened and compared by SHA-256."""

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from hltv_assets.archive.errors import CorruptPageError, DictionaryError, MissingPageError
from hltv_assets.archive.store import PageStore
from hltv_assets.pages import PageKind
from hltv_assets.pages.kinds import PageIds
from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.schema.page_tables import PageTables, written_pages

MAX_SAMPLE = 50


class WrittenPage(PageIds, frozen=True, kw_only=True):
    """A page that is loaded, and the SHA-256 of what its rows were parsed from."""

    sha256: str


class BrokenPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page whose archived copy is missing or damaged."""

    page: WrittenPage
    problem: str


def sample_of_written(
    connection: Connection, tables: PageTables, batch_key: str | None, *, loaded_before: datetime
) -> list[WrittenPage]:
    """Return random pages of a kind that were loaded before a time; of a batch, or of all if there is no key."""
    ids = "page_id, NULL" if tables.group == "match" else "maps.match_id, maps.map_number"
    join = "" if tables.group == "match" else "JOIN maps ON maps.mapstatsid = page_id"
    members = "SELECT page_id FROM batch_members WHERE page_group = ? AND batch_key = ?"
    in_batch, values = ("", []) if batch_key is None else (f"AND page_id IN ({members})", [tables.group, batch_key])
    pages = (
        f"SELECT page_id, {ids}, loaded.page_sha256 FROM ({written_pages(tables)}) AS loaded {join}"
        f" WHERE loaded.updated_at < ? {in_batch}"
    )
    rows = connection.execute(f"FROM ({pages}) USING SAMPLE {MAX_SAMPLE} ROWS", [loaded_before, *values]).fetchall()
    return [WrittenPage(page_id=row[0], match_id=row[1], map_number=row[2], sha256=row[3]) for row in rows]


def find_broken(archive: PageStore, kind: PageKind, pages: Iterable[WrittenPage]) -> Iterator[BrokenPage]:
    """Yield the pages whose archived copy is missing or damaged."""
    for page in pages:
        place = archive.copy_of(kind, page.page_id, page.match_id, page.sha256)
        if place is None:
            yield BrokenPage(page=page, problem="the page that its rows were parsed from is not in the archive")
            continue
        try:
            archive.load(place)
        except (CorruptPageError, DictionaryError, MissingPageError) as error:
            yield BrokenPage(page=page, problem=str(error))
