"""The commands as people type them: processes of their own, with their exit codes and what they print."""

import json

import duckdb
import pytest

from hltv_assets.site.sample import sample_folder
from testkit.asking import MAP, map_html
from testkit.loopback_site import Answer, LoopbackSite
from testkit.places import PROJECT
from testkit.shell import Shell, know_the_sample, publish_the_sample

pytestmark = pytest.mark.slow

FIRST = "maps-000001"


def _warehouse(shell: Shell) -> str:
    return str(shell.folder / "data" / "demo" / "hltv.duckdb")


def _played() -> int:
    return len(list((sample_folder() / "stats/matches/mapstatsid").iterdir()))


def test_the_demo_fills_all_tables_of_the_sample_and_says_what_to_type_next(shell: Shell) -> None:
    assert shell.run("hltv-assets", "setup").returncode == 0
    demo = shell.run("hltv-assets", "demo")
    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert f"--select 'pending_maps*' --partition {FIRST}" in demo.stdout
    assert "make ui" in demo.stdout
    with duckdb.connect(_warehouse(shell)) as connection:
        assert connection.execute("SELECT count(*) FROM map_stats").fetchone() == (_played(),)
        assert connection.execute("SELECT count(*) FROM player_stats").fetchone() == (_played() * 10,)
        # One map of the sample has no economy: its page is asked for again in a month.
        pending = connection.execute("SELECT page_kind, is_due FROM pending_maps").fetchall()
        assert pending == [("map_economy", False)]
        assert connection.execute("SELECT count(*) FROM pending_matches").fetchone() == (0,)


def test_a_second_sync_asks_for_one_page_of_the_listing(shell: Shell, site: LoopbackSite) -> None:
    publish_the_sample(site)
    shell.run("hltv-assets", "setup")
    shell.knobs["HLTV_BASE_URL"] = site.base_url
    estimate = shell.run("hltv-assets", "sync", "--dry-run")
    assert "16 matches that are not known" in estimate.stdout
    assert site.requested == ["/results?offset=0"]
    site.requested.clear()
    first = shell.run("hltv-assets", "sync")
    assert first.returncode == 0, first.stdout + first.stderr
    assert len(site.requested) == len(set(site.requested)) == 1 + 16 + 3 * _played()
    site.requested.clear()
    second = shell.run("hltv-assets", "sync")
    assert second.returncode == 0
    assert site.requested == ["/results?offset=0"]


def test_a_snapshot_is_published_by_a_command_that_prints_where_it_lies(shell: Shell) -> None:
    shell.run("hltv-assets", "setup")
    without = shell.run("hltv-assets", "snapshot")
    assert (without.returncode, without.stdout) == (1, "")
    assert "there is no warehouse" in without.stderr
    know_the_sample(shell)
    snapshot = shell.run("hltv-assets", "snapshot")
    assert snapshot.returncode == 0
    with duckdb.connect(snapshot.stdout.strip(), read_only=True) as connection:
        assert connection.execute("SELECT count(*) > 0 FROM maps").fetchone() == (True,)


def test_plan_prints_the_new_keys_one_a_line_and_nothing_else(shell: Shell) -> None:
    shell.run("hltv-assets", "setup")
    know_the_sample(shell)
    shell.knobs["HLTV_BATCH_SIZE"] = "20"
    plan = shell.run("hltv-assets", "plan")
    assert (plan.returncode, plan.stdout) == (0, "maps-000001\nmaps-000002\n")
    again = shell.run("hltv-assets", "plan")
    assert (again.returncode, again.stdout) == (0, "")


def test_the_chain_runs_by_dagsters_own_command(shell: Shell) -> None:
    shell.run("hltv-assets", "setup")
    know_the_sample(shell)
    assert shell.materialize("map_batches").returncode == 0
    run = shell.materialize("pending_maps*", "--partition", FIRST)
    assert run.returncode == 0, run.stderr
    status = shell.run("hltv-assets", "status")
    assert status.returncode == 0
    assert "player_stats" in status.stdout


def test_a_partition_key_that_nobody_added_is_refused(shell: Shell) -> None:
    shell.run("hltv-assets", "setup")
    run = shell.materialize("pending_maps*", "--partition", "maps-000099")
    assert run.returncode != 0
    assert "maps-000099" in run.stdout + run.stderr


def test_a_fetch_error_ends_with_exit_code_1_and_names_the_check(shell: Shell, site: LoopbackSite) -> None:
    shell.run("hltv-assets", "setup")
    know_the_sample(shell)
    shell.run("hltv-assets", "plan")
    with duckdb.connect(_warehouse(shell)) as connection:
        connection.execute("UPDATE site_state SET host = '127.0.0.1'")
    shell.knobs["HLTV_BASE_URL"] = site.base_url
    site.answers["/stats/matches/mapstatsid/900001"] = Answer(status=404)
    run = shell.materialize("pending_maps*", "--partition", FIRST)
    assert run.returncode == 1
    assert "fetch_errors" in run.stderr
    assert "not_found" in run.stderr


def test_a_site_other_than_the_one_of_the_warehouse_is_refused(shell: Shell, site: LoopbackSite) -> None:
    shell.run("hltv-assets", "setup")
    know_the_sample(shell)
    shell.run("hltv-assets", "plan")
    shell.knobs["HLTV_BASE_URL"] = site.base_url
    run = shell.materialize("pending_maps*", "--partition", FIRST)
    assert run.returncode == 1
    assert "this warehouse holds pages of sample.invalid" in run.stderr
    assert site.requested == []


def test_a_knob_that_is_wrong_is_named_by_its_variable(shell: Shell) -> None:
    shell.run("hltv-assets", "setup")
    shell.knobs["HLTV_BATCH_SIZE"] = "many"
    status = shell.run("hltv-assets", "status")
    assert status.returncode == 1
    assert status.stderr.startswith("Error: HLTV_BATCH_SIZE: ")
    assert "Traceback" not in status.stderr


def test_a_misspelt_knob_is_warned_of_once_and_stops_nothing(shell: Shell) -> None:
    shell.run("hltv-assets", "setup")
    shell.knobs["HLTV_BATCHSIZE"] = "7"
    status = shell.run("hltv-assets", "status")
    assert status.returncode == 0
    assert status.stderr == (
        "Warning: HLTV_BATCHSIZE is no setting and changes nothing; did you mean HLTV_BATCH_SIZE?\n"
    )


def test_setup_in_another_folder_says_where_to_type_it_and_writes_nothing(shell: Shell) -> None:
    elsewhere = shell.folder / "elsewhere"
    elsewhere.mkdir()
    setup = Shell(elsewhere).run("hltv-assets", "setup")
    assert setup.returncode == 1
    assert "is not the project's folder" in setup.stderr
    assert list(elsewhere.iterdir()) == []


def test_plan_without_a_setup_says_what_to_do(shell: Shell) -> None:
    plan = shell.run("hltv-assets", "plan")
    assert plan.returncode == 1
    assert "make setup" in plan.stderr


def test_a_data_folder_that_cannot_be_written_ends_in_one_line(shell: Shell) -> None:
    shell.run("hltv-assets", "setup")
    (shell.folder / "file").touch()
    shell.configure("HLTV_DATA_DIR", shell.folder / "file" / "data")
    plan = shell.run("hltv-assets", "plan")
    assert plan.returncode == 1
    assert plan.stderr.startswith("Error: cannot open the warehouse")
    assert "Traceback" not in plan.stderr
    run = shell.materialize("map_batches")
    assert run.returncode == 1
    assert "cannot open the warehouse" in run.stderr


def test_an_archive_that_cannot_be_written_fails_the_run_and_loses_nothing(shell: Shell) -> None:
    shell.run("hltv-assets", "setup")
    know_the_sample(shell)
    shell.run("hltv-assets", "plan")
    (shell.folder / "file").touch()
    shell.knobs["HLTV_ARCHIVE"] = str(shell.folder / "file")
    run = shell.materialize("pending_maps*", "--partition", FIRST)
    assert run.returncode == 1
    assert "check HLTV_ARCHIVE" in run.stderr
    del shell.knobs["HLTV_ARCHIVE"]
    assert shell.materialize("pending_maps*", "--partition", FIRST).returncode == 0


def test_release_frees_one_page_or_all_and_says_how_many(shell: Shell) -> None:
    shell.run("hltv-assets", "setup")
    know_the_sample(shell)
    shell.run("hltv-assets", "plan")
    with duckdb.connect(_warehouse(shell)) as connection:
        for page_id in (900_001, 900_002, 900_003):
            connection.execute(
                "INSERT INTO page_failures BY NAME SELECT 'map_stats' AS page_kind, ? AS page_id, 'held' AS status",
                [page_id],
            )
    assert shell.run("hltv-assets", "release").returncode != 0
    one = shell.run("hltv-assets", "release", "map_stats", "900001")
    assert (one.returncode, one.stdout) == (0, "released and due now: 1\n")
    none = shell.run("hltv-assets", "release", "map_stats", "1")
    assert (none.returncode, none.stdout) == (1, "")
    assert "no such page has failed" in none.stderr
    assert shell.run("hltv-assets", "release", "--all").stdout == "released and due now: 3\n"


def test_keys_that_a_new_dagster_home_lacks_are_registered_again(shell: Shell) -> None:
    shell.run("hltv-assets", "setup")
    know_the_sample(shell)
    shell.run("hltv-assets", "plan")
    home = shell.folder / "other-home"
    home.mkdir()
    shell.configure("DAGSTER_HOME", home)
    assert shell.materialize("pending_maps*", "--partition", FIRST).returncode == 1
    assert shell.materialize("map_batches").returncode == 0
    assert shell.materialize("pending_maps*", "--partition", FIRST).returncode == 0


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        ("dagster", ["definitions", "validate", "-m", "hltv_assets.definitions"]),
        ("dg", ["check", "defs"]),
        ("dg", ["list", "defs", "--json"]),
    ],
)
def test_dagsters_tools_know_the_project_in_its_root(shell: Shell, program: str, arguments: list[str]) -> None:
    shell.run("hltv-assets", "setup")
    shell.knobs |= {
        "HLTV_DATA_DIR": str(shell.folder / "data"),
        "DAGSTER_HOME": str(shell.folder / "data/demo/dagster"),
    }
    run = Shell(PROJECT, shell.knobs).run(program, *arguments)
    assert run.returncode == 0, run.stdout + run.stderr
    if "--json" in arguments:
        keys = {asset["asset_key"] for asset in json.loads(run.stdout)["assets"]}
        assert {"map_batches", "pending_maps", "raw_map_html", "parsed_map_stats", "player_stats"} <= keys


def test_saved_pages_are_imported_by_a_command_that_says_what_it_took_knew_and_refused(shell: Shell) -> None:
    shell.run("hltv-assets", "setup")
    shell.knobs["HLTV_BASE_URL"] = "https://www.hltv.org"
    saved = shell.folder / "saved"
    saved.mkdir()
    (saved / "map.html").write_text(map_html(), "utf-8")
    (saved / "other.html").write_text("<html><body>no page</body></html>")
    first = shell.run("hltv-assets", "import", "saved")
    assert (first.returncode, first.stderr) == (0, "")
    assert not first.stdout.startswith("\n")
    assert "2 files: 1 page taken, 0 known already, 1 refused" in first.stdout
    assert "refused saved/other.html: wrong_kind" in first.stdout
    assert "wait in the archive" in first.stdout
    again = shell.run("hltv-assets", "import", "saved/map.html")
    assert "1 file: 0 pages taken, 1 known already, 0 refused" in again.stdout
    status = shell.run("hltv-assets", "status")
    assert "imported, match unknown" in status.stdout
    assert shell.run("hltv-assets", "import", "saved/other.html").returncode == 1


def test_pages_of_an_older_parser_are_read_again_by_a_command_that_says_how_many(shell: Shell) -> None:
    shell.run("hltv-assets", "setup")
    know_the_sample(shell)
    shell.run("hltv-assets", "plan")
    assert shell.materialize("pending_maps*", "--partition", FIRST).returncode == 0
    with duckdb.connect(_warehouse(shell)) as connection:
        connection.execute("UPDATE map_stats SET parser_version = 0, map_name = 'unread'")
        pages = connection.execute("SELECT count(*) FROM map_stats").fetchone()
    again = shell.run("hltv-assets", "reparse", "map_stats", "--workers", "2")
    assert again.returncode == 0, again.stderr
    assert f"{pages[0] if pages else 0} pages read again and written, 0 left as they are, 0 failed" in again.stdout
    with duckdb.connect(_warehouse(shell)) as connection:
        assert connection.execute("SELECT count(*) FROM map_stats WHERE map_name = 'unread'").fetchone() == (0,)
    assert "0 pages read again and written" in shell.run("hltv-assets", "reparse").stdout


def test_an_import_of_a_thousand_pages_takes_no_more_than_200_mb(shell: Shell) -> None:
    shell.run("hltv-assets", "setup")
    shell.knobs["HLTV_BASE_URL"] = "https://www.hltv.org"
    saved = shell.folder / "saved"
    saved.mkdir()
    html = map_html()
    for number in range(MAP, MAP + 1_000):
        (saved / f"{number}.html").write_text(html.replace(str(MAP), str(number)), "utf-8")
    run = shell.run("hltv-assets", "import", "saved", measured=True)
    assert "1,000 files: 1,000 pages taken" in run.stdout
    most_kilobytes = int(run.stderr.split()[-1])
    assert most_kilobytes < 200_000


def test_a_cool_down_shows_in_status_and_is_ended_by_a_release_of_the_site(shell: Shell, site: LoopbackSite) -> None:
    shell.run("hltv-assets", "setup")
    know_the_sample(shell)
    shell.run("hltv-assets", "plan")
    with duckdb.connect(_warehouse(shell)) as connection:
        connection.execute("UPDATE site_state SET host = '127.0.0.1'")
    shell.knobs["HLTV_BASE_URL"] = site.base_url
    site.robots = Answer(b"<html><title>Just a moment...</title></html>", status=403)
    run = shell.materialize("pending_maps*", "--partition", FIRST)
    assert run.returncode == 1
    assert "robots.txt" in run.stderr
    during = shell.run("hltv-assets", "status").stdout
    assert "1 in a row, the last: blocked" in during
    assert shell.run("hltv-assets", "release", "--site").stdout.startswith("the cool-down is over")
    assert shell.run("hltv-assets", "release", "--site").stdout == "there is no cool-down\n"
    assert "blocked" not in shell.run("hltv-assets", "status").stdout
