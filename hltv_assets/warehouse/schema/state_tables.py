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
    "Pages that could not be fetched, parsed or loaded, until they succeed",
    ("page_kind", "page_id"),
    (
        PAGE_KIND,
        an_id("page_id", "match_id or mapstatsid"),
        an_id("match_id", "Match that the page belongs to"),
        a_whole_number("map_number", "Number of the map in the match; NULL: the page is of the whole match"),
        a_choice("stage", ("fetch", "parse", "write"), "Step that failed"),
        a_text("reason", "Name of the outcome, e.g. truncated"),
        a_text("message", "What was wrong, and where"),
        a_count("attempts", "How often the page failed in a row"),
        a_time("last_attempt_at", "When it last failed"),
        a_time("retry_after", "When it is due again; NULL: when it is released"),
        a_choice("status", ("waiting", "held", "missing"), "Status of the page"),
        a_text("page_sha256", "SHA-256 of the page that could not be parsed or loaded; NULL: none arrived"),
        a_whole_number(
            "parser_version", "Version of the parser that failed, a newer one tries again; NULL: not parsed"
        ),
    ),
)

REJECTED_ROWS = Table(
    "rejected_rows",
    "Rows that were parsed and then refused because they contradict the page or the table",
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
        Column("raw", "JSON", "The rows as they were parsed"),
        a_whole_number("parser_version", "Version of the parser that parsed them"),
        a_time("rejected_at", "When they were refused"),
        a_time("resolved_at", "When the page was loaded after all; NULL: not yet"),
    ),
)

IMPORTED_PAGES = Table(
    "imported_pages",
    "Pages that were imported, not fetched; they are in the archive even if their match is not known yet",
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
    "What each run fetched for a batch, one row per page kind; runs that had nothing to fetch are absent",
    ("run_id", "page_kind"),
    (
        a_text("run_id", "Dagster's id of the run"),
        PAGE_KIND,
        a_text("batch_key", "Partition key of the batch"),
        a_time("finished_at", "When the last page had arrived or failed"),
        a_count("batch_size", "Matches or maps in the batch"),
        Column("outcomes", "JSON", "Number of pages by outcome; those that arrived are ok"),
        Column("bytes", "BIGINT", "Bytes of the pages that arrived, unpacked", "bytes >= 0"),
        Column("seconds", "DOUBLE", "Seconds that the fetching took", "seconds >= 0"),
    ),
)

REFRESHES = Table(
    "refreshes",
    "Matches whose pages are to be fetched again because HLTV corrected them",
    ("match_id",),
    (
        an_id("match_id", "HLTV's id of the match"),
        a_time("asked_at", "Rows parsed from copies of this time or older need newer copies"),
    ),
)

SITE_STATE = Table(
    "site_state",
    "The sites that this warehouse knows; one of them is its source",
    ("host",),
    (
        a_text("host", "Host of the site, without port"),
        a_time("cool_down_until", "End of the cool-down, also if it is over; NULL: no block since a page arrived"),
        a_count("blocks_in_a_row", "How often it has blocked since it last answered"),
        a_text("last_block_reason", "Outcome of the last block; NULL: it never blocked"),
        Column("is_source", "BOOLEAN", "Whether this warehouse is filled from this site"),
    ),
)

LISTING_STATE = Table(
    "listing_state",
    "How far the results listing has been read",
    ("host",),
    (
        a_text("host", "Host of the site, without port"),
        a_count("results_total", "Number of results that the listing last stated"),
        a_time("gapless_below", "From the end of this match back to the oldest known one, no result is missing"),
        Column("is_complete", "BOOLEAN", "Whether it has been read to its end"),
        a_time("read_at", "When the listing was last read"),
    ),
)
