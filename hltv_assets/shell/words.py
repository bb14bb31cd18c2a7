"""Words that several verbs print."""


def counted(number: int, thing: str) -> str:
    """Return how many of a thing, whose plural is with an s: `1 page`, `1,000 pages`."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
