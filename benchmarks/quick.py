"""The ratios of parsing in a few seconds, for CI, which has no time for pyperf: `python -m benchmarks.quick`, as JSON.

Both sides of a ratio take turns, and the shortest time of each counts: time of the processor, since on a busy machine
waiting for it takes longest. The page is invented, so that every machine measures the same.
"""

import time
from collections.abc import Callable

import msgspec
from bs4 import BeautifulSoup
from selectolax.lexbor import LexborHTMLParser

from benchmarks.pages import big_page, invented_map_page
from hltv_assets.pages import parse_map_stats
from testkit.invented.world import FIRST_MAPSTATSID


def main() -> None:
    """Print `parse_ratio`, `parse_big_ratio` and `bs4_ratio` of an invented page."""
    page = invented_map_page(0)
    big = big_page(page)
    ours, bare, soup = _fastest(
        lambda: parse_map_stats(page, FIRST_MAPSTATSID),
        lambda: LexborHTMLParser(page),
        lambda: BeautifulSoup(page, "lxml"),
    )
    ours_big, bare_big = _fastest(lambda: parse_map_stats(big, FIRST_MAPSTATSID), lambda: LexborHTMLParser(big))
    ratios = {"parse_ratio": ours / bare, "parse_big_ratio": ours_big / bare_big, "bs4_ratio": soup / ours}
    print(msgspec.json.encode(ratios).decode())


def _fastest(*works: Callable[[], object], times: int = 20) -> list[float]:
    seconds: list[list[float]] = [[] for _ in works]
    for _ in range(times):
        for work, taken in zip(works, seconds, strict=True):
            started = time.process_time()
            work()
            taken.append(time.process_time() - started)
    return [min(taken) for taken in seconds]


if __name__ == "__main__":
    main()
