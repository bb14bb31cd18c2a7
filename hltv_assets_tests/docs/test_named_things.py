"""What the documents name exists: links and pictures, make's targets, commands with their options, assets, knobs."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import click
import dagster as dg

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
TEXTS = {document: document.read_text("utf-8") for document in DOCUMENTS}
MAKE = re.compile(r"\bmake ([a-z][a-z0-9-]*[a-z0-9])\b")
LINK = re.compile(r"\]\(([^)\s]+)\)")
# For tests alone, and for the dagster.yaml of a cluster.
NOT_SETTINGS = {"HLTV_TEST_PAGES", "HLTV_TEST_POSTGRES", "HLTV_DAGSTER_POSTGRES"}


def test_links_and_pictures_of_the_documents_are_there() -> None:
    lost: list[tuple[str, str]] = []
    for document, text in TEXTS.items():
        targets = [urlsplit(link) for link in LINK.findall(text)]
        paths = [target.path for target in targets if not target.scheme and target.path]
        lost += [(document.name, path) for path in paths if not (document.parent / path).exists()]
    assert lost == []


def test_the_targets_of_make_that_the_documents_name_exist() -> None:
    makefile = (PROJECT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    if "\ntest-%:" in makefile:
        targets |= {f"test-{tier}" for tier in tiers()}
    named = [(document.name, name) for document, code in codes() for name in MAKE.findall(code)]
    assert named
    assert [(document, name) for document, name in named if name not in targets] == []


def test_the_verbs_and_options_of_hltv_assets_that_the_documents_name_exist() -> None:
    named = [
        (document.name, verb, set(re.findall(r"(?<!\S)--[a-z-]+", rest)))
        for document, code in codes()
        for verb, rest in re.findall(r"(?<![\w/-])hltv-assets ([a-z-]+)([^\n|;]*)", code)
    ]
    assert named
    context = click.Context(main)
    commands = {verb: main.get_command(context, verb) for verb in main.list_commands(context)}
    options = {
        verb: {name for one in command.params if isinstance(one, click.Option) for name in one.opts}
        for verb, command in commands.items()
        if command
    }
    assert [one for one in named if one[1] not in options] == []
    assert [one for one in named if not one[2] <= options[one[1]]] == []


def test_the_assets_that_a_command_of_the_documents_selects_exist(tmp_path: Path) -> None:
    definitions = build_definitions(Settings(data_dir=tmp_path))
    known = {
        key.to_user_string()
        for one in definitions.assets or []
        if isinstance(one, dg.AssetsDefinition)
        for key in one.keys
    }
    named = [(document.name, name) for document, code in codes() for name in re.findall(r"--select '?([a-z_]+)", code)]
    assert named
    assert [(document, name) for document, name in named if name not in known] == []


def test_the_knobs_that_the_documents_name_exist() -> None:
    knobs = {variable(name) for name in Settings.model_fields} | NOT_SETTINGS
    named = [
        (document.name, name)
        for document, text in TEXTS.items()
        for name in re.findall(r"\bHLTV_[A-Z0-9_]*[A-Z0-9]", text)
    ]
    assert named
    assert [(document, name) for document, name in named if name not in knobs] == []


def tiers() -> list[str]:
    """The marks of the tests."""
    options = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"]["ini_options"]
    return [marker.partition(":")[0] for marker in options["markers"]]


def codes() -> Iterator[tuple[Path, str]]:
    """Everything that a document sets as code, with the document."""
    return ((document, code) for document, text in TEXTS.items() for code in code_of(text))
