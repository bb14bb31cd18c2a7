"""`python -m benchmarks [MEASURE ...]`: measures, writes build/bench.json, and prints a table."""

import sys
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.goals import GOALS, Measured
from benchmarks.measures import MEASURES

_BUILD = Path("build")
_WIDTH_OF_FILE = 150


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(MEASURES)))
def main(names: tuple[str, ...]) -> None:
    """Measure all, or these; what was measured before and is not now stays in build/bench.json."""
    work = (_BUILD / "bench").absolute()  # DAGSTER_HOME must be
    work.mkdir(parents=True, exist_ok=True)
    file = _BUILD / "bench.json"
    measured = msgspec.json.decode(file.read_bytes(), type=dict[str, Measured]) if file.exists() else {}
    for name in names or MEASURES:
        measured |= MEASURES[name](work)
        file.write_bytes(msgspec.json.format(msgspec.json.encode(measured)))
    # In a file it would be as narrow as the narrowest of terminals.
    Console(width=None if sys.stdout.isatty() else _WIDTH_OF_FILE).print(_table(measured))


def _table(measured: dict[str, Measured]) -> Table:
    table = Table("key", "median", "lowest", "highest", "goal", "of what", show_lines=True)
    for key, goal in GOALS.items():
        if one := measured.get(key):
            mark = "[green]" if one.meets(goal) else "[red]"
            numbers = [f"{number:,.2f}" for number in (min(one.runs), max(one.runs))]
            of_what = f"{goal.meaning}\n{one.of}"
            table.add_row(key, f"{mark}{one.value:,.2f}", *numbers, f"{goal.side} {goal.bound:g}", of_what)
    return table


if __name__ == "__main__":
    main()
