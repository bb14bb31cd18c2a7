"""What runs before a commit is what `make lint` runs, and needs no download."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from testkit.places import PROJECT

CONFIG = PROJECT / ".pre-commit-config.yaml"


def test_the_hooks_are_the_commands_of_make_lint() -> None:
    recipe = (PROJECT / "Makefile").read_text("utf-8").partition("\nlint:")[2].partition("\n\n")[0]
    commands = re.findall(r"^\t\$\(BIN\)/(.*)$", recipe, re.MULTILINE)
    hooks = CONFIG.read_text("utf-8")
    assert re.findall(r"^ +entry: (.*)$", hooks, re.MULTILINE) == [f".venv/bin/{command}" for command in commands]
    assert set(re.findall(r"^ +language: (.*)$", hooks, re.MULTILINE)) == {"system"}
    assert re.findall(r"^ +- repo: (.*)$", hooks, re.MULTILINE) == ["local"]


@pytest.mark.cli
def test_pre_commit_takes_its_configuration() -> None:
    program = Path(sys.executable).parent / "pre-commit"
    checked = subprocess.run([program, "validate-config", CONFIG], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
