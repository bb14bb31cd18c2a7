"""`hltv-assets snapshot`: the warehouse is published for readers."""

from hltv_assets.settings import Settings
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.snapshot import publish_snapshot, snapshot_path


def publish(settings: Settings) -> str:
    """Publish a snapshot, if anything has changed since the last one, and return where it lies."""
    warehouse = Warehouse(settings.warehouse, wait=settings.lock_wait)
    publish_snapshot(warehouse)
    return str(snapshot_path(settings.warehouse))
