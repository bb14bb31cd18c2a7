"""Upkeep of a lake: many small files become few, and what nobody can need any more is removed."""

from datetime import timedelta
from typing import TYPE_CHECKING, cast

import dagster as dg

from hltv_assets.assets.errors_to_failures import in_plain_words
from hltv_assets.assets.partitions import OWNERS
from hltv_assets.warehouse.connection import Warehouse

if TYPE_CHECKING:
    from hltv_assets.lake.warehouse import LakeWarehouse

# A reader may look at the lake as it was so long ago, and a query may take as long.
_KEPT = timedelta(days=1)


@dg.asset(
    group_name="published",
    kinds={"ducklake"},
    owners=OWNERS,
    description="The files of the lake: small ones are merged, deleted rows and states of more than a day ago removed. "
    "Writers wait meanwhile, readers do not.",
)
def lake_upkeep(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.MaterializeResult[None]:
    """Tidy the lake."""
    with in_plain_words():
        tidied = cast("LakeWarehouse", warehouse).tidy(_KEPT)  # the asset is there only with a lake
    context.log.info(f"{tidied.merged} files became {tidied.written}, {tidied.removed} were removed")
    return dg.MaterializeResult(
        metadata={"merged": tidied.merged, "written": tidied.written, "removed": tidied.removed}
    )
