"""What several verbs print: counts in words, plain lines, and a progress bar."""

from rich.console import Console
from rich.progress import Progress, ProgressColumn


def counted(number: int, thing: str) -> str:
    """Return how many of a thing, whose plural is with an s: `1 page`, `1,000 pages`."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def passing_bar(*columns: ProgressColumn) -> Progress:
    """Return a bar on standard error that leaves nothing behind; where that is no terminal, it shows nothing at all."""
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def plain_console() -> Console:
    """Return a console that prints text as it is."""
    return Console(highlight=False, soft_wrap=True, markup=False)
