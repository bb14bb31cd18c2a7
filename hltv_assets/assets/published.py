"""What is published for readers: the snapshot of the warehouse, and the data as Parquet, which is made from that.

The snapshot depends on no table as Dagster sees it, since it is of all batches; what is new is told by the files.
"""

import time
from pathlib import Path

import dagster as dg

from hltv_assets.assets.errors_to_failures import in_plain_words
from hltv_assets.assets.partitions import OWNERS
from hltv_assets.settings import Settings
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.export import CURRENT, ExportedTable, export_parquet
from hltv_assets.warehouse.snapshot import publish_snapshot


@dg.asset(
    group_name="published",
    kinds={"duckdb"},
    owners=OWNERS,
    description="A copy of the warehouse for readers, who would otherwise block the runs. It is replaced as a whole; "
    "whoever has the old one open keeps it. Nothing is copied if nothing has changed.",
)
def warehouse_snapshot(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.MaterializeResult[None]:
    """Publish the warehouse as it is now."""
    started = time.monotonic()
    with in_plain_words():
        is_new = publish_snapshot(warehouse)
    path = warehouse.snapshot
    context.log.info(f"{path} is published" if is_new else f"nothing has changed since {path} was published")
    return dg.MaterializeResult(
        metadata={
            "dagster/uri": path.as_uri(),
            "is_new": is_new,
            "bytes": path.stat().st_size,
            "seconds": round(time.monotonic() - started, 3),
        }
    )


def parquet_folder(data_dir: Path) -> Path:
    """Return the folder of the exports."""
    return data_dir / "parquet"


@dg.asset(
    deps=[warehouse_snapshot],
    group_name="published",
    kinds={"parquet"},
    owners=OWNERS,
    description="All data tables of the snapshot as Parquet: one folder per table, one file per year, and a manifest. "
    "Replaced as a whole by the link `current`; a year without changes is not written again.",
)
def parquet_export(
    context: dg.AssetExecutionContext,
    warehouse: dg.ResourceParam[Warehouse],
    settings: dg.ResourceParam[Settings],
) -> dg.MaterializeResult[None]:
    """Export the snapshot."""
    started = time.monotonic()
    folder = parquet_folder(settings.data_dir)
    with in_plain_words():
        manifest = export_parquet(warehouse.snapshot, folder)
    records = [
        dg.TableRecord({"table": table.name, "rows": table.rows, "files": len(table.files), "bytes": _bytes(table)})
        for table in manifest.tables
    ]
    context.log.info(f"{len(records)} tables are exported to {folder / CURRENT}")
    return dg.MaterializeResult(
        metadata={
            "dagster/uri": (folder / CURRENT).as_uri(),
            "rows": sum(table.rows for table in manifest.tables),
            "bytes": sum(map(_bytes, manifest.tables)),
            "seconds": round(time.monotonic() - started, 3),
            "tables": dg.MetadataValue.table(records),
        }
    )


def _bytes(table: ExportedTable) -> int:
    return sum(file.bytes for file in table.files)
