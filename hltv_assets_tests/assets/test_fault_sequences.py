"""Whatever a site does, after it recovers and the batch is run again, the tables are those of a quiet run."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from testkit.asking import BLOCKED, CUT_OFF, NOT_FOUND, RATE_LIMITED, SERVER_ERROR
from testkit.examples import examples
from testkit.invented.map_page import render_map_page
from testkit.loopback_site import Answer, page, serve
from testkit.world import World

pytestmark = pytest.mark.graph

MAPS = 3
TRIES = 2
NO_TIMES = ("updated_at", "scraped_at", "source_url")

FAULTS: dict[str, Answer | None] = {
    "good": None,
    "blocked": BLOCKED,
    "cut off": CUT_OFF,
    "error": SERVER_ERROR,
    "not found": NOT_FOUND,
    "rate limited": RATE_LIMITED,
    "empty": page(b""),
    "unreadable": None,
    "another map's": None,
    "a login": page("<!DOCTYPE html><html><body>Log in, please</body></html>"),
}


@contextmanager
def _world() -> Iterator[World]:
    with TemporaryDirectory() as folder, serve() as site, dg.DagsterInstance.ephemeral() as instance:
        knobs = {"tries": TRIES, "retry_wait": 0.01, "retry_base": 0.0, "max_attempts": 100}
        world = World(Path(folder), site, instance, knobs, with_rules=False)
        world.add_maps(MAPS)
        world.plan()
        yield world


@cache
def _quiet() -> dict[str, list[dict[str, Any]]]:
    with _world() as world:
        assert world.run_batch().success
        return world.content(without=NO_TIMES)


def _answer(world: World, number: int, fault: str) -> Answer:
    html = render_map_page(world.maps[number])
    if fault == "unreadable":
        return page(html.replace('<td class="st-mks', '<td class="st-sks'))
    if fault == "another map's":
        return page(render_map_page(world.maps[number - 1]))
    return FAULTS[fault] or page(html)


@pytest.mark.fuzz
# Without shrinking: an example takes seconds.
@settings(
    max_examples=examples(6, few=2),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
    phases=[Phase.generate],
)
@given(runs=st.lists(st.tuples(*[st.sampled_from(sorted(FAULTS))] * MAPS), min_size=1, max_size=3))
def test_after_any_sequence_of_faults_the_tables_are_those_of_a_quiet_run(runs: list[tuple[str, ...]]) -> None:
    with _world() as world:
        for faults in runs:
            asked_before = len(world.site.requested)
            for number, fault in enumerate(faults):
                world.site.publish(world.maps[number].mapstatsid, _answer(world, number, fault))
            world.run_batch()
            assert len(world.site.requested) - asked_before <= MAPS * TRIES
            assert world.written() <= {invented.mapstatsid for invented in world.maps}
            world.release_site()
        for number in range(MAPS):
            world.site.publish(world.maps[number].mapstatsid, _answer(world, number, "good"))
        with world.warehouse.transaction() as connection:
            connection.execute("UPDATE page_failures SET status = 'waiting', retry_after = now()")
        # A page of which a discarded run left an unreadable copy is found out by the first run, fetched by the second.
        assert world.run_batch().success
        assert world.run_batch().success
        assert world.content(without=NO_TIMES) == _quiet()
        assert world.pending() == set()
        assert world.rows("page_failures") == []
