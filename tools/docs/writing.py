"""Writes what is generated into the documents: `python -m tools.docs.writing`."""

import logging
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from testkit.places import PROJECT
from tools.docs.answers import warehouse_of_the_sample, with_answers
from tools.docs.dictionary import dictionary
from tools.docs.markdown import with_regions
from tools.docs.settings_table import settings_table

DOCS = PROJECT / "docs"
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
