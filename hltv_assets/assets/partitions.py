"""What the assets share: their partitions, one per batch, and their owners.

Keys are added by the planning assets, or typed by a person.
"""

from collections.abc import Mapping

import dagster as dg

from hltv_assets.pages.kinds import PageGroup

OWNERS = ["team:data"]

BATCH_PARTITIONS: Mapping[PageGroup, dg.DynamicPartitionsDefinition] = {
    "match": dg.DynamicPartitionsDefinition(name="match_batches"),
    "map": dg.DynamicPartitionsDefinition(name="map_batches"),
}


def partitions_name(group: PageGroup) -> str:
    """Return the name under which the keys of a group's batches are registered."""
    return f"{group}_batches"
