"""Fixtures of the verbs' tests: a folder to type commands in, and the settings of what runs in this process."""

import shutil
from pathlib import Path

import pytest

from hltv_assets.settings import Settings
from testkit.loopback_site import LoopbackSite
from testkit.places import PROJECT
from testkit.shell import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell in a folder in which nothing was set up yet."""
    shutil.copyfile(PROJECT / "dagster.yaml", tmp_path / "dagster.yaml")
    return Shell(tmp_path)


@pytest.fixture
def settings(tmp_path: Path, site: LoopbackSite, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of what runs in this process, against the loopback site."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    return Settings(data_dir=tmp_path / "data", base_url=site.base_url, tries=1, retry_base=0.0, max_attempts=2)
