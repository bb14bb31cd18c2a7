"""The third step of a batch: load the rows of its parsed pages into the tables."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from hltv_assets.pages import PageError
from hltv_assets.pages.failures import PageFailure
from hltv_assets.pipeline.chain import PageChain
from hltv_assets.pipeline.parse import ParsedBatch, ParsedPage, parse_failure
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.failures import RetryPolicy, record_failures
from hltv_assets.warehouse.pages_to_parse import PageVersion, pages_to_parse
from hltv_assets.warehouse.writing import PageRows, write_pages


class LoadReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a run did for a batch, in the numbers that every run reports; `deferred` pages wait for other pages."""

    batch_size: int
    fetched: int
    bytes_fetched: int
    written: Sequence[PageRows]
    deferred: int
    failed: int
    write_failures: list[PageFailure]
    seconds: float


def load_batch(
    batch: ParsedBatch, chain: PageChain, *, warehouse: Warehouse, policy: RetryPolicy, run_id: str
) -> LoadReport:
    """Load those pages of a parsed batch whose rows the tables do not have."""
    started = time.monotonic()
    is_same_run = batch.run_id == run_id
    # In the run that parsed them it is known which pages the tables lack.
    due = _parsed_now(batch) if is_same_run else _due(batch, chain, warehouse)
    loaded = load_pages(due, chain, warehouse=warehouse, policy=policy)
    return LoadReport(
        batch_size=batch.batch_size,
        fetched=batch.fetched if is_same_run else 0,
        bytes_fetched=batch.bytes_fetched if is_same_run else 0,
        written=loaded.written,
        deferred=loaded.deferred,
        failed=len(loaded.failures) + (batch.failed if is_same_run else 0),
        write_failures=loaded.failures,
        seconds=time.monotonic() - started,
    )


class LoadedPages(msgspec.Struct, frozen=True, kw_only=True):
    """Pages whose rows are loaded, failures of those that the tables refused, and how many wait for other pages."""

    written: Sequence[PageRows]
    failures: list[PageFailure]
    deferred: int


def load_pages(
    pages: Sequence[ParsedPage], chain: PageChain, *, warehouse: Warehouse, policy: RetryPolicy
) -> LoadedPages:
    """Load parsed pages, whatever the tables have of them, and record what the tables refuse."""
    ready, refused = _rows_of(pages, chain, warehouse)
    if refused:
        with warehouse.transaction() as connection:
            record_failures(connection, refused, now=datetime.now(UTC), policy=policy)
    failures = [*refused, *write_pages(warehouse, chain.tables, ready, policy)]
    if chain.finish:
        with warehouse.transaction() as connection:
            chain.finish(connection)
    failed = {failure.page_id for failure in failures}
    return LoadedPages(
        written=[page for page in ready if page.page_id not in failed],
        failures=failures,
        deferred=len(pages) - len(ready) - len(refused),
    )


def _parsed_now(batch: ParsedBatch) -> list[ParsedPage]:
    unchanged = set(batch.unchanged)
    return [page for page in batch.pages if page.page_id not in unchanged]


def _due(batch: ParsedBatch, chain: PageChain, warehouse: Warehouse) -> list[ParsedPage]:
    versions = {
        page.page_id: PageVersion(page.provenance.page_sha256, page.provenance.scraped_at) for page in batch.pages
    }
    with warehouse.connect() as connection:
        wanted = pages_to_parse(connection, chain.tables, versions)
    return [
        page
        for page in batch.pages
        if page.page_id in wanted and page.provenance.parser_version == chain.tables.parser_version
    ]


def _rows_of(
    pages: Sequence[ParsedPage], chain: PageChain, warehouse: Warehouse
) -> tuple[list[PageRows], list[PageFailure]]:
    """The pages whose rows can be written, and those whose rows cannot be."""
    ready: list[PageRows] = []
    refused: list[PageFailure] = []
    if not pages:
        return ready, refused
    with warehouse.connect() as connection:
        for page in pages:
            try:
                rows = chain.rows_of(connection, page.page_id, page.records)
            except PageError as error:
                refused.append(parse_failure(page, page.provenance.page_sha256, chain, error))
                continue
            if rows is not None:
                ready.append(
                    PageRows(
                        page_id=page.page_id,
                        match_id=page.match_id,
                        map_number=page.map_number,
                        provenance=page.provenance,
                        rows=rows,
                    )
                )
    return ready, refused
