"""What the documents name exists: links and pictures, make's targets, commands with their options, assets, knobs."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import click
import dagster as dg
import pytest

from hltv_assets.cli import main
from hltv_assets.definitions import build_definitions
from hltv_assets.settings import Settings
from testkit.places import PROJECT
from tools.docs.markdown import code_of
from tools.docs.settings_table import variable

DOCUMENTS = [
    *sorted(PROJECT.glob("*.md")),
    *sorted((PROJECT / "docs").glob("*.md")),
    *sorted((PROJECT / "deploy").glob("*/*.md")),
]
LINK = re.compile(r"\]\(([^)\s]+)\)")
# For tests alone, and for the dagster.yaml of a cluster.
NOT_SETTINGS = {"HLTV_TEST_PAGES", "HLTV_TEST_POSTGRES", "HLTV_DAGSTER_POSTGRES"}


@pytest.fixture(params=DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def document(request: pytest.FixtureRequest) -> Path:
    """Each document in turn."""
    return Path(request.param)


def test_links_and_pictures_of_a_document_are_there(document: Path) -> None:
    targets = [urlsplit(link) for link in LINK.findall(document.read_text("utf-8"))]
    paths = [target.path for target in targets if not target.scheme and target.path]
    assert [path for path in paths if not (document.parent / path).exists()] == []


def test_the_targets_of_make_that_a_document_names_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {name for code in code_of(document.read_text("utf-8")) for name in re.findall(r"\bmake ([a-z-]+)", code)}
    assert named - targets == set()


def test_the_verbs_and_options_of_hltv_assets_that_a_document_names_exist(document: Path) -> None:
    for code in code_of(document.read_text("utf-8")):
        for verb, rest in re.findall(r"(?<![\w/-])hltv-assets ([a-z-]+)([^\n|;]*)", code):
            assert verb in main.commands, code
            options = {name for one in main.commands[verb].params if isinstance(one, click.Option) for name in one.opts}
            assert set(re.findall(r"(?<!\S)--[a-z-]+", rest)) <= options, code


def test_the_assets_that_a_command_of_a_document_selects_exist(document: Path, tmp_path: Path) -> None:
    definitions = build_definitions(Settings(data_dir=tmp_path))
    known = {
        key.to_user_string()
        for one in definitions.assets or []
        if isinstance(one, dg.AssetsDefinition)
        for key in one.keys
    }
    for code in code_of(document.read_text("utf-8")):
        assert set(re.findall(r"--select '?([a-z_]+)", code)) <= known, code


def test_the_knobs_that_a_document_names_exist(document: Path) -> None:
    knobs = {variable(name) for name in Settings.model_fields} | NOT_SETTINGS
    assert set(re.findall(r"\bHLTV_[A-Z0-9_]*[A-Z0-9]", document.read_text("utf-8"))) - knobs == set()
