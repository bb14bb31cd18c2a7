"""Writes the checked-in sample: `python -m tools.sample [FOLDER]`.

Belongs here: what the sample's files are called. The same code
writes the same bytes whenever it runs.
"""

import argparse
import gzip
import io
from collections.abc import Iterator
from pathlib import Path

from testkit.invented.economy_page import render_economy_page, render_empty_economy_page
from testkit.invented.map_page import render_map_page
from testkit.invented.match_facts import invent_match
from testkit.invented.match_page import render_match_page
from testkit.invented.performance_page import render_performance_page
from testkit.invented.results_page import listed, render_results_page
from testkit.invented.sample_matches import sample_matches
from testkit.places import PROJECT

SAMPLE_FOLDER = PROJECT / "data" / "sample"


def sample_files() -> Iterator[tuple[str, str]]:
    """The sample's files: path within the folder, and text before any compression."""
    plans = sample_matches()
    for plan in plans:
        match = invent_match(plan)
        yield f"matches/{plan.match_id}.html.gz", render_match_page(match)
        for number, invented in match.played.items():
            economy = render_economy_page if plan.maps[number - 1].has_economy else render_empty_economy_page
            page = f"mapstatsid/{invented.mapstatsid}.html.gz"
            yield f"stats/matches/{page}", render_map_page(invented)
            yield f"stats/matches/performance/{page}", render_performance_page(invented)
            yield f"stats/matches/economy/{page}", economy(invented)
    newest_first = sorted(map(listed, plans), key=lambda result: result.ended_at, reverse=True)
    yield "results/0.html.gz", render_results_page(newest_first)


def write_sample(folder: Path) -> None:
    """Write all files of the sample into a folder."""
    for path, text in sample_files():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_gzipped(text.encode()))


def _gzipped(content: bytes) -> bytes:
    """Compress without the time and name that a gzip file usually carries."""
    compressed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=compressed, mtime=0) as file:
        file.write(content)
    return compressed.getvalue()


def main() -> None:
    """Write the sample where the command line says."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLE_FOLDER)
    write_sample(parser.parse_args().folder)


if __name__ == "__main__":
    main()
