"""The partitions: one a batch. Keys are added by the planning assets and sensors, or typed by a person."""

import dagster as dg

map_batches_partitions = dg.DynamicPartitionsDefinition(name="map_batches")
