"""Upkeep of a lake: many small files become few, and what nobody can need any more is removed."""

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import dagster as dg

from hltv_assets.assets.errors_to_failures import in_plain_words
from hltv_assets.assets.partitions import OWNERS

if TYPE_CHECKING:
    from hltv_assets.lake.warehouse import Tidied

# A reader may look at the lake as it was so long ago, and a query may take as long.
_KEPT = timedelta(days=1)


class _Lake(Protocol):
    """What the asset needs of a `LakeWarehouse`, whose module needs the packages of a lake."""

    def tidy(self, keep: timedelta) -> "Tidied": ...


@dg.asset(
    group_name="published",
    kinds={"ducklake"},
    owners=OWNERS,
    description="Merges small files of the lake, and removes deleted rows and states older than a day. "
    "Writers wait meanwhile, readers do not.",
)
def lake_upkeep(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[_Lake]) -> dg.MaterializeResult[None]:
    """Tidy the lake."""
    with in_plain_words():
        tidied = warehouse.tidy(_KEPT)
    context.log.info(f"{tidied.merged} files became {tidied.written}, {tidied.removed} were removed")
    return dg.MaterializeResult(
        metadata={"merged": tidied.merged, "written": tidied.written, "removed": tidied.removed}
    )
