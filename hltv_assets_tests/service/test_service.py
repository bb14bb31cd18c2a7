"""The service on a site that grows: whatever is published appears in the tables, once, without a hand."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import duckdb
import pytest

from hltv_assets.pages import PageKind
from hltv_assets.warehouse.file_warehouse import FileWarehouse
from hltv_assets.warehouse.snapshot import snapshot_state
from testkit.growing_site import GrowingSite
from testkit.loopback_site import Answer, LoopbackSite, path_of
from testkit.plans import match_of_one_map, plan
from testkit.service import QUICK, Service
from testkit.synced import comparable, expected_of
from testkit.world import Row

pytestmark = [pytest.mark.service, pytest.mark.timeout(1_200)]


MAP_KINDS = (PageKind.MAP_STATS, PageKind.MAP_PERFORMANCE, PageKind.MAP_ECONOMY)


@pytest.fixture
def service(tmp_path: Path, site: LoopbackSite) -> Iterator[Service]:
    """A service on a loopback site, not started yet."""
    service = Service(
        tmp_path, {**QUICK, "HLTV_BASE_URL": site.base_url, "HLTV_BATCH_SIZE": "2", "HLTV_SNAPSHOT_INTERVAL": "10"}
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


def batch_of(service: Service, mapstatsid: int) -> set[int]:
    """The maps of the batch that a map is in."""
    batches = {
        row["page_id"]: row["batch_key"] for row in rows_of(service, "batch_members") if row["page_group"] == "map"
    }
    return {page_id for page_id, key in batches.items() if key == batches[mapstatsid]}


def test_what_is_published_appears_once_though_a_page_fails_and_everything_is_killed(
    service: Service, site: LoopbackSite
) -> None:
    world = GrowingSite(site)
    world.grow([plan(0)])
    service.discover(site)
    service.start()

    def wait_for_all() -> None:
        expected = len(expected_of(world.matches)["round_economy"])
        service.wait_until(lambda: len(rows_of(service, "round_economy")) == expected)

    wait_for_all()

    # Of these the schedule learns, which reads the listing every minute.
    killed = Event()
    broken, *others = world.grow([plan(2), match_of_one_map(3), match_of_one_map(4)])
    page = path_of(PageKind.MAP_STATS, broken.played[2].mapstatsid)
    whole = site.answers.pop(page)
    site.answers[page] = Answer(b"<html>", status=500)
    cut = others[-1].played[1].mapstatsid
    last = path_of(PageKind.MAP_PERFORMANCE, cut)

    def power_cut(path: str) -> None:
        if path.startswith(last) and not killed.is_set():
            service.kill()
            killed.set()

    site.before_answer = power_cut
    service.wait_until(killed.is_set)
    service.start()
    asked_before = len(site.requested)
    service.wait_until(lambda: any(path.startswith(page) for path in site.requested[asked_before:]))
    site.answers[page] = whole
    wait_for_all()
    service.wait_until(lambda: not service.runs(only_open=True))
    service.wait_until(lambda: snapshot_state(FileWarehouse(str(service.data_dir / "hltv.duckdb"), wait=0)).is_current)
    assert service.stop() == []

    for table, rows in expected_of(world.matches).items():
        assert comparable(rows_of(service, table)) == comparable(rows), table
    assert rows_of(service, "pending_matches") == rows_of(service, "pending_maps") == []
    # What was under way in the power cut is asked for again, pages of one batch, and the broken page until it is whole.
    asked_of_maps = Counter(
        {(kind, map_id): count for kind in MAP_KINDS for map_id, count in site.requests_by_page(kind).items()}
    )
    del asked_of_maps[PageKind.MAP_STATS, broken.played[2].mapstatsid]
    again = {map_id for (_, map_id), count in asked_of_maps.items() if count > 1}
    assert cut in again
    assert again <= batch_of(service, cut)
    assert max(asked_of_maps.values()) == 2
    assert max(site.requests_by_page(PageKind.MATCH).values()) == 1
