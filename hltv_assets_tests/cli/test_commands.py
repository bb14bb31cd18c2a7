"""The commands as people type them, with their exit codes and what they print.

Most run in this process. Marked `cli` is where a process of its own is the point: the demo, Dagster's own commands,
two syncs in a row, the memory that a run takes.
"""

import json
from pathlib import Path

import duckdb
import pytest

from hltv_assets.settings import Settings
from hltv_assets.site.sample import sample_folder
from testkit.asking import MAP, map_html
from testkit.loopback_site import Answer, LoopbackSite
from testkit.places import PROJECT
from testkit.plans import match_of_one_map, plan
from testkit.shell import Shell
from testkit.synced import publish_matches

FIRST = "maps-000001"


def _played() -> int:
    return len(list((sample_folder() / "stats/matches/mapstatsid").iterdir()))


def _claim_for_loopback(shell: Shell) -> None:
    """Let the warehouse be one of the loopback site, which lacks the pages of its maps."""
    with duckdb.connect(shell.warehouse) as connection:
        connection.execute("UPDATE site_state SET host = '127.0.0.1'")


def test_a_command_is_a_process_with_an_exit_code_and_its_errors_apart_from_what_it_prints(ready: Shell) -> None:
    setup = ready.run("hltv-assets", "setup")
    assert (setup.returncode, setup.stderr) == (0, "")
    assert f"data folder: {ready.folder}" in setup.stdout
    ready.knobs["HLTV_BATCH_SIZE"] = "many"
    status = ready.run("hltv-assets", "status")
    assert (status.returncode, status.stdout) == (1, "")
    assert status.stderr.startswith("Error: HLTV_BATCH_SIZE: ")
    assert "Traceback" not in status.stderr


@pytest.mark.cli
@pytest.mark.timeout(900)
def test_the_demo_fills_all_tables_of_the_sample_and_says_what_to_type_next(ready: Shell) -> None:
    demo = ready.run("hltv-assets", "demo")
    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert f"--select 'pending_maps*' --partition {FIRST}" in demo.stdout
    assert "make ui" in demo.stdout
    with duckdb.connect(ready.warehouse) as connection:
        assert connection.execute("SELECT count(*) FROM map_stats").fetchone() == (_played(),)
        assert connection.execute("SELECT count(*) FROM player_stats").fetchone() == (_played() * 10,)
        # One map of the sample has no economy: its page is asked for again in a month.
        pending = connection.execute("SELECT page_kind, is_due FROM pending_maps").fetchall()
        assert pending == [("map_economy", False)]
        assert connection.execute("SELECT count(*) FROM pending_matches").fetchone() == (0,)


@pytest.mark.cli
@pytest.mark.timeout(900)
def test_a_second_sync_asks_for_one_page_of_the_listing(ready: Shell, site: LoopbackSite) -> None:
    publish_matches(site, [plan(0), match_of_one_map(1)])
    ready.knobs["HLTV_BASE_URL"] = site.base_url
    estimate = ready.invoke("sync", "--dry-run")
    assert "2 unknown matches" in estimate.stdout
    assert site.requested == ["/results?offset=0"]
    site.requested.clear()
    first = ready.run("hltv-assets", "sync")
    assert first.returncode == 0, first.stdout + first.stderr
    assert len(site.requested) == len(set(site.requested)) == 1 + 2 + 3 * 4
    site.requested.clear()
    second = ready.run("hltv-assets", "sync")
    assert second.returncode == 0
    assert site.requested == ["/results?offset=0"]


def test_a_snapshot_is_published_by_a_command_that_prints_where_it_lies(ready: Shell, known_checkout: Path) -> None:
    without = ready.invoke("snapshot")
    assert (without.exit_code, without.stdout) == (1, "")
    assert "there is no warehouse" in without.stderr
    Path(ready.warehouse).write_bytes(Path(Shell(known_checkout).warehouse).read_bytes())
    snapshot = ready.invoke("snapshot")
    assert snapshot.exit_code == 0
    with duckdb.connect(snapshot.stdout.strip(), read_only=True) as connection:
        assert connection.execute("SELECT count(*) > 0 FROM maps").fetchone() == (True,)


def test_plan_prints_the_new_keys_one_a_line_and_nothing_else(known: Shell) -> None:
    known.knobs["HLTV_BATCH_SIZE"] = "20"
    plan = known.invoke("plan")
    assert (plan.exit_code, plan.stdout) == (0, "maps-000001\nmaps-000002\n")
    again = known.invoke("plan")
    assert (again.exit_code, again.stdout) == (0, "")


@pytest.mark.cli
@pytest.mark.timeout(900)
def test_dagsters_own_command_runs_the_chain_once_a_new_dagster_home_has_the_keys_again(planned: Shell) -> None:
    home = planned.folder / "other-home"
    home.mkdir()
    planned.configure("DAGSTER_HOME", home)
    planned.knobs["HLTV_BATCH_SIZE"] = "2"
    unknown = planned.materialize("pending_maps*", "--partition", FIRST)
    assert unknown.returncode == 1
    assert FIRST in unknown.stdout + unknown.stderr
    assert planned.materialize("map_batches").returncode == 0
    run = planned.materialize("pending_maps*", "--partition", FIRST)
    assert run.returncode == 0, run.stderr
    status = planned.invoke("status")
    assert status.exit_code == 0
    assert "player_stats" in status.stdout
    with duckdb.connect(planned.warehouse) as connection:
        assert connection.execute("SELECT count(*) FROM map_stats").fetchone() == (2,)


@pytest.mark.cli
def test_a_fetch_error_ends_with_exit_code_1_and_names_the_check(planned: Shell, site: LoopbackSite) -> None:
    _claim_for_loopback(planned)
    planned.knobs["HLTV_BASE_URL"] = site.base_url
    run = planned.materialize("pending_maps*", "--partition", FIRST)
    assert run.returncode == 1
    assert "fetch_errors" in run.stderr
    assert "not_found" in run.stderr


def test_a_site_other_than_the_one_of_the_warehouse_is_refused(planned: Shell, site: LoopbackSite) -> None:
    planned.knobs["HLTV_BASE_URL"] = site.base_url
    run = planned.invoke("sync")
    assert run.exit_code == 1
    assert run.stderr.startswith("Error: this warehouse contains pages of sample.invalid")
    assert site.requested == []


def test_a_misspelt_knob_is_warned_of_once_and_stops_nothing(ready: Shell) -> None:
    ready.knobs["HLTV_BATCHSIZE"] = "7"
    status = ready.invoke("status")
    assert status.exit_code == 0
    assert status.stderr == ("Warning: unknown setting HLTV_BATCHSIZE is ignored; did you mean HLTV_BATCH_SIZE?\n")


def test_setup_in_another_folder_says_where_to_type_it_and_writes_nothing(tmp_path: Path) -> None:
    setup = Shell(tmp_path).invoke("setup")
    assert setup.exit_code == 1
    assert "is not the project folder" in setup.stderr
    assert list(tmp_path.iterdir()) == []


def test_plan_without_a_setup_says_what_to_do(shell: Shell) -> None:
    plan = shell.invoke("plan")
    assert plan.exit_code == 1
    assert "make setup" in plan.stderr


def test_a_data_folder_that_cannot_be_written_ends_in_one_line(ready: Shell) -> None:
    (ready.folder / "file").touch()
    ready.configure("HLTV_DATA_DIR", ready.folder / "file" / "data")
    plan = ready.invoke("plan")
    assert plan.exit_code == 1
    assert plan.stderr.startswith("Error: cannot open the warehouse")
    assert len(plan.stderr.splitlines()) == 1


@pytest.mark.cli
@pytest.mark.timeout(900)
def test_an_archive_that_cannot_be_written_fails_the_run_and_loses_nothing(planned: Shell) -> None:
    (planned.folder / "file").touch()
    planned.knobs["HLTV_ARCHIVE"] = str(planned.folder / "file")
    run = planned.materialize("pending_maps*", "--partition", FIRST)
    assert run.returncode == 1
    assert "check HLTV_ARCHIVE" in run.stderr
    del planned.knobs["HLTV_ARCHIVE"]
    assert planned.materialize("pending_maps*", "--partition", FIRST).returncode == 0


def test_release_frees_one_page_or_all_and_says_how_many(planned: Shell) -> None:
    with duckdb.connect(planned.warehouse) as connection:
        for page_id in (900_001, 900_002, 900_003):
            connection.execute(
                "INSERT INTO page_failures BY NAME SELECT 'map_stats' AS page_kind, ? AS page_id, 'held' AS status",
                [page_id],
            )
    nothing = planned.invoke("release")
    assert nothing.exit_code == 2
    assert "name one page" in nothing.stderr
    one = planned.invoke("release", "map_stats", "900001")
    assert (one.exit_code, one.stdout) == (0, "released and due now: 1\n")
    none = planned.invoke("release", "map_stats", "1")
    assert (none.exit_code, none.stdout) == (1, "")
    assert "no failed page matches" in none.stderr
    assert planned.invoke("release", "--all").stdout == "released and due now: 3\n"


@pytest.mark.cli
@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        ("dagster", ["definitions", "validate", "-m", "hltv_assets.definitions"]),
        ("dg", ["check", "defs"]),
        ("dg", ["list", "defs", "--json"]),
    ],
)
def test_dagsters_tools_know_the_project_in_its_root(ready: Shell, program: str, arguments: list[str]) -> None:
    knobs = {
        "HLTV_DATA_DIR": str(ready.folder / "data"),
        "DAGSTER_HOME": str(ready.folder / "data/demo/dagster"),
    }
    run = Shell(PROJECT, knobs).run(program, *arguments)
    assert run.returncode == 0, run.stdout + run.stderr
    if "--json" in arguments:
        keys = {asset["asset_key"] for asset in json.loads(run.stdout)["assets"]}
        assert {"map_batches", "pending_maps", "raw_map_html", "parsed_map_stats", "player_stats"} <= keys


def test_saved_pages_are_imported_by_a_command_that_says_what_it_took_knew_and_refused(ready: Shell) -> None:
    ready.knobs["HLTV_BASE_URL"] = "https://www.hltv.org"
    saved = ready.folder / "saved"
    saved.mkdir()
    (saved / "map.html").write_text(map_html(), "utf-8")
    (saved / "other.html").write_text("<html><body>no page</body></html>")
    first = ready.invoke("import", "saved")
    assert (first.exit_code, first.stderr) == (0, "")
    assert not first.stdout.startswith("\n")
    assert "2 files: 1 page taken, 0 known already, 1 refused" in first.stdout
    assert "refused saved/other.html: wrong_kind" in first.stdout
    assert "wait in the archive" in first.stdout
    again = ready.invoke("import", "saved/map.html")
    assert "1 file: 0 pages taken, 1 known already, 0 refused" in again.stdout
    status = ready.invoke("status")
    assert "imported, match not known" in status.stdout
    assert ready.invoke("import", "saved/other.html").exit_code == 1


@pytest.mark.cli
def test_pages_of_an_older_parser_are_read_again_by_a_command_that_says_how_many(
    shell: Shell, synced: Settings, site: LoopbackSite
) -> None:
    shell.knobs |= {"HLTV_DATA_DIR": str(synced.data_dir), "HLTV_BASE_URL": site.base_url}
    with duckdb.connect(synced.warehouse) as connection:
        connection.execute("UPDATE map_stats SET parser_version = 0, map_name = 'unread'")
    again = shell.run("hltv-assets", "reparse", "map_stats", "--workers", "2")
    assert again.returncode == 0, again.stderr
    assert "4 pages parsed again and loaded, 0 unchanged, 0 failed" in again.stdout
    with duckdb.connect(synced.warehouse) as connection:
        assert connection.execute("SELECT count(*) FROM map_stats WHERE map_name = 'unread'").fetchone() == (0,)
    assert "0 pages parsed again and loaded" in shell.invoke("reparse").stdout


@pytest.mark.cli
@pytest.mark.benchmark
def test_an_import_of_a_thousand_pages_takes_no_more_than_200_mb(ready: Shell) -> None:
    ready.knobs["HLTV_BASE_URL"] = "https://www.hltv.org"
    saved = ready.folder / "saved"
    saved.mkdir()
    html = map_html()
    for number in range(MAP, MAP + 1_000):
        (saved / f"{number}.html").write_text(html.replace(str(MAP), str(number)), "utf-8")
    run = ready.run("hltv-assets", "import", "saved", measured=True)
    assert "1,000 files: 1,000 pages taken" in run.stdout
    most_kilobytes = int(run.stderr.split()[-1])
    assert most_kilobytes < 200_000


def test_a_cool_down_shows_in_status_and_is_ended_by_a_release_of_the_site(planned: Shell, site: LoopbackSite) -> None:
    _claim_for_loopback(planned)
    planned.knobs["HLTV_BASE_URL"] = site.base_url
    site.robots = Answer(b"<html><title>Just a moment...</title></html>", status=403)
    run = planned.invoke("sync")
    assert run.exit_code == 1
    assert "robots.txt" in run.stdout
    during = planned.invoke("status").stdout
    assert "1 in a row, the last: blocked" in during
    assert planned.invoke("release", "--site").stdout.startswith("the cool-down is over")
    assert planned.invoke("release", "--site").stdout == "there is no cool-down\n"
    assert "blocked" not in planned.invoke("status").stdout
