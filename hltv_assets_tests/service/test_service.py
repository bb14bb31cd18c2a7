"""The service on a site that grows: whatever is published appears in the tables, once, without a hand."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import duckdb
import pytest

from hltv_assets.pages import PageKind
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.snapshot import snapshot_state
from testkit.growing_site import GrowingSite
from testkit.loopback_site import Answer, LoopbackSite, path_of
from testkit.plans import plan
from testkit.service import QUICK, Service
from testkit.synced import comparable, expected_of
from testkit.world import Row

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2_000)]


@pytest.fixture
def service(tmp_path: Path, site: LoopbackSite) -> Iterator[Service]:
    """A service on a loopback site, not started yet."""
    service = Service(
        tmp_path, {**QUICK, "HLTV_BASE_URL": site.base_url, "HLTV_BATCH_SIZE": "2", "HLTV_SNAPSHOT_INTERVAL": "20"}
    )
    try:
        yield service
    finally:
        service.kill()


def rows_of(service: Service, table: str) -> list[Row]:
    """The rows of a table, read out of the snapshot; none if there is none yet."""
    snapshot = service.data_dir / "hltv-snapshot.duckdb"
    if not snapshot.exists():
        return []
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        result = connection.execute(f"FROM {table}")
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def test_what_is_published_appears_once_though_a_page_fails_and_everything_is_killed(
    service: Service, site: LoopbackSite
) -> None:
    world = GrowingSite(site)
    world.grow([plan(0), plan(1)])
    service.start()

    def has_all() -> bool:
        return len(rows_of(service, "round_economy")) == len(expected_of(world.matches)["round_economy"])

    service.wait_until(has_all, seconds=480)

    killed = Event()
    broken, *others = world.grow([plan(2), plan(3), plan(4)])
    page = path_of(PageKind.MAP_STATS, broken.played[2].mapstatsid)
    whole = site.answers.pop(page)
    site.answers[page] = Answer(b"<html>", status=500)
    last = path_of(PageKind.MAP_PERFORMANCE, others[-1].played[1].mapstatsid)

    def power_cut(path: str) -> None:
        if path.startswith(last) and not killed.is_set():
            service.kill()
            killed.set()

    site.before_answer = power_cut
    assert killed.wait(240), service.said()
    service.start()
    asked_before = len(site.requested)
    service.wait_until(lambda: sum(path.startswith(page) for path in site.requested[asked_before:]) > 0, seconds=480)
    site.answers[page] = whole
    service.wait_until(has_all, seconds=480)
    service.wait_until(lambda: not service.runs(only_open=True), seconds=240)
    service.wait_until(
        lambda: snapshot_state(Warehouse(str(service.data_dir / "hltv.duckdb"), wait=0)).is_current, seconds=240
    )
    assert service.stop() == []

    for table, rows in expected_of(world.matches).items():
        assert comparable(rows_of(service, table)) == comparable(rows), table
    assert rows_of(service, "pending_matches") == rows_of(service, "pending_maps") == []
    asked = Counter(path for path in site.requested if not path.startswith("/results"))
    # What was under way in the power cut is asked for again, and the broken page until it is whole.
    again = {path for path, count in asked.items() if count > 1 and not path.startswith(page)}
    assert len(again) <= 8
    assert all(asked[path] == 2 for path in again)
