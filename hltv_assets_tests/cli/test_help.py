"""What the command line says of itself, and of what it was given that it cannot use."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from hltv_assets.cli import main
from testkit.places import PROJECT


def verbs() -> list[str]:
    return main.list_commands(click.Context(main))


def test_the_help_lists_each_verb_in_a_whole_line() -> None:
    said = CliRunner().invoke(main, ["--help"], terminal_width=80).stdout
    listed = [line for line in said.splitlines() if line.split()[:1] and line.split()[0] in verbs()]
    assert [line.split()[0] for line in listed] == verbs()
    assert all(line.endswith(".") for line in listed)
    assert all(len(line) <= 80 for line in said.splitlines())


@pytest.mark.parametrize("verb", verbs())
def test_every_verb_explains_itself(verb: str) -> None:
    said = CliRunner().invoke(main, [verb, "--help"], terminal_width=80)
    assert said.exit_code == 0
    assert said.stdout.startswith(f"Usage: main {verb}")


@pytest.mark.cli
def test_the_help_loads_neither_dagster_nor_duckdb() -> None:
    heavy = "{'dagster', 'duckdb', 'httpx'}"
    program = f"""
import sys
from hltv_assets.cli import main
main(["--help"], standalone_mode=False)
print("loaded:", sorted({heavy} & set(sys.modules)))
"""
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert said.stdout.splitlines()[-1] == "loaded: []"


def test_every_verb_is_in_the_readme() -> None:
    readme = (PROJECT / "README.md").read_text()
    assert [verb for verb in verbs() if f"| `hltv-assets {verb}" not in readme] == []


@pytest.mark.parametrize(
    "arguments", [["refresh", "natus-vincere"], ["refresh", "/events/7"], ["release", "match", "x"], ["refresh", "0"]]
)
def test_what_is_no_number_of_a_page_is_refused_with_what_one_looks_like(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where there is no .env, which would stay in the environment
    run = CliRunner().invoke(main, arguments)
    assert run.exit_code == 2
    assert "is not the number of a page, like 2370000 in https://www.hltv.org/matches/2370000/" in run.stderr


@pytest.mark.cli
def test_make_lists_its_targets_in_two_columns() -> None:
    listed = subprocess.run(["make", "help"], cwd=PROJECT, capture_output=True, text=True, check=True)
    lines = [line for line in listed.stdout.splitlines() if line.startswith("make ")]
    assert {len(line) - len(line[5:].partition(" ")[2].lstrip()) for line in lines} == {5 + len("cluster-test") + 1}


@pytest.mark.cli
def test_make_takes_a_data_folder_whose_name_has_a_space() -> None:
    would = subprocess.run(
        ["make", "--dry-run", "setup", "DATA=data/my data"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert 'setup --data "data/my data"' in would.stdout
