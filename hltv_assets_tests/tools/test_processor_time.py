"""The guard against a slower suite counts what a command's processes take, and fails where that grew."""

import sys
from pathlib import Path

import pytest

from tools.processor_time import main, measure, verdict

_BUSY = "import time\nwhile time.process_time() < 1.0: pass"


def test_the_processor_time_of_grandchildren_counts_and_waiting_does_not() -> None:
    nested = f"import subprocess, sys, time; time.sleep(0.5); subprocess.run([sys.executable, '-c', {_BUSY!r}])"
    code, seconds, loop = measure([sys.executable, "-c", nested])
    assert code == 0
    assert seconds >= 1.0
    assert loop > 0


def test_a_quotient_is_refused_from_one_and_a_half_times_the_figure_on() -> None:
    assert verdict(150.0, 100.0) is None
    assert "more than 1.5 times the 100 on record" in (verdict(151.0, 100.0) or "")


@pytest.mark.parametrize(
    ("figure", "command", "code"), [("1000000", "pass", 0), ("0.0001", "pass", 1), ("1000000", "exit(7)", 7)]
)
def test_the_exit_code_is_that_of_the_command_or_1_if_it_took_too_much(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], figure: str, command: str, code: int
) -> None:
    (tmp_path / "figure").write_text(figure)
    with pytest.raises(SystemExit) as ended:
        main([str(tmp_path / "figure"), sys.executable, "-c", command])
    assert ended.value.code == code
    said = capsys.readouterr()
    assert "times the calibration loop" in said.out
    assert ("on record" in said.err) == (code == 1)
