"""Two runs of one batch at once, and other processes that hold what a run needs."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import dagster as dg
import pytest

from testkit.world import World, failure_text, held_warehouse

LONG_ENOUGH = 240  # seconds: for a run on a machine that does much else


@pytest.fixture
def planned(world: World) -> World:
    """A world with a batch of two maps."""
    world.add_maps(2)
    world.plan()
    return world


def test_the_second_run_of_a_batch_waits_and_asks_for_nothing_again(planned: World) -> None:
    first, second = _run_both(planned, wait=LONG_ENOUGH)
    assert first.success
    assert second.success
    assert set(planned.site.requests_by_page().values()) == {1}
    assert planned.pending() == set()


def test_the_second_run_of_a_batch_stops_with_a_clear_line_when_the_first_takes_too_long(planned: World) -> None:
    first, second = _run_both(planned, wait=0.2)
    assert first.success
    assert not second.success
    assert "another run still works on maps-000001" in failure_text(second)


def _run_both(world: World, wait: float) -> tuple[dg.ExecuteInProcessResult, dg.ExecuteInProcessResult]:
    """Run the batch, and once more while the site keeps the first run waiting."""
    asked, go_on = Event(), Event()

    def keep_waiting(path: str) -> None:
        del path
        asked.set()
        go_on.wait(LONG_ENOUGH)

    world.site.before_answer = keep_waiting
    with ThreadPoolExecutor(2) as threads, dg.DagsterInstance.ephemeral() as instance:
        first = threads.submit(world.run_batch)
        assert asked.wait(LONG_ENOUGH)
        other = replace(world, instance=instance, knobs={**world.knobs, "lock_wait": wait})
        other.plan()
        second = threads.submit(other.run_batch)
        if wait < 1:
            second.result(LONG_ENOUGH)
        go_on.set()
        return first.result(LONG_ENOUGH), second.result(LONG_ENOUGH)


def test_a_folder_of_locks_that_cannot_be_made_is_named_in_one_line(planned: World) -> None:
    (planned.data_dir / "locks").touch()
    result = planned.run_batch()
    assert not result.success
    assert f"cannot write {planned.data_dir / 'locks'}" in failure_text(result)
    assert "check HLTV_DATA_DIR" in failure_text(result)
    assert planned.site.requested == []


def test_a_warehouse_held_by_another_process_is_named_with_its_holder_after_a_bounded_wait(planned: World) -> None:
    planned.knobs["lock_wait"] = 0.2
    with held_warehouse(planned) as holder:
        result = planned.run_batch()
    assert not result.success
    text = failure_text(result)
    assert planned.settings.warehouse in text
    assert f"PID {holder.pid}" in text
    assert "HLTV_LOCK_WAIT" in text
    assert planned.site.requested == []


def test_a_run_goes_on_when_the_warehouse_becomes_free_in_time(planned: World) -> None:
    planned.knobs["lock_wait"] = LONG_ENOUGH
    with held_warehouse(planned) as holder, ThreadPoolExecutor(1) as threads:
        run = threads.submit(planned.run_batch)
        holder.communicate("", timeout=LONG_ENOUGH)
        assert run.result(LONG_ENOUGH).success
    assert planned.pending() == set()
