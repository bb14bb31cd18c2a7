"""A guard against a test suite that slowly gets slower: `python -m tools.processor_time FIGURE COMMAND...`.

It runs a command, divides the processor time of all its processes by that of a fixed loop, and ends with 1 if the
quotient exceeds 1.5 times the figure in a file. A slower machine is slower at both, and waiting does not count.
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

MAX_GROWTH = 1.5
_ROUNDS = 5
_STEPS = 500_000


def calibrate() -> float:
    """Return the processor seconds of a fixed loop of the interpreter, the median of five rounds."""
    return median(_loop() for _ in range(_ROUNDS))


def _loop() -> float:
    started = time.process_time()
    seen: dict[int, str] = {}
    value = 1
    for step in range(_STEPS):
        value = (value * 1_103_515_245 + 12_345) % 2_147_483_648
        seen[value % 4_096] = f"{step}"
    return time.process_time() - started


def processor_seconds(command: Sequence[str]) -> tuple[int, float]:
    """Run a command, and return its exit code and the processor seconds of all its processes."""
    before = _of_children()
    code = subprocess.run(command, check=False).returncode
    return code, _of_children() - before


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def verdict(quotient: float, figure: float) -> str | None:
    """Return what is wrong with a quotient in a sentence, or None if it is small enough."""
    if quotient <= figure * MAX_GROWTH:
        return None
    return (
        f"the tests take {quotient:.0f} times the calibration loop, more than {MAX_GROWTH} times the {figure:.0f} on"
        " record: make them cheaper, give the costly ones a tier, or raise the figure and say why in the commit"
    )


def main(words: Sequence[str] | None = None) -> None:
    """Run the command that the words of the command line name, and fail if it failed or took too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figure", type=Path, help="the file with the quotient on record")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args(words)
    before = calibrate()
    code, seconds = processor_seconds(arguments.command)
    loop = median([before, calibrate()])
    quotient = seconds / loop
    print(f"processor time: {seconds:.0f} s, {quotient:.0f} times the calibration loop ({loop:.3f} s)", flush=True)
    problem = verdict(quotient, float(arguments.figure.read_text()))
    if problem:
        print(problem, file=sys.stderr)
    sys.exit(code or (1 if problem else 0))


if __name__ == "__main__":
    main()
