"""What the assets share: their partitions, one a batch, and their owners.

Keys are added by the planning asset, or typed by a person.
"""

import dagster as dg

OWNERS = ["team:data"]

map_batches_partitions = dg.DynamicPartitionsDefinition(name="map_batches")
