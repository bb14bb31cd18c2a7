"""Pages of the folder beside the project, and the rows that composed ones must yield."""

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from hltv_assets.pages.records import Record

Row = dict[str, Any]


def read_page(folder: Path, place: str, page_id: int | str) -> bytes:
    """Return a page of the folder, e.g. `real/match`."""
    return gzip.decompress((folder / place / f"{page_id}.html.gz").read_bytes())


def expected_tables(folder: Path, mapstatsid: int) -> dict[str, list[Row]]:
    """Return the rows, by table, that the three composed pages of a map must yield."""
    text = (folder / "composed" / "expected" / f"{mapstatsid}.json").read_text("utf-8")
    tables: dict[str, list[Row]] = json.loads(text)["tables"]
    for row in tables["player_side_stats"]:
        row["side"] = row["side"].upper()  # the files spell the sides of player tables in small letters
    return tables


def counted(rows: Iterable[Record | Mapping[str, Any]]) -> Counter[str]:
    """Return rows in no order, to compare, without the keys that a page of a map does not know."""
    return Counter(json.dumps(_plain(row), sort_keys=True) for row in rows)


def _plain(row: Record | Mapping[str, Any]) -> Row:
    values = msgspec.structs.asdict(row) if isinstance(row, Record) else row
    return {name: value for name, value in values.items() if name not in {"match_id", "map_number"}}
