"""What `hltv-assets sync` does when not all goes well, and what its dry run promises."""

import signal
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import duckdb
import pytest

from hltv_assets.cli.errors import RunFailedError
from hltv_assets.cli.runs import dagster_home, materialize
from hltv_assets.cli.sync import dry_run, sync
from hltv_assets.components import warehouse_of
from hltv_assets.definitions import build_definitions
from hltv_assets.pages import PageKind
from hltv_assets.settings import Settings
from hltv_assets.warehouse.file_warehouse import FileWarehouse
from hltv_assets.warehouse.sites import claim_for_site
from testkit.invented.match_facts import PlannedMap
from testkit.invented.results_page import listed
from testkit.loopback_site import Answer, LoopbackSite, page
from testkit.plans import ENDED, match_of_one_map, plan
from testkit.shell import FirstSync, Shell
from testkit.synced import publish_listing, publish_matches

BLOCK = Answer(b"<html><title>Just a moment...</title></html>", status=403, headers={"cf-mitigated": "challenge"})


def count(settings: Settings, table: str) -> int:
    with FileWarehouse(settings.warehouse, wait=1).connect() as connection:
        return len(connection.execute(f"SELECT 1 FROM {table}").fetchall())


def test_a_sync_fills_the_tables_and_says_that_nothing_more_is_due(first_sync: FirstSync) -> None:
    assert count(first_sync.settings, "map_stats") == 4
    assert set(Counter(first_sync.requested).values()) == {1}
    assert "2 matches and 4 maps known; 0 pages are due" in first_sync.printed
    with duckdb.connect(str(warehouse_of(first_sync.settings).snapshot), read_only=True) as snapshot:
        assert snapshot.execute("SELECT count(*) FROM map_stats").fetchone() == (4,)


def test_the_runs_of_a_sync_are_of_the_job_that_the_ui_knows_and_name_their_assets(
    first_sync: FirstSync,
) -> None:
    with dg.DagsterInstance.from_config(str(first_sync.folder / "home")) as instance:
        runs = instance.get_runs()
    assert {run.job_name for run in runs} == {
        build_definitions(first_sync.settings).resolve_implicit_global_asset_job_def().name
    }
    batches = {run.tags["dagster/partition"]: run for run in runs if "dagster/partition" in run.tags}
    assert set(batches) == {"matches-000001", "maps-000001"}
    selected = batches["maps-000001"].asset_selection
    assert selected
    assert {dg.AssetKey("pending_maps"), dg.AssetKey("player_stats")} <= selected
    assert dg.AssetKey("pending_matches") not in selected


def test_a_block_on_the_listing_stops_the_sync_before_it_asks_for_anything_else(
    settings: Settings, site: LoopbackSite, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_matches(site, [match_of_one_map(0)])
    site.publish(0, BLOCK, PageKind.RESULTS)
    assert not sync(settings)
    assert site.requested == ["/results?offset=0"]
    out = capsys.readouterr().out
    assert "stopped: " in out
    assert "blocked" in out


def test_a_block_between_matches_stops_the_sync_and_loses_nothing(
    settings: Settings, site: LoopbackSite, capsys: pytest.CaptureFixture[str]
) -> None:
    plans = [match_of_one_map(0), match_of_one_map(1)]
    publish_matches(site, plans)
    site.publish(plans[1].match_id, BLOCK, PageKind.MATCH)
    assert not sync(settings)
    asked = list(site.requested)
    assert "stopped: " in capsys.readouterr().out
    assert not sync(settings)
    assert site.requested == asked
    assert count(settings, "discovered_matches") == 2


@pytest.mark.parametrize("answer", [Answer(status=500), page("<html><body>no results</body></html>")])
def test_a_listing_that_cannot_be_had_or_read_is_told_at_the_end_and_stops_nothing(
    settings: Settings, site: LoopbackSite, capsys: pytest.CaptureFixture[str], answer: Answer
) -> None:
    site.publish(0, answer, PageKind.RESULTS)
    assert not sync(settings)
    out = capsys.readouterr().out
    assert "stopped" not in out
    assert out.splitlines()[-1].startswith("the results listing could not be read")
    assert not dry_run(settings).knows_listing


@pytest.mark.graph
def test_what_is_due_is_fetched_though_the_listing_cannot_be_had(
    settings: Settings, site: LoopbackSite, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_matches(site, [plan(0, PlannedMap("Default"), best_of=1, forfeit_note="Their bus broke down")])
    with dagster_home() as instance:
        listing = dg.AssetSelection.assets("discovered_matches")
        assert materialize(build_definitions(settings), listing, instance).success
    site.publish(0, Answer(status=404), PageKind.RESULTS)
    capsys.readouterr()
    assert not sync(settings)
    assert count(settings, "matches") == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("the results listing could not be read")
    assert not dry_run(settings).knows_listing


def test_a_step_that_fails_by_no_pages_fault_ends_the_sync_in_its_own_words(
    settings: Settings,
) -> None:
    elsewhere = settings.model_copy(update={"base_url": "http://localhost:1"})
    with FileWarehouse(settings.warehouse, wait=1).transaction() as connection:
        claim_for_site(connection, "127.0.0.1")
    with pytest.raises(RunFailedError, match=r"^this warehouse contains pages of 127\.0\.0\.1"):
        sync(elsewhere)


@pytest.mark.cli
@pytest.mark.timeout(900)
@pytest.mark.parametrize("stopped_at", ["/results", "/matches/", "/stats/matches/mapstatsid/"])
def test_ctrl_c_ends_a_sync_in_one_line_and_the_next_one_asks_only_for_the_rest(
    ready: Shell, site: LoopbackSite, stopped_at: str
) -> None:
    publish_matches(site, [plan(0)])
    ready.knobs |= {"HLTV_BASE_URL": site.base_url, "HLTV_CONCURRENCY": "1"}
    with ready.start("hltv-assets", "sync") as started:

        def press_ctrl_c(path: str) -> None:
            if path.startswith(stopped_at):
                site.before_answer = None
                started.send_signal(signal.SIGINT)

        site.before_answer = press_ctrl_c
        _, said = started.communicate(timeout=240)
    assert started.returncode == 1
    assert said == "Error: stopped; finished work is kept: run the same command again to go on\n"
    arrived = site.requested[:-1]
    assert ready.invoke("sync").exit_code == 0
    assert not {path for path in arrived if site.requested.count(path) > 1 and not path.startswith("/results")}
    assert count(Settings(data_dir=ready.folder / "data" / "demo"), "map_stats") == 3


@pytest.mark.graph
def test_a_page_that_cannot_be_read_does_not_keep_the_others_from_being_read(
    settings: Settings, site: LoopbackSite, capsys: pytest.CaptureFixture[str]
) -> None:
    (match,) = publish_matches(site, [plan(0)])
    broken = match.played[2].mapstatsid
    site.publish(broken, Answer(b"<html><body>no map</body></html>"))
    assert sync(settings)
    assert count(settings, "map_stats") == 2
    assert site.requests_by_page()[broken] == settings.max_attempts
    assert f"match {match.plan.match_id}, map 2: wrong_kind" in capsys.readouterr().out


def test_a_dry_run_counts_what_a_sync_would_ask_for_and_writes_nothing(settings: Settings, site: LoopbackSite) -> None:
    publish_matches(site, [plan(0), plan(1)])
    found = dry_run(settings)
    assert site.requested == ["/results?offset=0"]
    assert (found.listing_pages, found.match_pages) == (2, 2)
    assert count(settings, "discovered_matches") == 0


def test_after_a_sync_a_dry_run_counts_only_what_is_new(synced: Settings, site: LoopbackSite) -> None:
    assert dry_run(synced).requests == 1
    publish_matches(site, [plan(0), match_of_one_map(1), match_of_one_map(2)])
    assert dry_run(synced).match_pages == 1


def test_a_dry_run_of_what_a_day_brings_goes_by_the_results_a_day(settings: Settings, site: LoopbackSite) -> None:
    results = [replace(listed(plan(0)), match_id=5_000 + n, ended_at=ENDED - timedelta(hours=n)) for n in range(900)]
    publish_listing(site, results)
    everything = dry_run(settings)
    assert everything.match_pages == 900
    some_days = dry_run(settings.model_copy(update={"since": (ENDED - timedelta(days=10)).date()}))
    assert 230 < some_days.match_pages < 260
    today = dry_run(settings.model_copy(update={"since": date(2026, 3, 1)}))
    assert today.match_pages == sum(result.ended_at >= datetime(2026, 3, 1, tzinfo=UTC) for result in results)


def test_a_dry_run_counts_only_matches_that_are_wanted_where_it_can_know(
    settings: Settings, site: LoopbackSite, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_matches(site, [plan(0), plan(1)])
    nothing_wanted = settings.model_copy(update={"events": ("No such event",)})
    assert dry_run(nothing_wanted).match_pages == 0
    assert "fewer" not in capsys.readouterr().out
    results = [replace(listed(plan(0)), match_id=5_000 + n, ended_at=ENDED - timedelta(hours=n)) for n in range(150)]
    publish_listing(site, results)
    assert dry_run(nothing_wanted).match_pages == 50
    assert "or fewer: HLTV_EVENTS" in capsys.readouterr().out
    assert count(settings, "discovered_matches") == 0


def test_a_dry_run_says_why_the_listing_could_not_be_had(
    settings: Settings, site: LoopbackSite, capsys: pytest.CaptureFixture[str]
) -> None:
    site.publish(0, Answer(b"<html><body>another page</body></html>"), PageKind.RESULTS)
    assert dry_run(settings).requests == 1
    assert "could not fetch the listing (wrong_kind" in capsys.readouterr().out
    site.publish(0, BLOCK, PageKind.RESULTS)
    dry_run(settings)
    assert "could not fetch the listing (blocked" in capsys.readouterr().out


def test_a_dry_run_says_how_many_hours_the_pace_makes_of_it(
    settings: Settings, site: LoopbackSite, capsys: pytest.CaptureFixture[str]
) -> None:
    results = [replace(listed(plan(0)), match_id=5_000 + n, ended_at=ENDED - timedelta(hours=n)) for n in range(1_000)]
    publish_listing(site, results)
    found = dry_run(settings.model_copy(update={"min_delay": 0.6}))
    assert found.requests == 11 + 1_000 + 6_900
    assert found.seconds == pytest.approx(found.requests * 0.6, rel=0.05)
    assert "at least 1.4 hours, with 0.6 s between two requests" in capsys.readouterr().out
