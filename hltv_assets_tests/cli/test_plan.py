"""`hltv-assets plan` when it cannot do what it is to do."""

from pathlib import Path

import pytest

from hltv_assets.cli.errors import DagsterHomeError, RunFailedError
from hltv_assets.cli.plan import plan_batches
from hltv_assets.settings import Settings


def test_a_warehouse_that_cannot_be_opened_ends_the_planning_in_the_steps_own_words(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    Path(settings.warehouse).mkdir(parents=True)
    with pytest.raises(RunFailedError, match=r"^cannot open the warehouse"):
        plan_batches(settings)
    assert "STEP_FAILURE" not in capfd.readouterr().err


def test_a_dagster_home_that_cannot_be_read_or_is_gone_is_named(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home" / "history" / "runs.db").write_text("no database")
    with pytest.raises(DagsterHomeError, match=r"cannot use the files in DAGSTER_HOME.*file is not a database"):
        plan_batches(settings)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "nowhere"))
    with pytest.raises(DagsterHomeError, match=r"nowhere.*make setup"):
        plan_batches(settings)
