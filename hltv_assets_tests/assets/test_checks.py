"""The rules as Dagster shows them: made after a batch for its maps, and over the whole warehouse by the job `sweep`."""

import dagster as dg
import pytest

from hltv_assets.assets.checks import ARCHIVE_CHECK
from hltv_assets.definitions import build_definitions
from hltv_assets.pipeline.chain import CHAINS
from hltv_assets.warehouse.rules.evaluate import RULES
from testkit.synced import go_on_from
from testkit.world import World, check_metadata, failed_checks


def evaluations(result: dg.ExecuteInProcessResult) -> dict[tuple[str, str], dg.AssetCheckEvaluation]:
    return {(one.asset_key.to_user_string(), one.check_name): one for one in result.get_asset_check_evaluations()}


def sweep(world: World) -> dg.ExecuteInProcessResult:
    job = build_definitions(world.settings).resolve_job_def("sweep")
    return job.execute_in_process(instance=world.instance, raise_on_error=False)


@pytest.fixture
def filled(world: World, filled_world: World) -> World:
    """A copy of the filled world, in whose runs all checks are made."""
    go_on_from(world, filled_world)
    world.with_rules = True
    return world


@pytest.mark.graph
def test_the_sweep_makes_every_check_over_the_whole_warehouse(filled: World) -> None:
    world = filled
    batches = [("pending_matches*", world.keys("match_batches")[0]), ("pending_maps*", world.keys("map_batches")[0])]
    made = [name for selection, key in batches for name in evaluations(world.materialize(selection, key))]
    assert {(rule.table, rule.name) for rule in RULES} <= set(made)
    world.query("UPDATE map_stats SET team_left_rounds = 99 WHERE match_id = 8000001 AND map_number = 1")
    world.query("UPDATE matches SET team1_score = 5 WHERE match_id = 8000000")
    result = sweep(world)
    found = evaluations(result)
    archive_checks = {(chain.raw_asset, ARCHIVE_CHECK) for chain in CHAINS}
    assert set(found) == {(rule.table, rule.name) for rule in RULES} | archive_checks
    assert all(found[check].passed for check in archive_checks)
    # Of one page two numbers differ: an error. Between pages: a warning.
    assert not found["map_stats", "halves_match_score"].passed
    assert found["map_stats", "halves_match_score"].severity is dg.AssetCheckSeverity.ERROR
    assert not found["maps", "maps_match_series_score"].passed
    assert found["maps", "maps_match_series_score"].severity is dg.AssetCheckSeverity.WARN
    assert found["maps", "maps_match_series_score"].description == (
        "disagreements: 1; first: match 8000000: score, 5:2 instead of 1:2"
    )
    shown = check_metadata(result, "maps_match_series_score")
    assert shown["disagreements"] == 1
    (example,) = shown["examples"]
    assert (example.data["match_id"], example.data["about"], example.data["found"]) == (8_000_000, "score", "5:2")
    assert found["player_side_stats", "sides_sum_to_both"].passed


@pytest.mark.graph
def test_a_page_that_differs_from_its_sister_is_written_and_a_warning_names_the_place(filled: World) -> None:
    filled.query("UPDATE match_player_stats SET adr = 1 WHERE match_id = 8000000 AND map_number = 1 AND side = 'both'")
    (key,) = filled.query("SELECT batch_key FROM batch_members WHERE page_group = 'map' AND page_id = 700000")[0]
    result = filled.run_all(key)
    assert result.success
    assert failed_checks(result) == ["scoreboard_matches_match_page"]
    assert check_metadata(result, "scoreboard_matches_match_page")["disagreements"] == 10


def test_a_page_that_is_gone_or_damaged_in_the_archive_is_found(filled: World) -> None:
    gone, damaged = 700_000, 700_001
    folder = filled.data_dir / "raw" / "matches" / "8000000"
    (file,) = (folder / f"map_stats-{gone}").iterdir()
    file.unlink()
    (file,) = (folder / f"map_performance-{damaged}").iterdir()
    body = bytearray(file.read_bytes())
    body[-20] ^= 1
    file.write_bytes(bytes(body))
    found = evaluations(sweep(filled))
    failed = {check for check, one in found.items() if not one.passed}
    assert failed == {("raw_map_html", ARCHIVE_CHECK), ("raw_performance_html", ARCHIVE_CHECK)}
    said = found["raw_map_html", ARCHIVE_CHECK].description or ""
    assert said.startswith("pages checked: 6, missing or damaged: 1; first: match 8000000, map 1: ")
    assert found["raw_map_html", ARCHIVE_CHECK].severity is dg.AssetCheckSeverity.ERROR
