"""The documents make a site: every link on it leads somewhere, and it needs no other host."""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from testkit.places import PROJECT
from tools.docs.writing import DOCS

BIN = Path(sys.executable).parent
# What a browser loads by itself, other than links that a reader follows.
LOADED = re.compile(r"""<(?:script|img|iframe|source)\b[^>]*?\bsrc="([^"]+)"|<link\b[^>]*?\bhref="([^"]+)\"""")
IMPORTED = re.compile(r"""(?:@import\s+|url\(\s*)["']?(https?://[^"')\s]+)""")


@pytest.mark.cli
@pytest.mark.timeout(900)
def test_the_site_is_built_without_a_warning_and_loads_nothing_from_another_host(tmp_path: Path) -> None:
    build = subprocess.run(
        [BIN / "mkdocs", "build", "--strict", "--site-dir", tmp_path],
        cwd=PROJECT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert build.returncode == 0, build.stderr
    pages = list(tmp_path.glob("*.html"))
    outside = {"architecture", "changelog", "contributing"}
    assert {page.stem for page in DOCS.glob("*.md")} | outside <= {page.stem for page in pages}
    for page in pages:
        loaded = [address for found in LOADED.findall(page.read_text("utf-8")) for address in found if address]
        assert loaded
        assert [address for address in loaded if urlsplit(address).netloc] == [], page.name
    for style in tmp_path.rglob("*.css"):
        assert IMPORTED.findall(style.read_text("utf-8")) == [], style.name
