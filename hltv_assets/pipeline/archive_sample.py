"""Is the archive what the tables were read from: a sample of written pages is opened and compared by SHA-256."""

from collections.abc import Iterable, Iterator

import msgspec

from hltv_assets.archive.errors import CorruptPageError, DictionaryError, MissingPageError
from hltv_assets.archive.store import PageStore
from hltv_assets.pages import PageKind
from hltv_assets.pages.kinds import label_of
from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.schema.page_tables import PageTables, written_pages

PAGES_A_SAMPLE = 50


class WrittenPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page whose rows are in the tables, and the SHA-256 of what they were read from."""

    page_id: int
    match_id: int
    map_number: int | None
    sha256: str

    @property
    def label(self) -> str:
        """The match or map in words."""
        return label_of(self.match_id, self.map_number)


class BrokenPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page that the archive does not have as its rows were read from it."""

    page: WrittenPage
    problem: str


def sample_of_written(connection: Connection, tables: PageTables, batch_key: str | None) -> list[WrittenPage]:
    """Return pages of a kind that are written, by chance; of a batch, or of all if there is no key."""
    whose = "page_id, NULL" if tables.group == "match" else "maps.match_id, maps.map_number"
    join = "" if tables.group == "match" else "JOIN maps ON maps.mapstatsid = page_id"
    members = "SELECT page_id FROM batch_members WHERE page_group = ? AND batch_key = ?"
    in_batch, values = ("", []) if batch_key is None else (f"WHERE page_id IN ({members})", [tables.group, batch_key])
    pages = f"SELECT page_id, {whose}, written.page_sha256 FROM ({written_pages(tables)}) AS written {join} {in_batch}"
    rows = connection.execute(f"FROM ({pages}) USING SAMPLE {PAGES_A_SAMPLE} ROWS", values).fetchall()
    return [WrittenPage(page_id=row[0], match_id=row[1], map_number=row[2], sha256=row[3]) for row in rows]


def find_broken(archive: PageStore, kind: PageKind, pages: Iterable[WrittenPage]) -> Iterator[BrokenPage]:
    """Yield those pages whose archived copy is gone or damaged."""
    for page in pages:
        place = archive.copy_of(kind, page.page_id, page.match_id, page.sha256)
        if place is None:
            yield BrokenPage(page=page, problem="the page that the rows were read from is not in the archive")
            continue
        try:
            archive.load(place)
        except (CorruptPageError, DictionaryError, MissingPageError) as error:
            yield BrokenPage(page=page, problem=str(error))
