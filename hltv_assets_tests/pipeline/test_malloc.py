"""Memory that large pages take: given back, but not with each page."""

import platform
import subprocess
import sys

import pytest

_READ_PAGES = """
import resource
from benchmarks.pages import invented_map_page
from hltv_assets.pipeline.malloc import give_large_blocks_back
from hltv_assets.pages import parse_map_stats
from testkit.invented.world import FIRST_MAPSTATSID

give_large_blocks_back()
pages = [invented_map_page(number) for number in range(10)]

def read() -> None:
    for number, page in enumerate(pages):
        parse_map_stats(page, FIRST_MAPSTATSID + number)

read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    read()
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 100)
"""


@pytest.mark.benchmark
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's malloc is told anything")
def test_a_page_is_read_in_the_memory_that_the_one_before_took() -> None:
    read = subprocess.run([sys.executable, "-c", _READ_PAGES], check=True, capture_output=True, text=True)
    assert float(read.stdout) < 10, "page faults a page; 65 where the heap is cut after each"
