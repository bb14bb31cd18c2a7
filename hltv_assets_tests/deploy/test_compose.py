"""What the deployed files start and set exists: programs, commands with their options, knobs, copied files.

They are read, not run: that needs an engine for containers. The tests in `cluster` and `service` run what they start.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path
from shutil import which
from typing import Any

import click
import pytest
import yaml

from hltv_assets.cli import main
from hltv_assets.settings import Settings
from testkit.places import BIN, PROJECT
from tools.docs.settings_table import variable

DEPLOYED = PROJECT / "deploy"
# Of Dagster's own files in `deploy/cluster`.
NOT_SETTINGS = {"HLTV_DAGSTER_POSTGRES", "HLTV_CODE_SERVER"}

every_deployment = pytest.mark.parametrize("folder", ["single", "cluster"])
every_file = pytest.mark.parametrize(
    "file", sorted(path for path in DEPLOYED.rglob("*") if path.is_file()), ids=lambda file: str(file.name)
)


def services(folder: str) -> dict[str, Any]:
    """The services of a deployment's compose file."""
    found: dict[str, Any] = yaml.safe_load((DEPLOYED / folder / "docker-compose.yaml").read_text("utf-8"))["services"]
    return found


def ours(folder: str) -> dict[str, Any]:
    """Those of its services that run the image of this project."""
    return {name: service for name, service in services(folder).items() if "build" in service}


@every_deployment
def test_every_service_starts_a_program_that_is_installed(folder: str) -> None:
    programs = {service["command"][0] for service in ours(folder).values() if "command" in service}
    assert programs
    assert {program for program in programs if not which(program, path=f"{BIN}:/bin")} == set()


@every_deployment
def test_verbs_of_hltv_assets_are_started_with_arguments_that_they_take(folder: str) -> None:
    for service in ours(folder).values():
        program, *arguments = service.get("command", [""])
        if program == "hltv-assets":
            verb, *rest = arguments
            command_of(verb).make_context(verb, rest)  # raises a UsageError if it does not take them


@every_deployment
def test_the_ui_is_published_on_loopback_only(folder: str) -> None:
    ports = [port for service in services(folder).values() for port in service.get("ports", [])]
    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


@every_deployment
def test_an_image_is_made_of_files_that_are_there_and_runs_as_a_user(folder: str) -> None:
    lines = (DEPLOYED / folder / "Dockerfile").read_text("utf-8").splitlines()
    copied = [
        name for line in lines if line.startswith("COPY ") and "--from" not in line for name in line.split()[1:-1]
    ]
    assert copied
    assert [name for name in copied if not (PROJECT / name).exists()] == []
    assert [line for line in lines if line.startswith("USER ")] == ["USER hltv"]


def command_of(verb: str) -> click.Command:
    command = main.get_command(click.Context(main), verb)
    assert command is not None
    return command


@pytest.mark.cli
def test_dagsters_files_are_made_before_daemon_and_webserver_open_them_at_once(tmp_path: Path) -> None:
    for name in ("daemon", "webserver"):
        assert ours("single")[name]["depends_on"] == {"setup": {"condition": "service_completed_successfully"}}
    shutil.copyfile(PROJECT / "dagster.yaml", tmp_path / "dagster.yaml")
    command = [argument.replace("/data/", f"{tmp_path}/") for argument in ours("single")["setup"]["command"]]
    environment = {"PATH": f"{BIN}:{os.environ['PATH']}", "DAGSTER_HOME": str(tmp_path / "dagster")}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert {file.name for file in tmp_path.rglob("*.db")} == {"runs.db", "index.db", "schedules.db"}


@every_file
def test_the_knobs_that_a_deployed_file_sets_exist(file: Path) -> None:
    knobs = {variable(name) for name in Settings.model_fields} | NOT_SETTINGS
    assert set(re.findall(r"\bHLTV_[A-Z0-9_]*[A-Z0-9]", file.read_text("utf-8"))) - knobs == set()


def test_a_cluster_has_one_daemon_and_one_worker_that_fetches() -> None:
    for name in ("daemon", "fetch"):
        assert "deploy" not in ours("cluster")[name], "replicas of it would be a second one"
    fetching = ours("cluster")["fetch"]["command"]
    assert command_of("worker").make_context("worker", fetching[2:]).params == {"queue": "fetch", "concurrency": 1}


def test_passwords_come_from_the_environment_alone() -> None:
    for folder in ("single", "cluster"):
        for service in services(folder).values():
            for name, value in service.get("environment", {}).items():
                if re.search("PASSWORD|SECRET|KEY", name):
                    assert value.startswith("${"), name
    deployment = yaml.safe_load((DEPLOYED / "cluster" / "values.yaml").read_text("utf-8"))
    named = {one["name"] for one in deployment["dagster-user-deployments"]["deployments"][0]["env"]}
    assert {name for name in named if re.search("PASSWORD|SECRET|KEY", name)} == set()
