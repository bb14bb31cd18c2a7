"""Writes what is generated into the documents: `python -m hltv_assets_tests.docs.writing`."""

import logging
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from hltv_assets_tests.docs.answers import warehouse_of_the_sample, with_answers
from hltv_assets_tests.docs.dictionary import dictionary
from hltv_assets_tests.docs.markdown import with_regions
from hltv_assets_tests.docs.settings_table import settings_table

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
QUERIES = DOCS / "query-it.md"
_CONTENTS: Mapping[str, Callable[[], str]] = {"tables": dictionary, "settings": settings_table}


def generated(text: str) -> str:
    """Return a document with the content of today in its regions."""
    return with_regions(text, {name: content() for name, content in _CONTENTS.items()})


def main() -> None:
    """Write tables, settings and answers into the documents."""
    logging.disable(logging.WARNING)  # what Dagster says of the sample's runs is of no interest here
    for document in sorted(DOCS.glob("*.md")):
        document.write_text(generated(document.read_text("utf-8")), "utf-8")
    with tempfile.TemporaryDirectory() as folder, warehouse_of_the_sample(Path(folder)) as connection:
        QUERIES.write_text(with_answers(QUERIES.read_text("utf-8"), connection), "utf-8")


if __name__ == "__main__":
    main()
