"""Imported pages: which there are, and which of them wait for their match to become known."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from hltv_assets.pages import PageKind
from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.failures import make_readable
from hltv_assets.warehouse.parameters import IDS, ids_parameter
from hltv_assets.warehouse.schema.state_tables import IMPORTED_PAGES
from hltv_assets.warehouse.upserting import put_rows


class ImportedPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page that was put into the archive by an import."""

    page_kind: PageKind
    page_id: int
    match_id: int
    scraped_at: datetime
    page_sha256: str


class ImportsWaiting(msgspec.Struct, frozen=True):
    """Imported pages of maps that cannot be read yet, since their match page is not known."""

    pages: int
    matches: int


def record_imports(connection: Connection, pages: Sequence[ImportedPage], now: datetime) -> None:
    """Remember imported pages, and let those whose maps are known be read at once."""
    put_rows(connection, IMPORTED_PAGES, [_row(page, now) for page in _newest(connection, pages)])
    for kind in {page.page_kind for page in pages}:
        make_readable(connection, kind, {page.page_id: page.page_sha256 for page in pages if page.page_kind == kind})


def _newest(connection: Connection, pages: Sequence[ImportedPage]) -> list[ImportedPage]:
    """The newest copy of each page, where it is newer than the one that is remembered."""
    newest: dict[tuple[PageKind, int], ImportedPage] = {}
    for page in sorted(pages, key=lambda page: page.scraped_at, reverse=True):
        newest.setdefault((page.page_kind, page.page_id), page)
    rows = connection.execute(
        f"SELECT page_kind, page_id, scraped_at FROM imported_pages WHERE page_id IN ({IDS})",
        [ids_parameter(page_id for _, page_id in newest)],
    ).fetchall()
    known = {(PageKind(kind), page_id): scraped_at for kind, page_id, scraped_at in rows}
    return [page for key, page in newest.items() if key not in known or page.scraped_at > known[key]]


def _row(page: ImportedPage, now: datetime) -> dict[str, object]:
    return {**msgspec.structs.asdict(page), "imported_at": now}


def imports_waiting(connection: Connection) -> ImportsWaiting:
    """Return how many imported pages wait, and of how many matches."""
    row = connection.execute(
        """
        SELECT count(*), count(DISTINCT match_id) FROM imported_pages AS imported
        WHERE page_kind <> 'match' AND NOT EXISTS (
            SELECT 1 FROM maps
            WHERE maps.match_id = imported.match_id AND maps.mapstatsid = imported.page_id
        )
        """
    ).fetchone()
    return ImportsWaiting(*(row or (0, 0)))


def match_of_map(connection: Connection, mapstatsid: int) -> int | None:
    """Return the match that a map belongs to, where it is known from a match page or from an imported page."""
    row = connection.execute(
        "SELECT match_id FROM maps WHERE mapstatsid = $id UNION ALL"
        " SELECT match_id FROM imported_pages WHERE page_kind <> 'match' AND page_id = $id LIMIT 1",
        {"id": mapstatsid},
    ).fetchone()
    return int(row[0]) if row else None
