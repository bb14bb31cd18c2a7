"""Parsing, by pyperf: what our parser takes, and what merely building a tree takes, of the same pages."""

import pyperf
from bs4 import BeautifulSoup
from selectolax.lexbor import LexborHTMLParser

from benchmarks.pages import big_page, map_pages
from hltv_assets.pages import parse_map_stats


def main() -> None:
    """Measure `ours`, `bare` and `bs4` of each page, and `ours` and `bare` of a big one."""
    runner = pyperf.Runner(processes=5, values=5, warmups=2)
    pages = map_pages()
    for number, page in pages.items():
        runner.bench_func(f"ours {number}", parse_map_stats, page, number)
        runner.bench_func(f"bare {number}", LexborHTMLParser, page)
        runner.bench_func(f"bs4 {number}", BeautifulSoup, page, "lxml")
    number, page = next(iter(pages.items()))
    big = big_page(page)
    runner.bench_func("ours big", parse_map_stats, big, number)
    runner.bench_func("bare big", LexborHTMLParser, big)


if __name__ == "__main__":
    main()
