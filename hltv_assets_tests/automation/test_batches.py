"""The sensor of batches: the decision, and the sensor as the daemon calls it."""

import dagster as dg
import pytest

from hltv_assets.automation.batches import batches_sensor, batches_to_run
from hltv_assets.components import site_of
from testkit.loopback_site import Answer
from testkit.world import World, held_warehouse


def _cut_and_run(world: World) -> list[dg.RunRequest] | dg.SkipReason:
    """A tick of the sensor that cuts batches."""
    context = dg.build_sensor_context(instance=world.instance, resources=world.definitions.resources)
    answer = batches_sensor("map", world.settings)(context)
    assert isinstance(answer, list | dg.SkipReason)
    return answer


def _reason(world: World) -> str:
    answer = _cut_and_run(world)
    assert isinstance(answer, dg.SkipReason)
    return answer.skip_message or ""


def _keys(world: World) -> list[str | None]:
    answer = _cut_and_run(world)
    assert isinstance(answer, list)
    return [request.partition_key for request in answer]


def test_two_batches_are_open_at_the_most() -> None:
    due = ["maps-000001", "maps-000002", "maps-000003"]
    assert batches_to_run(due, set(), 2) == ["maps-000001", "maps-000002"]
    assert batches_to_run(due, {"maps-000001"}, 2) == ["maps-000002"]
    assert batches_to_run(due, {"maps-000001", "tonight"}, 2) == []
    assert batches_to_run([], set(), 2) == []


def _run_key(world: World) -> str | None:
    (request,) = _cut_and_run(world)
    assert isinstance(request, dg.RunRequest)
    return request.run_key


@pytest.mark.graph
def test_each_attempt_of_a_batch_has_a_run_key_of_its_own_whichever_runs_are_deleted(world: World) -> None:
    world.knobs |= {"batch_max_wait": 0.0, "retry_base": 0.0}
    (invented,) = world.add_maps(1)
    world.site.publish(invented.mapstatsid, Answer(b"<html>", headers={"content-type": "text/html"}))
    keys, runs = [], []
    for _ in range(3):
        keys.append(_run_key(world))
        assert _run_key(world) == keys[-1]
        runs.append(world.run_all().run_id)
    world.instance.delete_run(runs[0])
    assert _run_key(world) not in keys
    world.instance.delete_run(runs[2])
    # The run of this key is the one that was deleted, so that it may be launched again.
    assert _run_key(world) == keys[2]


def test_of_a_backlog_a_tick_cuts_so_many_batches_and_no_more(world: World) -> None:
    world.knobs |= {"batch_size": 1}
    world.add_maps(21)
    assert len(_keys(world)) == 2
    assert len(world.instance.get_dynamic_partitions("map_batches")) == 20
    assert len(_keys(world)) == 2
    assert len(world.instance.get_dynamic_partitions("map_batches")) == 21


def test_full_batches_are_cut_at_once_and_a_smaller_one_after_its_wait(world: World) -> None:
    world.knobs |= {"batch_size": 2}
    world.add_maps(3)
    assert _keys(world) == ["maps-000001"]
    world.knobs |= {"batch_max_wait": 0.0}
    assert _keys(world) == ["maps-000001", "maps-000002"]


@pytest.mark.graph
def test_a_batch_that_was_run_is_not_asked_for_again(world: World) -> None:
    world.knobs |= {"batch_max_wait": 0.0}
    world.add_maps(2)
    assert _keys(world) == ["maps-000001"]
    assert world.run_all().success
    assert "nothing pending" in _reason(world)


def test_maps_that_wait_for_a_full_batch_are_told(world: World) -> None:
    world.add_maps(2)
    assert "6 due pages wait for their batch to become full" in _reason(world)


@pytest.mark.graph
def test_a_batch_whose_pages_wait_is_skipped_with_the_time_when_one_is_due(world: World) -> None:
    world.knobs |= {"batch_max_wait": 0.0}
    (invented,) = world.add_maps(1)
    world.site.publish(invented.mapstatsid, Answer(b"<html>", headers={"content-type": "text/html"}))
    assert _keys(world) == ["maps-000001"]
    assert not world.run_all().success
    assert "nothing is due; 2 pages wait, the first until 20" in _reason(world)


def test_in_a_cool_down_the_sensor_says_until_when_and_asks_for_nothing(world: World) -> None:
    world.knobs |= {"batch_max_wait": 0.0}
    world.add_maps(1)
    site_of(world.settings).cool_downs.begin("blocked: a challenge")
    assert "cooling down until" in _reason(world)
    world.release_site()
    assert _keys(world) == ["maps-000001"]


def test_without_leave_to_ask_the_site_the_sensor_starts_no_runs_that_must_fail(world: World) -> None:
    world.add_maps(1)
    world.knobs |= {"base_url": "https://hltv.example.invalid", "batch_max_wait": 0.0}
    assert "HLTV_LIVE" in _reason(world)


def test_a_run_that_is_open_is_not_asked_for_twice(world: World) -> None:
    world.knobs |= {"batch_max_wait": 0.0}
    world.add_maps(1)
    assert _keys(world) == ["maps-000001"]
    world.instance.create_run_for_job(
        dg.job(name="open")(lambda: None), status=dg.DagsterRunStatus.STARTED, tags={"dagster/partition": "maps-000001"}
    )
    assert "1 batches are open" in _reason(world)


def test_while_another_process_holds_the_warehouse_the_sensor_waits_for_the_next_tick(world: World) -> None:
    world.knobs |= {"lock_wait": 0.1, "batch_max_wait": 0.0}
    world.add_maps(1)
    with held_warehouse(world):
        assert "the next tick tries again" in _reason(world)
    assert _keys(world) == ["maps-000001"]
