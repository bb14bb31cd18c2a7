"""Imported pages: which there are, and which of them wait for their match to become known."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from hltv_assets.pages import PageKind
from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.failures import make_readable


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
    for page in pages:
        connection.execute(
            "INSERT INTO imported_pages (page_kind, page_id, match_id, scraped_at, page_sha256, imported_at)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (page_kind, page_id) DO UPDATE SET"
            " match_id = excluded.match_id, scraped_at = excluded.scraped_at, page_sha256 = excluded.page_sha256,"
            " imported_at = excluded.imported_at WHERE excluded.scraped_at > imported_pages.scraped_at",
            [page.page_kind, page.page_id, page.match_id, page.scraped_at, page.page_sha256, now],
        )
    for kind in {page.page_kind for page in pages}:
        make_readable(connection, kind, {page.page_id: page.page_sha256 for page in pages if page.page_kind == kind})


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
