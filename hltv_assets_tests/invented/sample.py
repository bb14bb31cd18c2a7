"""Writes the checked-in sample: `python -m hltv_assets_tests.invented.sample [FOLDER]`.

Belongs here: what the sample's files are called and what stands in `maps.json`. The same code
writes the same bytes whenever it runs.
"""

import argparse
import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path

from hltv_assets_tests.invented.facts import InventedMap
from hltv_assets_tests.invented.map_page import render_map_page
from hltv_assets_tests.invented.sample_matches import (
    PlannedMap,
    PlannedMatch,
    invent_played_maps,
    sample_matches,
)

SAMPLE_FOLDER = Path(__file__).parents[2] / "data" / "sample"

Row = dict[str, object]


def sample_files() -> Iterator[tuple[str, str]]:
    """The sample's files: path within the folder, and text before any compression."""
    rows: list[Row] = []
    for match in sample_matches():
        played = {invented.map_number: invented for invented in invent_played_maps(match)}
        for map_number, planned in enumerate(match.maps, start=1):
            rows.append(_map_row(match, map_number, planned, played.get(map_number)))
        for invented in played.values():
            yield f"stats/matches/mapstatsid/{invented.mapstatsid}.html.gz", render_map_page(invented)
    yield "maps.json", json.dumps(rows, ensure_ascii=False, indent=2) + "\n"


def write_sample(folder: Path) -> None:
    """Write all files of the sample into a folder."""
    for path, text in sample_files():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        content = text.encode()
        file.write_bytes(_gzipped(content) if file.suffix == ".gz" else content)


def _gzipped(content: bytes) -> bytes:
    """Compress without the time and name that a gzip file usually carries."""
    compressed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=compressed, mtime=0) as file:
        file.write(content)
    return compressed.getvalue()


def _map_row(match: PlannedMatch, map_number: int, planned: PlannedMap, invented: InventedMap | None) -> Row:
    """A row as the match page yields it for the table `maps`: by team, not by left and right."""
    row: Row = {
        "match_id": match.match_id,
        "map_number": map_number,
        "mapstatsid": invented.mapstatsid if invented else None,
        "map_slug": invented.map_slug if invented else None,
        "map_name": planned.map_name,
        "status": planned.status,
        "picked_by_team_id": planned.picked_by.team_id if planned.picked_by else None,
    }
    sheets = [invented.sheet_of(team.team_id) if invented else None for team in (match.team1, match.team2)]
    for number, sheet in enumerate(sheets, start=1):
        row[f"team{number}_rounds"] = sheet.rounds if sheet else None
        row[f"team{number}_ct_rounds"] = sheet.ct_rounds if sheet else None
        row[f"team{number}_t_rounds"] = sheet.t_rounds if sheet else None
        row[f"team{number}_ot_rounds"] = sheet.overtime_rounds if sheet else None
    row["team1_starting_side"] = sheets[0].starting_side.value if sheets[0] else None
    return row


def main() -> None:
    """Write the sample where the command line says."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLE_FOLDER)
    write_sample(parser.parse_args().folder)


if __name__ == "__main__":
    main()
