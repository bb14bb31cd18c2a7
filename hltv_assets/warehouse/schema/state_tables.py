"""The tables that the project keeps for itself: batches, failures, imports, and what it knows of the sites."""

from hltv_assets.warehouse.schema.columns import (
    Column,
    Table,
    a_choice,
    a_count,
    a_text,
    a_time,
    a_whole_number,
    an_id,
)

PAGE_KIND = a_choice(
    "page_kind", ("results", "match", "map_stats", "map_performance", "map_economy"), "Kind of the page"
)

BATCH_MEMBERS = Table(
    "batch_members",
    "Which batch a match or map belongs to, for good",
    ("page_group", "page_id"),
    (
        a_choice("page_group", ("match", "map"), "Whether page_id counts matches or maps"),
        an_id("page_id", "match_id or mapstatsid"),
        a_text("batch_key", "Partition key of the batch"),
        a_time("added_at", "When it was put into the batch"),
    ),
)

PAGE_FAILURES = Table(
    "page_failures",
    "Pages that failed to arrive, to be read or to be written, until they succeed",
    ("page_kind", "page_id"),
    (
        PAGE_KIND,
        an_id("page_id", "match_id or mapstatsid"),
        an_id("match_id", "Match that the page belongs to"),
        a_whole_number("map_number", "Number of the map in the match; NULL: the page is of the whole match"),
        a_choice("stage", ("fetch", "parse", "write"), "What failed"),
        a_text("reason", "Name of the outcome, e.g. truncated"),
        a_text("message", "What was wrong, and where"),
        a_count("attempts", "How often the page failed in a row"),
        a_time("last_attempt_at", "When it last failed"),
        a_time("retry_after", "When it is due again; NULL: when a person releases it"),
        a_choice("status", ("waiting", "held", "missing"), "What becomes of it"),
        a_text("page_sha256", "SHA-256 of the page that failed to be read or written; NULL: none arrived"),
        a_whole_number(
            "parser_version", "Version of the parser that failed, a newer one tries again; NULL: none read it"
        ),
    ),
)

REJECTED_ROWS = Table(
    "rejected_rows",
    "Rows that were read and then refused, because they contradict the page or the table",
    ("rejected_id",),
    (
        a_text("rejected_id", "Id of this refusal"),
        PAGE_KIND,
        an_id("page_id", "match_id or mapstatsid"),
        an_id("match_id", "Match that the page belongs to"),
        a_whole_number("map_number", "Number of the map in the match; NULL: the page is of the whole match"),
        a_text("table_name", "Table that the rows were meant for"),
        a_text("reason", "inconsistent or write_error"),
        a_text("message", "What was wrong"),
        Column("raw", "JSON", "The rows as they were read"),
        a_whole_number("parser_version", "Version of the parser that read them"),
        a_time("rejected_at", "When they were refused"),
        a_time("resolved_at", "When the page was written after all; NULL: not yet"),
    ),
)

IMPORTED_PAGES = Table(
    "imported_pages",
    "Pages that were brought, not fetched: they lie in the archive, whether their match is known yet or not",
    ("page_kind", "page_id"),
    (
        PAGE_KIND,
        an_id("page_id", "match_id or mapstatsid"),
        an_id("match_id", "Match that the page belongs to"),
        a_time("scraped_at", "When the page was saved"),
        a_text("page_sha256", "SHA-256 of the page"),
        a_time("imported_at", "When it was imported"),
    ),
)

FETCH_RUNS = Table(
    "fetch_runs",
    "What each run fetched for a batch, one row a page kind; runs that had nothing to ask for are absent",
    ("run_id", "page_kind"),
    (
        a_text("run_id", "Dagster's id of the run"),
        PAGE_KIND,
        a_text("batch_key", "Partition key of the batch"),
        a_time("finished_at", "When the last page had arrived or failed"),
        a_count("batch_size", "Matches or maps in the batch"),
        Column("outcomes", "JSON", "How many pages had which outcome, by its name; those that arrived are ok"),
        Column("bytes", "BIGINT", "Bytes of the pages that arrived, unpacked", "bytes >= 0"),
        Column("seconds", "DOUBLE", "Seconds that the fetching took", "seconds >= 0"),
    ),
)

REFRESHES = Table(
    "refreshes",
    "Matches whose pages a person wants in newer copies, since HLTV corrected them",
    ("match_id",),
    (
        an_id("match_id", "Match on HLTV"),
        a_time("asked_at", "Rows that were read from copies of this time or older are owed newer ones"),
    ),
)

SITE_STATE = Table(
    "site_state",
    "The sites that this warehouse knows; one of them is its source",
    ("host",),
    (
        a_text("host", "Host of the site, without port"),
        a_time("cool_down_until", "Until when the site is, or was, left alone; NULL: no block since a page arrived"),
        a_count("blocks_in_a_row", "How often it blocked since it last answered"),
        a_text("last_block_reason", "What it said when it last blocked; NULL: it never did"),
        Column("is_source", "BOOLEAN", "Whether this warehouse is filled from this site"),
    ),
)

LISTING_STATE = Table(
    "listing_state",
    "How far the results listing has been read",
    ("host",),
    (
        a_text("host", "Host of the site, without port"),
        a_count("results_total", "Results that the listing has, as it last said"),
        a_time("gapless_below", "End of a match: from it back to the oldest known one, no result is missing"),
        Column("is_complete", "BOOLEAN", "Whether it has been read to its end"),
        a_time("read_at", "When the listing was last read"),
    ),
)
