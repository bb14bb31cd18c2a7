"""A snapshot is published when something was written, not more often than is asked for, and one at a time."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from hltv_assets.automation.publishing import snapshot_request, snapshot_sensor
from hltv_assets.warehouse.snapshot import SnapshotState
from testkit.world import World, held_warehouse

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FIVE_MINUTES = timedelta(minutes=5)


def tick(world: World) -> dg.RunRequest | dg.SkipReason:
    context = dg.build_sensor_context(instance=world.instance, resources=world.definitions.resources)
    answer = snapshot_sensor(world.settings)(context)
    assert isinstance(answer, dg.RunRequest | dg.SkipReason)
    return answer


def reason(answer: dg.RunRequest | dg.SkipReason) -> str:
    assert isinstance(answer, dg.SkipReason)
    return answer.skip_message or ""


def decide(*, is_current: bool = False, published: datetime | None = None, open_runs: int = 0) -> object:
    state = SnapshotState(is_current=is_current, published_at=published)
    answer = snapshot_request(state, open_runs, now=NOON, interval=FIVE_MINUTES)
    return answer if isinstance(answer, dg.RunRequest) else answer.skip_message


def test_the_first_snapshot_is_published_at_once() -> None:
    assert isinstance(decide(), dg.RunRequest)


def test_one_that_has_everything_is_not_published_again() -> None:
    assert decide(is_current=True, published=NOON - timedelta(days=1)) == ("the snapshot is up to date")


def test_one_is_published_at_a_time() -> None:
    assert decide(open_runs=1) == "the previous run is still publishing"


@pytest.mark.parametrize(("minutes", "is_time"), [(4, False), (5, True), (6, True)])
def test_between_two_lies_the_interval_at_the_least(minutes: int, *, is_time: bool) -> None:
    answer = decide(published=NOON - timedelta(minutes=minutes))
    assert isinstance(answer, dg.RunRequest) is is_time
    assert is_time or answer == "the next snapshot is published after 2026-11-24 12:01:00 UTC"


def test_what_a_run_wrote_is_published_and_then_there_is_nothing_to_do(world: World) -> None:
    assert "up to date" in reason(tick(world))
    world.add_maps(1)
    assert isinstance(tick(world), dg.RunRequest)
    assert world.materialize("warehouse_snapshot").success
    assert world.warehouse.snapshot.exists()
    assert "up to date" in reason(tick(world))
    world.plan()
    assert "the next snapshot is published after" in reason(tick(world))
    world.knobs |= {"snapshot_interval": 0}
    assert isinstance(tick(world), dg.RunRequest)


def test_while_another_process_holds_the_warehouse_the_sensor_waits_for_the_next_tick(world: World) -> None:
    world.add_maps(1)
    world.knobs |= {"lock_wait": 0.1}
    with held_warehouse(world):
        assert "the next tick tries again" in reason(tick(world))
    assert isinstance(tick(world), dg.RunRequest)


def test_a_run_that_finds_the_warehouse_held_fails_in_a_line_and_the_next_one_publishes(world: World) -> None:
    world.add_maps(1)
    world.knobs |= {"lock_wait": 0.1}
    with held_warehouse(world):
        assert not world.materialize("warehouse_snapshot").success
    assert world.materialize("warehouse_snapshot").success
