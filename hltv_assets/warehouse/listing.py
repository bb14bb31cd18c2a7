"""The results listing in the warehouse: which matches it shows, how far it was read, which of them are wanted."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec

from hltv_assets.pages.records import ListedMatch
from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.parameters import IDS, ids_parameter
from hltv_assets.warehouse.provenance import Provenance
from hltv_assets.warehouse.schema.match_tables import DISCOVERED_MATCHES
from hltv_assets.warehouse.schema.state_tables import LISTING_STATE
from hltv_assets.warehouse.upserting import put_rows


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Which matches of the listing are wanted; empty tuples and None set no bound.

    Matches that ended at `since` or later and before `until`; of an event and with a team whose name is one of these,
    whatever the case, where `*` stands for any text.
    """

    since: datetime | None = None
    until: datetime | None = None
    events: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


class ListingState(msgspec.Struct, frozen=True, kw_only=True):
    """How far the listing was read; `known` and `oldest_ended_at` are of all matches that it showed."""

    results_total: int | None = None
    gapless_below: datetime | None = None
    is_complete: bool = False
    read_at: datetime | None = None
    known: int = 0
    oldest_ended_at: datetime | None = None


def listing_state(connection: Connection, host: str) -> ListingState:
    """Return how far the listing of a site was read."""
    row = connection.execute(
        "SELECT results_total, gapless_below, is_complete, read_at FROM listing_state WHERE host = ?", [host]
    ).fetchone()
    known = connection.execute("SELECT count(*), min(ended_at) FROM discovered_matches").fetchone() or (0, None)
    total, gapless_below, is_complete, read_at = row or (None, None, False, None)
    return ListingState(
        results_total=total,
        gapless_below=gapless_below,
        is_complete=is_complete,
        read_at=read_at,
        known=known[0],
        oldest_ended_at=known[1],
    )


def put_listing_state(
    connection: Connection,
    host: str,
    *,
    results_total: int,
    gapless_below: datetime | None,
    is_complete: bool,
    read_at: datetime,
) -> None:
    """Remember how far the listing of a site was read."""
    row = {
        "host": host,
        "results_total": results_total,
        "gapless_below": gapless_below,
        "is_complete": is_complete,
        "read_at": read_at,
    }
    put_rows(connection, LISTING_STATE, [row])


def known_matches(connection: Connection, match_ids: Collection[int]) -> set[int]:
    """Return which of some matches the listing showed before."""
    rows = connection.execute(
        f"SELECT match_id FROM discovered_matches WHERE match_id IN ({IDS})", [ids_parameter(match_ids)]
    ).fetchall()
    return {row[0] for row in rows}


def put_discovered(
    connection: Connection,
    matches: Sequence[ListedMatch],
    urls: Mapping[int, str],
    *,
    provenance: Provenance,
    now: datetime,
) -> None:
    """Insert matches of a listing page, or bring them up to date; when a match was first seen stays as it was."""
    names = DISCOVERED_MATCHES.column_names()
    rows: dict[int, dict[str, object]] = {}
    for match in matches:
        values = {
            **msgspec.structs.asdict(match),
            **msgspec.structs.asdict(provenance),
            "match_url": urls[match.match_id],
            "discovered_at": now,
            "updated_at": now,
            "in_scope": True,
        }
        rows[match.match_id] = {name: values[name] for name in names}
    put_rows(connection, DISCOVERED_MATCHES, list(rows.values()), keep=["discovered_at"])


def apply_scope(connection: Connection, scope: Scope) -> None:
    """Mark which matches of the listing are wanted now."""
    conditions = ["(?::TIMESTAMPTZ IS NULL OR ended_at >= ?)", "(?::TIMESTAMPTZ IS NULL OR ended_at < ?)"]
    values: list[object] = [scope.since, scope.since, scope.until, scope.until]
    for columns, names in ((("event_name",), scope.events), (("team1_name", "team2_name"), scope.teams)):
        if names:
            conditions.append(f"({' OR '.join(rf'{one} ILIKE ? ESCAPE chr(92)' for one in columns for _ in names)})")
            values += [_pattern(name) for _ in columns for name in names]
    wanted = f"coalesce({' AND '.join(conditions)}, false)"
    connection.execute(
        f"UPDATE discovered_matches SET in_scope = {wanted} WHERE in_scope IS DISTINCT FROM {wanted}",
        [*values, *values],
    )


def _pattern(name: str) -> str:
    for special in ("\\", "%", "_"):
        name = name.replace(special, f"\\{special}")
    return name.replace("*", "%")
