"""`hltv-assets plan` when it cannot do what it is to do."""

from pathlib import Path

import pytest

from hltv_assets.settings import Settings
from hltv_assets.shell.errors import RunFailedError
from hltv_assets.shell.planning import plan_batches


def test_a_warehouse_that_cannot_be_opened_ends_the_planning_in_the_steps_own_words(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    Path(settings.warehouse).mkdir(parents=True)
    with pytest.raises(RunFailedError, match=r"^cannot open the warehouse"):
        plan_batches(settings)
    assert "STEP_FAILURE" not in capfd.readouterr().err
