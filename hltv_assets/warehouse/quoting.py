"""Texts in SQL where no parameter may stand: in ATTACH, COPY, LOAD, COMMENT."""


def quoted(text: str) -> str:
    """Return a text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"
