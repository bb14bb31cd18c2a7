"""What Dagster's UI shows of a table: its columns with their meaning, how many rows it has, and the newest of them."""

from collections.abc import Mapping, Sequence

import dagster as dg
import msgspec

from hltv_assets.pages.records import Record
from hltv_assets.warehouse.schema.columns import Table

_PREVIEW_ROWS = 10

PreviewCell = str | int | float | bool | None


def table_definition(table: Table) -> dict[str, object]:
    """Return the metadata of a table that never changes: its name and its columns."""
    columns = [
        dg.TableColumn(
            column.name,
            column.type,
            column.meaning,
            constraints=dg.TableColumnConstraints(
                nullable=column.name not in table.key, other=[column.check] if column.check else []
            ),
        )
        for column in table.columns
    ]
    return {
        "dagster/table_name": table.name,
        "dagster/column_schema": dg.TableSchema(
            columns, constraints=dg.TableConstraints(other=[f"PRIMARY KEY ({', '.join(table.key)})"])
        ),
    }


def rows_preview(rows: Sequence[tuple[Mapping[str, PreviewCell], Record]]) -> dg.TableMetadataValue | None:
    """Return the first rows as a table: key columns, then those of the record; None if there are no rows."""
    records = [
        dg.TableRecord({**key, **{name: _cell(value) for name, value in msgspec.structs.asdict(record).items()}})
        for key, record in rows[:_PREVIEW_ROWS]
    ]
    return dg.MetadataValue.table(records) if records else None


def _cell(value: object) -> PreviewCell:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
