"""Where each column comes from, step by step: archived page, read page, table; told by the types that the code has.

A step that is no table has columns, too: the fields of what it stores, with dots where one lies in another.
"""

from collections.abc import Iterator, Mapping
from typing import Any, get_type_hints

import dagster as dg
import msgspec
from msgspec.inspect import Field, StructType, Type, UnionType, VarTupleType, type_info

from hltv_assets.archive.manifest import ArchivedPage
from hltv_assets.pipeline.chain import PageChain
from hltv_assets.pipeline.parse import ReadPage
from hltv_assets.warehouse.batch_members import Member
from hltv_assets.warehouse.provenance import Provenance
from hltv_assets.warehouse.schema.columns import Table

# What a read page has of the archive's note, and of the batch's member; see `reading.py`.
_OF_NOTE = {
    "page_id": "note.page_id",
    "provenance.scraped_at": "note.scraped_at",
    "provenance.source_url": "note.url",
    "provenance.page_sha256": "note.sha256",
}
_OF_MEMBER = ("match_id", "map_number")


def member_columns() -> dict[str, object]:
    """Return the columns of the members of a batch, as metadata."""
    return {"dagster/column_schema": _schema(Member)}


def raw_columns() -> dict[str, object]:
    """Return the columns of archived pages, as metadata."""
    return {"dagster/column_schema": _schema(ArchivedPage)}


def parsed_columns(chain: PageChain, pending_asset: str) -> dict[str, object]:
    """Return the columns of a chain's read pages, and where each comes from, as metadata."""
    schema = _schema(ReadPage, _page_type_of(chain))
    paths = [column.name for column in schema.columns if column.name.startswith("records.")]
    lineage = {path: [dg.TableColumnDep(chain.raw_asset, "body")] for path in paths}
    lineage |= {path: [dg.TableColumnDep(chain.raw_asset, source)] for path, source in _OF_NOTE.items()}
    lineage |= {path: [dg.TableColumnDep(pending_asset, path)] for path in _OF_MEMBER}
    return {"dagster/column_schema": schema, "dagster/column_lineage": dg.TableColumnLineage(lineage)}


def table_lineage(chain: PageChain, table: Table) -> dg.TableColumnLineage:
    """Return which columns of the read pages, or of other tables, each column of a table comes from.

    Not in it is what no page says: when a row was written, and what the rows of another page kind are counted for.
    """
    shared = {name: name for name in chain.tables.page_key}
    shared |= {name: f"provenance.{name}" for name in Provenance.__struct_fields__}
    lineage = {name: [dg.TableColumnDep(chain.parsed_asset, path)] for name, path in shared.items()}
    if chain.sources:
        return dg.TableColumnLineage(
            lineage | {name: [dg.TableColumnDep(*one) for one in sources] for name, sources in chain.sources.items()}
        )
    records = _paths_of_records(chain, table).items()
    return dg.TableColumnLineage(
        lineage | {name: [dg.TableColumnDep(chain.parsed_asset, path)] for name, path in records}
    )


def _page_type_of(chain: PageChain) -> Any:  # noqa: ANN401 - msgspec has no type for types of structs
    """Return what the parser of a chain makes of a page."""
    return get_type_hints(chain.parse)["return"]


def _paths_of_records(chain: PageChain, table: Table) -> Mapping[str, str]:
    """Where in a read page the fields of a table's records lie, by column; the page's own `tables` tells which."""
    page_type = _page_type_of(chain)
    # Called on a page that has the names of its fields in them, it says which field fills which table.
    named = page_type(**{name: name for name in page_type.__struct_fields__}).tables()[table.name]
    field = named if isinstance(named, str) else named[0]
    paths = (name for name, _ in _fields(type_info(page_type)) if name.startswith(f"{field}."))
    return {path.removeprefix(f"{field}."): f"records.{path}" for path in paths}


def _fields(struct: Type, records: type | None = None, prefix: str = "") -> Iterator[tuple[str, Type]]:
    """The fields of a struct, those of the structs in it by dotted names; `records` are what a read page holds."""
    if not isinstance(struct, StructType):
        raise TypeError(f"a struct expected, not {struct}")
    for field in struct.fields:
        kind = type_info(records) if records and field.name == "records" else _item_type(field)
        if isinstance(kind, StructType):
            yield from _fields(kind, prefix=f"{prefix}{field.name}.")
        else:
            yield f"{prefix}{field.name}", kind


def _item_type(field: Field) -> Type:
    return field.type.item_type if isinstance(field.type, VarTupleType) else field.type


def _schema(struct: type[msgspec.Struct], records: type | None = None) -> dg.TableSchema:
    return dg.TableSchema([dg.TableColumn(name, _word_for(kind)) for name, kind in _fields(type_info(struct), records)])


def _word_for(kind: Type) -> str:
    """What a type is called, e.g. `int or none`."""
    kinds = kind.types if isinstance(kind, UnionType) else (kind,)
    return " or ".join(type(one).__name__.removesuffix("Type").lower() for one in kinds)
