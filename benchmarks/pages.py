"""The pages that are measured: real ones where somebody has some (HLTV_TEST_PAGES), and invented ones."""

import gzip
import random
from collections.abc import Mapping
from functools import lru_cache

from hltv_assets.pages import parse_map_stats
from testkit.invented.map_page import render_map_page
from testkit.invented.world import FIRST_MAPSTATSID, FIRST_MATCH_ID, invent_map
from testkit.places import SHARED_PAGES

_CHOSEN = ("real/mapstats/148037", "composed/mapstats/214981", "composed/mapstats/132550")
_BIG = 6_000_000


def map_pages() -> Mapping[int, bytes]:
    """Return map pages by their mapstatsid: the chosen real and composed ones that are there, else an invented one."""
    found = {
        int(name.rpartition("/")[2]): gzip.decompress((SHARED_PAGES / f"{name}.html.gz").read_bytes())
        for name in _CHOSEN
        if (SHARED_PAGES / f"{name}.html.gz").is_file()
    }
    return found or {FIRST_MAPSTATSID: invented_map_page(0)}


def numbered_map_page(number: int) -> bytes:
    """Return a page of the map and match of that number: as HLTV serves it where there are such pages, else invented.

    Those that there are stand for all, each with the ids of many maps.
    """
    served = _served_map_pages()
    if not served:
        return invented_map_page(number)
    page, mapstatsid, match_id = served[number % len(served)]
    page = page.replace(b"mapstatsid/%d/" % mapstatsid, b"mapstatsid/%d/" % (FIRST_MAPSTATSID + number))
    return page.replace(b"/matches/%d/" % match_id, b"/matches/%d/" % (FIRST_MATCH_ID + number))


@lru_cache(maxsize=1)
def _served_map_pages() -> list[tuple[bytes, int, int]]:
    """Map pages with a frame as served, their mapstatsid and match_id."""
    found = []
    for file in sorted(SHARED_PAGES.glob("*/mapstats/*.html.gz")):
        page = gzip.decompress(file.read_bytes())
        mapstatsid = int(file.name.partition(".")[0])
        found.append((page, mapstatsid, parse_map_stats(page, mapstatsid).match_id))
    return found


def invented_map_page(number: int) -> bytes:
    """Return an invented map page; its number is that of map and match."""
    invented = invent_map(seed=number % 50, match_id=FIRST_MATCH_ID + number, mapstatsid=FIRST_MAPSTATSID + number)
    return render_map_page(invented).encode()


def big_page(page: bytes) -> bytes:
    """Return a page as a browser saves it, scripts inlined before and behind what is read: 6 MB."""
    chance = random.Random(1)
    words = [f"function f{chance.randrange(10**6)}(a,b){{return a<b?'<div>':b&&a}};" for _ in range(5_000)]
    script = "<script>" + "".join(chance.choices(words, k=(_BIG - len(page)) // 2 // 45)) + "</script>"
    head, body_tag, rest = page.partition(b"<body")
    inside, _, end = rest.rpartition(b"</body>")
    return b"".join([head, body_tag, inside.replace(b">", b">" + script.encode(), 1), script.encode(), b"</body>", end])
