"""What runs printed goes after a while; that they ran stays."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from hltv_assets.automation.old_logs import old_logs_sensor, remove_old_logs
from testkit.world import World


@dg.asset
def talkative() -> None:
    """An asset whose run prints something."""
    print("a word")  # noqa: T201 - it is what the run prints


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def instance(home: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(home)) as instance:
        yield instance


def run(instance: dg.DagsterInstance) -> str:
    return dg.materialize([talkative], instance=instance).run_id


def printed(home: Path) -> set[str]:
    """The runs of which something printed is kept."""
    return {file.parts[-3] for file in home.rglob("*.out") if "a word" in file.read_text()}


def tick(world: World, instance: dg.DagsterInstance, cursor: str | None = None) -> dg.SensorResult:
    context = dg.build_sensor_context(instance=instance, resources={"settings": world.settings}, cursor=cursor)
    answer = old_logs_sensor(world.settings)(context)
    assert isinstance(answer, dg.SensorResult)
    return answer


def test_the_logs_of_old_runs_go_and_the_runs_and_their_materializations_stay(
    instance: dg.DagsterInstance, home: Path
) -> None:
    old = run(instance)
    between = datetime.now(UTC)
    new = run(instance)
    assert printed(home) == {old, new}
    assert len(remove_old_logs(instance, after=None, before=between)) == 1
    assert printed(home) == {new}
    assert len(instance.fetch_materializations(talkative.key, limit=9).records) == 2
    assert instance.get_run_by_id(old)


def test_logs_that_were_removed_are_not_looked_for_again(instance: dg.DagsterInstance) -> None:
    run(instance)
    (ended,) = remove_old_logs(instance, after=None, before=datetime.now(UTC))
    run(instance)
    assert len(remove_old_logs(instance, after=ended, before=datetime.now(UTC))) == 1


def test_a_run_that_is_open_keeps_its_logs(instance: dg.DagsterInstance) -> None:
    instance.create_run_for_job(dg.job(name="open")(lambda: None), status=dg.DagsterRunStatus.STARTED)
    assert remove_old_logs(instance, after=None, before=datetime.now(UTC)) == []


def test_the_sensor_removes_what_is_older_than_the_days_that_are_set_and_goes_on_from_there(
    world: World, instance: dg.DagsterInstance, home: Path
) -> None:
    old = run(instance)
    with sqlite3.connect(home / "history" / "runs.db") as runs:
        runs.execute("UPDATE runs SET update_timestamp = datetime('now', '-31 days') WHERE run_id = ?", [old])
    young = run(instance)
    first = tick(world, instance)
    assert "removed the logs of 1 runs" in str(first.skip_reason)
    assert printed(home) == {young}
    again = tick(world, instance, first.cursor)
    assert "removed the logs of 0 runs" in str(again.skip_reason)
    assert again.cursor == first.cursor


def test_the_logs_of_a_month_are_kept(world: World, instance: dg.DagsterInstance, home: Path) -> None:
    young = run(instance)
    assert tick(world, instance).cursor is None
    assert printed(home) == {young}
