"""The progress bar of verbs that print lines of their own: on the terminal while they work, and nowhere afterwards."""

from rich.console import Console
from rich.progress import Progress, ProgressColumn


def passing_bar(*columns: ProgressColumn) -> Progress:
    """Return a bar on standard error that leaves nothing behind; where that is no terminal, it shows nothing at all."""
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
