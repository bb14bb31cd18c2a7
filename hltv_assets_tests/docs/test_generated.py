"""What is written from the code into the documents is what the code says today."""

import re
from collections.abc import Iterator

import duckdb
import pytest

from hltv_assets.pages import Outcome
from hltv_assets.pages.outcomes import Consequence, Fault
from hltv_assets.settings import Settings
from hltv_assets.site.hosts import SAMPLE_BASE_URL
from hltv_assets.warehouse.schema.tables import TABLES, VIEWS
from testkit.places import PROJECT
from tools.docs.answers import answer, questions, warehouse_of_the_sample
from tools.docs.markdown import blocks_of, rows_of_tables
from tools.docs.settings_table import default_of, variable
from tools.docs.writing import DOCS, QUERIES, generated

README = PROJECT / "README.md"
# What holds for all outcomes under a heading: whether the batch is discarded, whose fault it is, whether it counts.
GROUPS = {
    "Nothing is wrong": (False, Fault.NOBODY, False),
    "A page did not arrive, and it is the page's fault": (True, Fault.PAGE, True),
    "The site said no": (True, Fault.SITE, False),
    "A page arrived, but cannot be read or written": (False, Fault.PAGE, True),
}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse with the whole sample, as the pipeline fills it."""
    with warehouse_of_the_sample(tmp_path_factory.mktemp("sample")) as connection:
        yield connection


@pytest.mark.parametrize("page", ["data-dictionary.md", "settings.md"])
def test_the_pages_that_are_written_from_the_code_are_up_to_date(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    assert "written by `make docs`" in text
    assert text == generated(text), "run `make docs`"


def test_the_dictionary_has_every_column_of_every_table_and_view() -> None:
    text = (DOCS / "data-dictionary.md").read_text("utf-8")
    for described in (*TABLES, *VIEWS):
        section = text.partition(f"\n### {described.name}\n")[2].partition("\n##")[0]
        shared = text.partition("## From where each row comes")[2].partition("\n## ")[0]
        assert [c.name for c in described.columns if f"| `{c.name}` | {c.type} |" not in section + shared] == []


@pytest.mark.cli
@pytest.mark.timeout(900)
def test_ten_questions_are_answered_as_the_page_says(sample: duckdb.DuckDBPyConnection) -> None:
    asked = questions(QUERIES.read_text("utf-8"))
    assert len(asked) == 10
    for sql, stated in asked:
        found = answer(sample, sql)
        assert rows_of_tables(found), sql
        assert stated.splitlines() == found.splitlines(), f"run `make docs`; the question is\n{sql}"


@pytest.mark.cli
@pytest.mark.timeout(900)
def test_every_other_query_in_the_documents_runs_on_the_sample(sample: duckdb.DuckDBPyConnection) -> None:
    others = [README, *(page for page in DOCS.glob("*.md") if page != QUERIES)]
    queries = [sql for page in others for sql in blocks_of(page.read_text("utf-8"), "sql")]
    assert len(queries) > 3
    for sql in queries:
        assert sample.execute(sql).description


def test_every_outcome_stands_under_the_heading_that_says_what_follows_from_it() -> None:
    text = (DOCS / "when-a-batch-fails.md").read_text("utf-8")
    seen: list[str] = []
    for heading, (discards, fault, counts) in GROUPS.items():
        section = re.split(r"\n##+ ", text.partition(f"### {heading}\n")[2])[0]
        for name, _, then, to_do in rows_of_tables(section):
            outcome = Outcome(name.strip("`"))
            assert outcome.consequence == Consequence(discards, fault, counts, outcome.consequence.next_step), name
            assert then == outcome.consequence.next_step.label, name
            assert to_do, name
            seen.append(outcome)
    assert sorted(seen) == sorted(Outcome)


def test_the_readme_has_every_knob_with_its_default() -> None:
    stated: dict[str, str] = {}
    for cells in rows_of_tables(README.read_text("utf-8").partition("\n## Settings\n")[2].partition("\n## ")[0]):
        names = re.findall(r"`(HLTV_\w+)`", cells[0])
        defaults = cells[1].split(", ") if len(names) > 1 else [cells[1]]
        stated |= dict(zip(names, defaults if len(defaults) == len(names) else defaults * len(names), strict=True))
    for name, field in Settings.model_fields.items():
        default = default_of(field).strip("`")
        said = stated[variable(name)].strip("`").removesuffix(" ...")
        if default and field.default != SAMPLE_BASE_URL:
            assert default.startswith(said), name
            assert said == default or name == "user_agent", name
