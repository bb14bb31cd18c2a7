"""A guard against a test suite that slowly gets slower: `python -m tools.processor_time FIGURE COMMAND...`.

It runs a command, divides the processor time of all its processes by that of a fixed loop, and ends with 1 if the
quotient exceeds 1.5 times the figure in a file. A slower machine is slower at both, and waiting does not count. Because
a busy processor is slower than an idle one, the loop runs every few seconds beside the command.
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
_SECONDS_BETWEEN_LOOPS = 5
_STEPS = 500_000


def measure(command: Sequence[str]) -> tuple[int, float, float]:
    """Run a command; return its exit code, the processor seconds of its processes, and those of the loop beside it."""
    before = _of_children()
    with subprocess.Popen(command) as process:
        loops = [_loop()]
        while process.poll() is None:
            try:
                process.wait(_SECONDS_BETWEEN_LOOPS)
            except subprocess.TimeoutExpired:
                loops.append(_loop())
    return process.returncode, _of_children() - before, median(loops)


def _loop() -> float:
    started = time.process_time()
    seen: dict[int, str] = {}
    value = 1
    for step in range(_STEPS):
        value = (value * 1_103_515_245 + 12_345) % 2_147_483_648
        seen[value % 4_096] = f"{step}"
    return time.process_time() - started


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
    code, seconds, loop = measure(arguments.command)
    quotient = seconds / loop
    print(f"processor time: {seconds:.0f} s, {quotient:.0f} times the calibration loop ({loop:.3f} s)", flush=True)
    problem = verdict(quotient, float(arguments.figure.read_text()))
    if problem:
        print(problem, file=sys.stderr)
    sys.exit(code or (1 if problem else 0))


if __name__ == "__main__":
    main()
