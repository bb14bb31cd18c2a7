"""The inbox: what lies in it is imported once."""

from pathlib import Path

import dagster as dg

from hltv_assets.automation.inbox import inbox_request, inbox_sensor
from hltv_assets.definitions import build_definitions
from hltv_assets_tests.world import World


def _put(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "page.html"
    file.write_text(text)
    return file


def _tick(world: World) -> dg.RunRequest | dg.SkipReason:
    definitions = build_definitions(world.settings)
    context = dg.build_sensor_context(instance=world.instance, resources=definitions.resources)
    request = inbox_sensor(world.settings)(context)
    assert isinstance(request, dg.RunRequest | dg.SkipReason)
    return request


def test_an_empty_inbox_asks_for_nothing() -> None:
    assert inbox_request([]) == dg.SkipReason("the inbox is empty")


def test_the_same_files_ask_for_one_run_and_a_change_for_another(tmp_path: Path) -> None:
    file = _put(tmp_path, "a")
    first, again = inbox_request([file]), inbox_request([file])
    file.write_text("changed")
    changed = inbox_request([file])
    assert isinstance(first, dg.RunRequest)
    assert isinstance(again, dg.RunRequest)
    assert isinstance(changed, dg.RunRequest)
    assert first.run_key == again.run_key != changed.run_key


def test_the_sensor_looks_into_the_inbox_of_the_data_folder(world: World) -> None:
    assert isinstance(_tick(world), dg.SkipReason)
    _put(world.data_dir / "inbox", "a")
    assert isinstance(_tick(world), dg.RunRequest)
