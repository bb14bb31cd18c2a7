"""`hltv-assets setup` writes down where things are, once for Dagster and once for us."""

from pathlib import Path

import pytest
from dotenv import dotenv_values

from hltv_assets.shell.setting_up import set_up


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout without `.env`."""
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    return tmp_path


def test_the_first_setup_names_the_demo_folder_by_absolute_paths(root: Path) -> None:
    set_up(root, None)
    values = dotenv_values(root / ".env")
    assert values["HLTV_DATA_DIR"] == str(root / "data" / "demo")
    assert values["DAGSTER_HOME"] == str(root / "data" / "demo" / "dagster")
    assert (root / "data" / "demo" / "dagster" / "dagster.yaml").read_text() == (root / "dagster.yaml").read_text()


def test_a_data_folder_of_ones_own_changes_both_and_leaves_the_sample(root: Path) -> None:
    set_up(root, None)
    set_up(root, Path("data/hltv"))
    values = dotenv_values(root / ".env")
    assert values["HLTV_DATA_DIR"] == str(root / "data" / "hltv")
    assert values["DAGSTER_HOME"] == str(root / "data" / "hltv" / "dagster")
    assert values["HLTV_BASE_URL"] == "https://www.hltv.org"


def test_setting_up_again_keeps_the_data_folder_and_other_lines(root: Path) -> None:
    set_up(root, Path("data/hltv"))
    with (root / ".env").open("a") as env:
        env.write("HLTV_BATCH_SIZE=7\n")
    set_up(root, None)
    values = dotenv_values(root / ".env")
    assert values["HLTV_DATA_DIR"] == str(root / "data" / "hltv")
    assert values["HLTV_BATCH_SIZE"] == "7"
    assert values["HLTV_BASE_URL"] == "https://www.hltv.org"


def test_going_back_to_the_demo_goes_back_to_the_sample(root: Path) -> None:
    set_up(root, Path("data/hltv"))
    set_up(root, Path("data/demo"))
    assert dotenv_values(root / ".env")["HLTV_BASE_URL"] == ""
