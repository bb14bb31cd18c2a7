"""What the members of a batch still need, page kind by page kind."""

from datetime import datetime
from typing import Literal

import msgspec

from hltv_assets.pages import PageKind
from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.page_tables import MAP_PAGE_TABLES

NeedState = Literal["written", "due", "waiting", "held", "missing"]


class PageNeed(msgspec.Struct, frozen=True, kw_only=True):
    """What a page of a map still needs.

    `written`: nothing, its rows are there. `due`: its page, out of the archive if it is there, else from the site; but
    the content `unreadable_sha256` could not be read, so it counts only if it arrived after `newer_than`. `waiting`
    (until `due_at`), `held` and `missing`: nothing can be done for it now.
    """

    page_kind: PageKind
    state: NeedState
    due_at: datetime | None = None
    newer_than: datetime | None = None
    unreadable_sha256: str | None = None


class PendingMap(msgspec.Struct, frozen=True, kw_only=True):
    """A member of a map batch."""

    match_id: int
    map_number: int
    mapstatsid: int
    map_slug: str | None
    needs: tuple[PageNeed, ...]

    def need(self, kind: PageKind) -> PageNeed:
        """Return what its page of one kind needs."""
        return next(need for need in self.needs if need.page_kind == kind)


class PendingBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A map batch with all its members, whatever they need."""

    batch_key: str
    maps: tuple[PendingMap, ...]


def map_batch(connection: Connection, key: str) -> PendingBatch:
    """Return a batch's members, in the order in which they are asked for, and what each still needs."""
    rows = connection.execute(
        """
        SELECT
            maps.match_id, maps.map_number, maps.mapstatsid, maps.map_slug,
            kinds.page_kind,
            pending.mapstatsid IS NOT NULL AS is_pending, coalesce(pending.is_due, false), pending.due_at,
            failure.status, failure.last_attempt_at, failure.parser_version, failure.page_sha256
        FROM batch_members AS member
        JOIN maps ON maps.mapstatsid = member.page_id
        CROSS JOIN (SELECT unnest(?::VARCHAR[]) AS page_kind) AS kinds
        LEFT JOIN pending_maps AS pending
            ON (pending.match_id, pending.map_number, pending.page_kind)
             = (maps.match_id, maps.map_number, kinds.page_kind)
        LEFT JOIN page_failures AS failure
            ON (failure.page_kind, failure.page_id) = (kinds.page_kind, maps.mapstatsid)
        WHERE member.page_group = 'map' AND member.batch_key = ?
        ORDER BY maps.match_id DESC, maps.map_number, kinds.page_kind
        """,
        [[str(tables.kind) for tables in MAP_PAGE_TABLES], key],
    ).fetchall()
    needs: dict[tuple[int, int, int, str | None], list[PageNeed]] = {}
    for match_id, map_number, mapstatsid, map_slug, kind, *facts in rows:
        needs.setdefault((match_id, map_number, mapstatsid, map_slug), []).append(_need(PageKind(kind), *facts))
    maps = tuple(
        PendingMap(match_id=match_id, map_number=number, mapstatsid=mapstatsid, map_slug=slug, needs=tuple(found))
        for (match_id, number, mapstatsid, slug), found in needs.items()
    )
    return PendingBatch(batch_key=key, maps=maps)


def _need(
    kind: PageKind,
    is_pending: bool,  # noqa: FBT001 - a column
    is_due: bool,  # noqa: FBT001 - a column
    due_at: datetime | None,
    status: NeedState | None,
    failed_at: datetime | None,
    failed_version: int | None,
    failed_sha256: str | None,
) -> PageNeed:
    if not is_pending:
        return PageNeed(page_kind=kind, state="written")
    if not is_due and status:
        return PageNeed(page_kind=kind, state=status, due_at=due_at)
    current = next(tables.parser_version for tables in MAP_PAGE_TABLES if tables.kind == kind)
    if failed_version != current:
        return PageNeed(page_kind=kind, state="due", due_at=due_at)
    return PageNeed(page_kind=kind, state="due", due_at=due_at, newer_than=failed_at, unreadable_sha256=failed_sha256)
