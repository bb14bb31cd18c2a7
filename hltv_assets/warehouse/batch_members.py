"""What the members of a batch still need, page kind by page kind."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from hltv_assets.pages import PageKind
from hltv_assets.pages.kinds import PageGroup, PageIds, match_path
from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.schema.page_tables import ALL_PAGE_TABLES, MAP_PAGE_TABLES

NeedState = Literal["written", "due", "waiting", "held", "missing"]


class PageNeed(msgspec.Struct, frozen=True, kw_only=True):
    """What a page of a match or map still needs.

    `written`: nothing, its rows are loaded. `due`: its page, from the archive if it is there, else from the site. The
    content `unreadable_sha256` could not be parsed: such a copy counts only if it arrived after `retry_if_newer_than`.
    Of a page that is fetched again, copies that arrived until `ignore_copies_until` do not count.
    `waiting` (until `due_at`), `held` and `missing`: nothing can be done for it now.
    """

    page_kind: PageKind
    state: NeedState
    due_at: datetime | None = None
    retry_if_newer_than: datetime | None = None
    unreadable_sha256: str | None = None
    ignore_copies_until: datetime | None = None


class Member(PageIds, frozen=True, kw_only=True):
    """A match or a map in a batch."""

    match_id: int
    slug: str | None
    needs: tuple[PageNeed, ...]

    def need(self, kind: PageKind) -> PageNeed:
        """Return what its page of one kind needs."""
        return next(need for need in self.needs if need.page_kind == kind)


class PendingBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch with all its members, whatever they need."""

    batch_key: str
    members: tuple[Member, ...]


def batch_of(connection: Connection, group: PageGroup, key: str) -> PendingBatch:
    """Return a batch's members, in the order in which they are asked for, and what each still needs."""
    return _match_batch(connection, key) if group == "match" else _map_batch(connection, key)


def member_ids(connection: Connection, group: PageGroup, key: str) -> dict[int, PageIds]:
    """Return match and map number of a batch's members, by page id; maps that are not known are absent."""
    ids, join = (
        ("page_id, NULL", "") if group == "match" else ("match_id, map_number", "JOIN maps ON mapstatsid = page_id")
    )
    rows = connection.execute(
        f"SELECT page_id, {ids} FROM batch_members {join} WHERE page_group = ? AND batch_key = ?", [group, key]
    ).fetchall()
    return {row[0]: PageIds(page_id=row[0], match_id=row[1], map_number=row[2]) for row in rows}


def _map_batch(connection: Connection, key: str) -> PendingBatch:
    rows = connection.execute(
        """
        SELECT
            maps.match_id, maps.map_number, maps.mapstatsid, maps.map_slug,
            kinds.page_kind,
            pending.mapstatsid IS NOT NULL AS is_pending, coalesce(pending.is_due, false), pending.due_at,
            failure.status, failure.last_attempt_at, failure.parser_version, failure.page_sha256, refresh.asked_at
        FROM batch_members AS member
        JOIN maps ON maps.mapstatsid = member.page_id
        CROSS JOIN (SELECT unnest(?::VARCHAR[]) AS page_kind) AS kinds
        LEFT JOIN pending_maps AS pending
            ON (pending.match_id, pending.map_number, pending.page_kind)
             = (maps.match_id, maps.map_number, kinds.page_kind)
        LEFT JOIN page_failures AS failure
            ON (failure.page_kind, failure.page_id) = (kinds.page_kind, maps.mapstatsid)
        LEFT JOIN refreshes AS refresh ON refresh.match_id = maps.match_id
        WHERE member.page_group = 'map' AND member.batch_key = ?
        ORDER BY maps.match_id DESC, maps.map_number, kinds.page_kind
        """,
        [[str(tables.kind) for tables in MAP_PAGE_TABLES], key],
    ).fetchall()
    needs: dict[tuple[int, int, int, str | None], list[PageNeed]] = {}
    for match_id, map_number, mapstatsid, slug, kind, *facts in rows:
        needs.setdefault((match_id, map_number, mapstatsid, slug), []).append(_need(PageKind(kind), facts))
    members = tuple(
        Member(page_id=mapstatsid, match_id=match_id, map_number=number, slug=slug, needs=tuple(found))
        for (match_id, number, mapstatsid, slug), found in needs.items()
    )
    return PendingBatch(batch_key=key, members=members)


def _match_batch(connection: Connection, key: str) -> PendingBatch:
    rows = connection.execute(
        """
        SELECT
            member.page_id, coalesce(pending.match_url, discovered.match_url, matches.match_url),
            pending.match_id IS NOT NULL AS is_pending, coalesce(pending.is_due, false), pending.due_at,
            failure.status, failure.last_attempt_at, failure.parser_version, failure.page_sha256,
            greatest(matches.scraped_at, refresh.asked_at)
        FROM batch_members AS member
        LEFT JOIN pending_matches AS pending ON pending.match_id = member.page_id
        LEFT JOIN discovered_matches AS discovered ON discovered.match_id = member.page_id
        LEFT JOIN matches ON matches.match_id = member.page_id
        LEFT JOIN refreshes AS refresh ON refresh.match_id = member.page_id
        LEFT JOIN page_failures AS failure
            ON (failure.page_kind, failure.page_id) = ('match', member.page_id)
        WHERE member.page_group = 'match' AND member.batch_key = ?
        ORDER BY coalesce(discovered.ended_at, matches.started_at) DESC NULLS LAST, member.page_id DESC
        """,
        [key],
    ).fetchall()
    members = []
    for match_id, url, *facts in rows:
        found = match_path(url or "", PageKind.MATCH)
        need = _need(PageKind.MATCH, facts)
        slug = found[1] if found else None
        members.append(Member(page_id=match_id, match_id=match_id, map_number=None, slug=slug, needs=(need,)))
    return PendingBatch(batch_key=key, members=tuple(members))


def _need(kind: PageKind, facts: Sequence[object]) -> PageNeed:
    """What a page needs, of the columns from `is_pending` on."""
    facts_of_page = msgspec.convert(facts, _Facts)
    if not facts_of_page.is_pending:
        return PageNeed(page_kind=kind, state="written")
    due_at, status = facts_of_page.due_at, facts_of_page.status
    if not facts_of_page.is_due:
        # Without a failure of its own it waits for the page whose rows it needs.
        return PageNeed(page_kind=kind, state=status or "waiting", due_at=due_at)
    current = next(tables.parser_version for tables in ALL_PAGE_TABLES if tables.kind == kind)
    ignore_copies_until = facts_of_page.ignore_copies_until
    if facts_of_page.failed_version != current:
        return PageNeed(page_kind=kind, state="due", due_at=due_at, ignore_copies_until=ignore_copies_until)
    return PageNeed(
        page_kind=kind,
        state="due",
        due_at=due_at,
        ignore_copies_until=ignore_copies_until,
        retry_if_newer_than=facts_of_page.failed_at,
        unreadable_sha256=facts_of_page.failed_sha256,
    )


class _Facts(msgspec.Struct, frozen=True, array_like=True):
    """What the queries above tell of a page."""

    is_pending: bool
    is_due: bool
    due_at: datetime | None
    status: NeedState | None
    failed_at: datetime | None
    failed_version: int | None
    failed_sha256: str | None
    ignore_copies_until: datetime | None
