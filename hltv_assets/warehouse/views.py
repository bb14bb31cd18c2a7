"""The views, as SQL: what is pending follows from the data, never from a flag."""

from hltv_assets.warehouse.page_tables import MAP_PAGE_TABLES, PageTables


def pending_maps_view() -> str:
    """Return the view of map pages whose rows are not there, whatever their failures, and when each is due.

    A page without a failure is due since its map is known. One that failed is due when its wait is over, or when the
    parser that could not read it has a newer version. One that is held or missing is pending, too, but due only when
    a person releases it: its `due_at` is NULL.
    """
    wanted = "\nUNION ALL\n".join(_unwritten(kind) for kind in MAP_PAGE_TABLES)
    versions = ", ".join(f"('{kind.kind}', {kind.parser_version})" for kind in MAP_PAGE_TABLES)
    return f"""
CREATE OR REPLACE VIEW pending_maps AS
WITH wanted AS ({wanted}),
parsers(page_kind, parser_version) AS (VALUES {versions}),
judged AS (
    SELECT
        wanted.*,
        failure.status,
        failure.retry_after,
        failure.parser_version < parsers.parser_version AS has_newer_parser
    FROM wanted
    JOIN parsers USING (page_kind)
    LEFT JOIN page_failures AS failure
        ON failure.page_kind = wanted.page_kind AND failure.page_id = wanted.mapstatsid
)
SELECT
    match_id,
    map_number,
    mapstatsid,
    map_slug,
    page_kind,
    coalesce(
        status IS NULL OR has_newer_parser OR (status = 'waiting' AND retry_after <= now()), false
    ) AS is_due,
    CASE
        WHEN status IS NULL OR has_newer_parser THEN known_since
        WHEN status = 'waiting' THEN retry_after
    END AS due_at
FROM judged
"""


def _unwritten(kind: PageTables) -> str:
    return f"""
    SELECT match_id, map_number, mapstatsid, map_slug, '{kind.kind}' AS page_kind, scraped_at AS known_since
    FROM maps
    WHERE mapstatsid IS NOT NULL
      AND NOT EXISTS (
          SELECT 1 FROM {kind.head.name} AS written
          WHERE written.match_id = maps.match_id AND written.map_number = maps.map_number
      )"""
