"""`hltv-assets setup` writes down where things are, once for Dagster and once for us."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from dotenv import dotenv_values

from hltv_assets.cli.setup import ConfigurationError, set_up


@pytest.fixture
def root(tmp_path: Path, checkout: Path) -> Path:
    """A checkout that was set up for the demo, and once for a data folder of one's own, but has no `.env` now."""
    shutil.copyfile(checkout / "dagster.yaml", tmp_path / "dagster.yaml")
    for data in ("demo", "hltv"):
        shutil.copytree(checkout / "data" / "demo" / "dagster", tmp_path / "data" / data / "dagster")
    return tmp_path


def test_the_first_setup_names_the_demo_folder_by_absolute_paths(checkout: Path) -> None:
    values = dotenv_values(checkout / ".env")
    home = checkout / "data" / "demo" / "dagster"
    assert values["HLTV_DATA_DIR"] == str(checkout / "data" / "demo")
    assert values["DAGSTER_HOME"] == str(home)
    assert (home / "dagster.yaml").read_text() == (checkout / "dagster.yaml").read_text()


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


def revisions_of(file: Path) -> list[str]:
    """The revisions that Dagster noted in one of its files: one, if it can be opened."""
    with closing(sqlite3.connect(file)) as connection:
        return [revision for (revision,) in connection.execute("SELECT version_num FROM alembic_version")]


def test_dagsters_files_are_made_before_several_processes_can_open_them_at_once(checkout: Path) -> None:
    files = list((checkout / "data" / "demo" / "dagster").rglob("*.db"))
    assert {file.name for file in files} == {"runs.db", "index.db", "schedules.db"}
    assert [len(revisions_of(file)) for file in files] == [1, 1, 1]


def test_they_are_made_for_a_home_that_has_its_configuration_but_was_never_opened(root: Path) -> None:
    home = root / "data" / "demo" / "dagster"
    shutil.rmtree(home)
    home.mkdir()
    shutil.copyfile(root / "dagster.yaml", home / "dagster.yaml")
    set_up(root, None)
    assert {file.name for file in home.rglob("*.db")} == {"runs.db", "index.db", "schedules.db"}


def test_what_dagster_made_is_not_opened_by_each_setup(root: Path) -> None:
    file = root / "data" / "demo" / "dagster" / "schedules" / "schedules.db"
    # Opened again, they would be found not to be those of Dagster.
    file.write_text("not a database")
    set_up(root, None)
    assert file.read_text() == "not a database"


def test_a_setup_that_was_cut_off_is_made_whole_by_the_next(root: Path) -> None:
    home = root / "data" / "demo" / "dagster"
    shutil.rmtree(home)
    (root / "dagster.yaml").write_text("telemetry: not this\n")
    with pytest.raises(ConfigurationError, match=r"dagster\.yaml: (.|\n)*telemetry"):
        set_up(root, None)
    assert not (home / "dagster.yaml").exists()
    (root / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    set_up(root, None)
    assert [file.name for file in home.glob("*.yaml")] == ["dagster.yaml"]
    assert len(list(home.rglob("*.db"))) == 3


def test_a_changed_configuration_replaces_the_one_in_dagster_home(root: Path) -> None:
    changed = "telemetry: {enabled: false}\nnux: {enabled: false}\n"
    (root / "dagster.yaml").write_text(changed)
    set_up(root, None)
    assert (root / "data" / "demo" / "dagster" / "dagster.yaml").read_text() == changed


def test_a_data_folder_that_cannot_be_is_refused_and_the_one_before_stays(root: Path) -> None:
    set_up(root, None)
    before = (root / ".env").read_text()
    for data in (Path("dagster.yaml"), Path("/proc/none")):
        with pytest.raises(ConfigurationError, match=r"cannot be a data folder"):
            set_up(root, data)
    assert (root / ".env").read_text() == before
