"""Alerts: what is told, that it is told once, and that a webhook which is down loses none."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import msgspec
import pytest
from dagster._core.definitions.freshness import FreshnessState, FreshnessStateChange

from hltv_assets.assets.checks import all_checks
from hltv_assets.automation import alert_outbox
from hltv_assets.automation.alert_outbox import Alert, AlertFile, read_alert
from hltv_assets.automation.alerts import FailedCheck, FailedRun, OldTable, alerts_of, alerts_sensor
from hltv_assets_tests.automation.receiver import Receiver, receive
from testkit.loopback_site import Answer
from testkit.world import World, held_warehouse, materializable

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
RUN = FailedRun(run_id="r1", at=NOON, batch="maps-000007", reason="raw_map_html: the disk is full")
CHECK = FailedCheck(
    run_id="r1", at=NOON, batch="maps-000007", asset="raw_map_html", check="fetch_errors", description="2 of 5 pages"
)


# What is told


def test_a_failed_run_is_told_with_its_batch_its_reason_and_what_to_do() -> None:
    (alert,) = alerts_of([RUN], [], [], known=())
    assert "batch maps-000007" in alert.what
    assert "the disk is full" in alert.what
    assert "r1" in alert.todo
    assert alert.batch == "maps-000007"


def test_a_check_that_failed_its_run_is_told_once_as_the_reason_of_the_run() -> None:
    (alert,) = alerts_of([RUN], [CHECK], [], known=())
    assert alert.key == "run-r1"
    assert "fetch_errors, 2 of 5 pages" in alert.what


def test_a_check_that_failed_in_a_run_that_succeeded_is_told_by_itself() -> None:
    other = msgspec.structs.replace(CHECK, run_id="r2", asset="player_stats", check="kills_are_deaths", batch=None)
    (alert,) = alerts_of([], [other], [], known=())
    assert "kills_are_deaths of player_stats failed (the whole warehouse): 2 of 5 pages" in alert.what


def test_a_table_that_is_too_old_is_told_once_for_each_time_that_it_became_so() -> None:
    old = OldTable("matches", NOON)
    (alert,) = alerts_of([], [], [old], known=())
    assert alerts_of([], [], [old], known={alert.key}) == []
    assert len(alerts_of([], [], [OldTable("matches", NOON + timedelta(days=9))], known={alert.key})) == 1


# The sensor


@dataclass
class Watch:
    """The sensor on an instance of its own, from tick to tick."""

    world: World
    cursor: str | None = None

    def tick(self) -> str:
        """Let the sensor tick, and return what it says."""
        context = dg.build_sensor_context(
            instance=self.world.instance, resources={"settings": self.world.settings}, cursor=self.cursor
        )
        answer = alerts_sensor(self.world.settings)(context)
        assert isinstance(answer, dg.SensorResult)
        self.cursor = answer.cursor
        return str(answer.skip_reason)

    def alerts(self) -> list[Alert]:
        """The alerts in the file."""
        lines = AlertFile(self.world.settings.alert_file).read(0).splitlines()
        alerts = [read_alert(line) for line in lines]
        return [alert for alert in alerts if alert]

    def break_a_page(self) -> None:
        """Let a batch fail because a page is not whole."""
        (invented,) = self.world.add_maps(1)
        self.world.site.publish(invented.mapstatsid, Answer(b"<html>", headers={"content-type": "text/html"}))
        assert self.world.plan().success


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A webhook that is given as long as a busy machine needs to answer."""
    monkeypatch.setattr(alert_outbox, "_TIMEOUT", 120.0)
    with receive() as running:
        yield running


@pytest.fixture
def watch(world: World, tmp_path: Path) -> Iterator[Watch]:
    """A watch that had its first tick."""
    (tmp_path / "home").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "home")) as instance:
        started = Watch(replace(world, instance=instance))
        assert "first tick: alerts start from now" in started.tick()
        yield started


def test_what_happened_before_the_first_tick_is_not_told(world: World, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "home")) as instance:
        watch = Watch(replace(world, instance=instance))
        watch.break_a_page()
        assert not watch.world.run_batch().success
        watch.tick()
        watch.tick()
        assert watch.alerts() == []


def test_a_discarded_batch_is_told_once_with_the_page_that_did_not_arrive(watch: Watch) -> None:
    watch.break_a_page()
    assert not watch.world.run_batch().success
    assert "1 new alerts" in watch.tick()
    assert "0 new alerts" in watch.tick()
    (alert,) = watch.alerts()
    assert alert.batch == "maps-000001"
    assert "fetch_errors" in alert.what
    assert "truncated" in alert.what


def test_a_run_that_failed_otherwise_is_told_with_its_error(watch: Watch) -> None:
    watch.world.add_maps(1)
    assert watch.world.plan().success
    with held_warehouse(watch.world):
        watch.world.knobs |= {"lock_wait": 0.1}
        assert not watch.world.run_batch().success
    watch.tick()
    (alert,) = watch.alerts()
    assert "held by another process" in alert.what


def test_a_run_that_succeeded_is_not_told(watch: Watch) -> None:
    watch.world.add_maps(1)
    assert watch.world.plan().success
    assert watch.world.run_batch().success
    assert "0 new alerts" in watch.tick()


@pytest.mark.graph
def test_a_failed_check_that_does_not_fail_its_run_is_told(watch: Watch) -> None:
    watch.world.add_maps(1)
    assert watch.world.plan().success
    assert watch.world.run_all().success
    with watch.world.warehouse.transaction() as connection:
        connection.execute("UPDATE player_stats SET kills = kills + 1")
    definitions = watch.world.definitions
    checks = [key for check in all_checks() for key in check.check_keys]
    result = dg.materialize(
        materializable(definitions),
        selection=dg.AssetSelection.checks(*checks),
        instance=watch.world.instance,
        resources=definitions.resources,
    )
    assert result.success
    watch.tick()
    alerts = watch.alerts()
    assert alerts
    assert all(alert.key.startswith("check-") for alert in alerts)
    assert any("player_stats" in alert.what for alert in alerts)


def test_a_table_that_became_too_old_is_told(watch: Watch) -> None:
    key = dg.AssetKey("matches")
    watch.world.instance._report_runless_asset_event(  # noqa: SLF001 - the daemon reports it so
        FreshnessStateChange(
            key=key,
            new_state=FreshnessState.FAIL,
            previous_state=FreshnessState.PASS,
            state_change_timestamp=NOON.timestamp(),
        )
    )
    assert "1 new alerts" in watch.tick()
    assert "0 new alerts" in watch.tick()
    assert "matches has not been written" in watch.alerts()[0].what


# The webhook


def test_the_webhook_is_told_each_alert_as_it_stands_in_the_file(watch: Watch, receiver: Receiver) -> None:
    watch.world.knobs |= {"alert_url": receiver.url}
    watch.break_a_page()
    assert not watch.world.run_batch().success
    watch.tick()
    watch.tick()
    assert [read_alert(body) for body in receiver.told] == watch.alerts()
    assert len(receiver.told) == 1


def test_what_a_webhook_that_is_down_did_not_take_is_sent_when_it_is_up_again(watch: Watch, receiver: Receiver) -> None:
    receiver.status = 503
    watch.world.knobs |= {"alert_url": receiver.url}
    watch.break_a_page()
    assert not watch.world.run_batch().success
    said = watch.tick()
    assert "answered 503" in said
    assert "a-secret" not in said
    assert len(watch.alerts()) == 1
    receiver.told.clear()
    receiver.status = 200
    watch.tick()
    assert [read_alert(body) for body in receiver.told] == watch.alerts()


def test_a_webhook_that_cannot_be_reached_breaks_no_tick(watch: Watch) -> None:
    watch.world.knobs |= {"alert_url": "http://127.0.0.1:9/a-secret"}
    watch.break_a_page()
    assert not watch.world.run_batch().success
    said = watch.tick()
    assert "webhook request failed" in said
    assert "a-secret" not in said
    assert len(watch.alerts()) == 1


# The file


def alert(number: int) -> Alert:
    return Alert(key=f"k{number}", at=NOON, what="what", todo="todo", batch=None, run_id=None)


def test_a_line_that_a_killed_writer_left_unfinished_spoils_no_other(tmp_path: Path) -> None:
    file = AlertFile(str(tmp_path / "deep" / "alerts.jsonl"))
    file.append([alert(1)])
    whole = (tmp_path / "deep" / "alerts.jsonl").read_bytes()
    (tmp_path / "deep" / "alerts.jsonl").write_bytes(whole + whole[:20])
    file.append([alert(2)])
    assert file.recent_keys() == {"k1", "k2"}


def test_after_the_file_was_emptied_what_follows_is_still_sent(watch: Watch, receiver: Receiver) -> None:
    watch.world.knobs |= {"alert_url": receiver.url}
    path = Path(watch.world.settings.alert_file)
    AlertFile(str(path)).append([alert(1)])
    watch.tick()
    path.write_bytes(b"")
    watch.tick()
    AlertFile(str(path)).append([alert(2)])
    watch.tick()
    assert [found.key for body in receiver.told if (found := read_alert(body))] == ["k1", "k2"]
