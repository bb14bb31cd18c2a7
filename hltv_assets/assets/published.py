"""What is published for readers: the snapshot of the warehouse.

It depends on no table as Dagster sees it, since it is of all batches; what is new is told by the files.
"""

import time

import dagster as dg

from hltv_assets.assets.partitions import OWNERS
from hltv_assets.assets.plain_words import in_plain_words
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.snapshot import publish_snapshot, snapshot_path


@dg.asset(
    group_name="published",
    kinds={"duckdb"},
    owners=OWNERS,
    description="A copy of the warehouse for readers, who would otherwise keep the runs from writing. Replaced as a "
    "whole; who has the old one open keeps it. Nothing is copied where nothing has changed.",
)
def warehouse_snapshot(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.MaterializeResult[None]:
    """Publish the warehouse as it is now."""
    started = time.monotonic()
    with in_plain_words():
        is_new = publish_snapshot(warehouse)
    path = snapshot_path(warehouse.path)
    context.log.info(f"{path} is published" if is_new else f"nothing has changed since {path} was published")
    return dg.MaterializeResult(
        metadata={
            "dagster/uri": path.as_uri(),
            "is_new": is_new,
            "bytes": path.stat().st_size,
            "seconds": round(time.monotonic() - started, 3),
        }
    )
