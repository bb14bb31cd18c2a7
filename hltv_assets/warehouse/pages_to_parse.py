"""Which archived pages to parse: those whose rows are not from this very content and the current parser version.

It is apart from the writing of pages, because processes that only parse need no Arrow, which takes 0.2 s to load.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

import msgspec

from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.parameters import IDS, ids_parameter
from hltv_assets.warehouse.schema.page_tables import ALL_PAGE_TABLES, PageTables, stale_pages, written_pages


class PageVersion(msgspec.Struct, frozen=True):
    """Which content of a page is meant, and when that arrived."""

    sha256: str
    scraped_at: datetime


def pages_to_parse(connection: Connection, tables: PageTables, pages: Mapping[int, PageVersion]) -> set[int]:
    """Return the ids of the archived pages to parse and load.

    These are pages without rows, and pages whose rows come from other content, an earlier copy or another parser
    version. Pages that this parser version could not parse, or the tables refused, are left out unless they arrived
    again since.
    """
    ids = ids_parameter(pages)
    written = connection.execute(
        f"SELECT page_id, page_sha256, scraped_at FROM ({written_pages(tables)})"
        f" WHERE parser_version = ? AND page_id IN ({IDS})",
        [tables.parser_version, ids],
    ).fetchall()
    failed = connection.execute(
        "SELECT page_id, page_sha256, last_attempt_at FROM page_failures"
        " WHERE page_kind = ? AND parser_version = ?"
        f" AND page_id IN ({IDS})",
        [tables.kind, tables.parser_version, ids],
    ).fetchall()
    done = {
        page_id
        for page_id, sha256, scraped_at in written
        if pages[page_id].sha256 == sha256 and pages[page_id].scraped_at <= scraped_at
    }
    hopeless = {
        page_id
        for page_id, sha256, failed_at in failed
        if pages[page_id].sha256 == sha256 and pages[page_id].scraped_at <= failed_at
    }
    return pages.keys() - done - hopeless


def stale_among(connection: Connection, tables: PageTables, page_ids: Collection[int]) -> dict[int, str]:
    """Return those of some pages that are stale, by page id, with the SHA-256 of the page that was parsed."""
    if not page_ids:
        return {}
    rows = connection.execute(
        f"SELECT page_id, page_sha256 FROM ({stale_pages(tables)}) WHERE page_id IN ({IDS})", [ids_parameter(page_ids)]
    ).fetchall()
    return dict(rows)


def count_stale(connection: Connection) -> int:
    """Return how many pages have rows of an older parser version, and can be parsed again."""
    stale = " UNION ALL ".join(f"SELECT page_id FROM ({stale_pages(tables)})" for tables in ALL_PAGE_TABLES)
    row = connection.execute(f"SELECT count(*) FROM ({stale})").fetchone()
    return int(row[0]) if row else 0
