"""What runs fetched: one row for each that asked the site."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from hltv_assets.pages import Outcome, PageKind
from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.schema.state_tables import FETCH_RUNS
from hltv_assets.warehouse.upserting import put_rows


class FetchRun(msgspec.Struct, frozen=True, kw_only=True):
    """What a run asked the site for: pages by outcome, bytes that arrived, seconds that it took."""

    run_id: str
    page_kind: PageKind
    batch_key: str
    finished_at: datetime
    batch_size: int
    outcomes: Mapping[Outcome, int]
    bytes: int
    seconds: float


def put_fetch_run(connection: Connection, run: FetchRun) -> None:
    """Remember what a run fetched."""
    values = {**msgspec.structs.asdict(run), "outcomes": msgspec.json.encode(run.outcomes).decode()}
    put_rows(connection, FETCH_RUNS, [values])
