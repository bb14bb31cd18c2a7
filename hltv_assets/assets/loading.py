"""The third step of a batch: what was read is written to the tables."""

import time
from collections.abc import Sequence

import msgspec

from hltv_assets.assets.page_chain import PageChain
from hltv_assets.assets.reading import ParsedBatch, ReadPage
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.failures import PageFailure, RetryPolicy
from hltv_assets.warehouse.writing import PageToWrite, PageVersion, maps_to_read, write_pages


class LoadReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a run did for a batch, in the numbers that every run reports."""

    batch_size: int
    fetched: int
    bytes_fetched: int
    written: Sequence[ReadPage]
    failed: int
    write_failures: list[PageFailure]
    seconds: float


def load_batch(
    batch: ParsedBatch, chain: PageChain, *, warehouse: Warehouse, policy: RetryPolicy, run_id: str
) -> LoadReport:
    """Write those pages of a read batch whose rows the tables do not have."""
    started = time.monotonic()
    versions = {
        page.page_id: PageVersion(page.provenance.page_sha256, page.provenance.scraped_at) for page in batch.pages
    }
    with warehouse.connect() as connection:
        wanted = maps_to_read(connection, chain.tables, versions)
    due = [
        page
        for page in batch.pages
        if page.page_id in wanted and page.provenance.parser_version == chain.tables.parser_version
    ]
    failures = write_pages(warehouse, chain.tables, [_to_write(page) for page in due], policy)
    failed = {failure.page_id for failure in failures}
    is_same_run = batch.run_id == run_id
    return LoadReport(
        batch_size=batch.batch_size,
        fetched=batch.fetched if is_same_run else 0,
        bytes_fetched=batch.bytes_fetched if is_same_run else 0,
        written=[page for page in due if page.page_id not in failed],
        failed=len(failures) + (batch.failed if is_same_run else 0),
        write_failures=failures,
        seconds=time.monotonic() - started,
    )


def _to_write(page: ReadPage) -> PageToWrite:
    return PageToWrite(
        page_id=page.page_id,
        match_id=page.records.match_id,
        map_number=page.map_number,
        provenance=page.provenance,
        rows=page.records.tables(),
    )
