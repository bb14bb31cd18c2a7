"""Pictures stand where a user looks, say what the tables say, and never cost a run."""

import subprocess
import sys
from base64 import b64decode

import dagster as dg
import matplotlib.figure
import pytest

from testkit.loopback_site import Answer
from testkit.plans import match_of_one_map
from testkit.synced import go_on_from, publish_matches, sync_once
from testkit.world import World

pytestmark = pytest.mark.graph

PNG = b"\x89PNG\r\n\x1a\n"


def pictures(results: list[dg.ExecuteInProcessResult]) -> dict[tuple[str, str], bytes]:
    """The pictures of the last materialization of each asset, by asset and name."""
    found = {}
    for result in results:
        for event in result.get_asset_materialization_events():
            for name, value in event.materialization.metadata.items():
                if isinstance(value, dg.MarkdownMetadataValue):
                    found[event.materialization.asset_key.to_user_string(), name] = decoded(value)
    return found


def decoded(value: dg.MarkdownMetadataValue) -> bytes:
    picture = value.md_str or ""
    return b64decode(picture.split(";base64,")[1].removesuffix(")"))


def test_every_asset_that_should_has_its_picture_and_no_other(world: World) -> None:
    publish_matches(world.site, [match_of_one_map(0), match_of_one_map(1)])
    found = pictures([*sync_once(world), world.materialize(["discovered_matches"])])
    assert set(found) == {
        ("discovered_matches", "matches_by_day"),
        ("discovered_matches", "maps_by_day"),
        ("match_batches", "matches_by_day"),
        ("map_batches", "maps_by_day"),
        ("round_history", "first_map"),
        ("round_economy", "first_map"),
    }
    assert all(picture.startswith(PNG) and len(picture) < 20_000 for picture in found.values())


def test_a_finished_batch_draws_nothing_of_pages_that_it_neither_fetched_nor_wrote(
    world: World, filled_world: World
) -> None:
    go_on_from(world, filled_world)
    assert pictures([world.run_all()]) == {}


def test_what_a_discarded_batch_fetched_is_noted_once(world: World) -> None:
    (broken, *_) = world.add_maps(2)
    world.site.publish(broken.mapstatsid, Answer(b"<html>"))
    world.plan()
    result = world.run_batch()
    assert world.query("SELECT page_kind, batch_key, batch_size, outcomes, bytes > 0 FROM fetch_runs") == [
        ("map_stats", "maps-000001", 2, '{"ok":1,"truncated":1}', True)
    ]
    assert world.run_batch().run_id != result.run_id
    assert world.query("SELECT count(*) FROM fetch_runs") == [(1,)]


def test_teams_whose_match_is_not_known_are_drawn_by_their_ids(world: World) -> None:
    world.add_maps(1)
    world.plan()
    assert ("round_history", "first_map") in pictures([world.run_batch()])


def test_a_picture_that_cannot_be_drawn_is_a_warning_with_its_reason_and_the_batch_is_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add_maps(1)
    world.plan()

    def fail(*_: object, **__: object) -> None:
        raise MemoryError("no room for a figure")

    monkeypatch.setattr(matplotlib.figure.Figure, "savefig", fail)
    result = world.run_batch()
    assert result.success
    assert len(world.written()) == 1
    assert pictures([result]) == {}
    said = [entry.user_message for entry in world.instance.all_logs(result.run_id)]
    assert said.count("first_map could not be drawn: MemoryError('no room for a figure')") == 1


@pytest.mark.cli
def test_loading_the_code_location_imports_no_matplotlib() -> None:
    code = "import sys, hltv_assets.definitions; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
