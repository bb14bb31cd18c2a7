"""What the documents say of the code is so."""

import re

from hltv_assets.warehouse.schema.tables import TABLES
from testkit.places import PROJECT

GUIDE = PROJECT / "docs" / "adding-a-page-kind.md"
ADDED = re.compile(r"^--- (\S+)\n((?:\+.*\n)+)", re.MULTILINE)


def test_the_lines_that_make_up_a_page_kind_stand_where_the_guide_says() -> None:
    changes = ADDED.findall(GUIDE.read_text("utf-8"))
    assert len(changes) == 5
    for file, lines in changes:
        code = (PROJECT / file).read_text("utf-8").splitlines()
        for line in lines.splitlines():
            assert line.removeprefix("+") in code, f"{file}: {line}"


def test_the_readme_names_every_table() -> None:
    readme = (PROJECT / "README.md").read_text("utf-8")

    assert [table.name for table in TABLES if f"`{table.name}`" not in readme] == []
