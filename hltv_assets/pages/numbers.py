"""The forms in which HLTV prints numbers, each read whole or not at all.

A text that does not have the expected form is a `parse_error` that names its place; `-` is HLTV saying "no number"
and becomes None. Nothing here ever turns an unreadable text into a 0.
"""

import re
from datetime import UTC, datetime

from hltv_assets.pages.errors import PageError
from hltv_assets.pages.outcomes import Outcome

_NO_NUMBER = "-"
# Numbers of more digits are none that HLTV prints, and none that Python would read without limit.
_COUNT = re.compile(r"[0-9]{1,9}")
_DIFFERENCE = re.compile(r"[+-]?[0-9]{1,9}")
_DECIMAL = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,9})?")
_PERCENTAGE = re.compile(r"([+-]?[0-9]{1,9}(?:\.[0-9]{1,9})?)%")
_WITH_PART = re.compile(r"(\S+) ?\((\S+)\)")
_MILLISECONDS = re.compile(r"[1-9][0-9]{11,12}")
_PAIR = re.compile(r"(\S+) : (\S+)")


def read_count(text: str, where: str) -> int | None:
    """Read `14`."""
    return None if text == _NO_NUMBER else int(_whole(_COUNT, text, "a count", where)[0])


def read_difference(text: str, where: str) -> int | None:
    """Read `+11`, `-3`, `0`."""
    return None if text == _NO_NUMBER else int(_whole(_DIFFERENCE, text, "a difference", where)[0])


def read_decimal(text: str, where: str) -> float | None:
    """Read `96.7` or `1.31`."""
    return None if text == _NO_NUMBER else float(_whole(_DECIMAL, text, "a decimal number", where)[0])


def read_percentage(text: str, where: str) -> float | None:
    """Read `66.7%` or `+2.90%` as 66.7 and 2.9."""
    return None if text == _NO_NUMBER else float(_whole(_PERCENTAGE, text, "a percentage", where)[1])


def read_count_with_part(text: str, where: str) -> tuple[int | None, int | None]:
    """Read `14 (9)`: a count and, in brackets, the part of it that is special (headshots, flash assists, trades)."""
    if text == _NO_NUMBER:
        return None, None
    found = _whole(_WITH_PART, text, "a count with another in brackets", where)
    return read_count(found[1], where), read_count(found[2], where)


def split_pair(text: str, where: str) -> tuple[str, str]:
    """Split `2 : 5` into its two texts; a lone `-` stands for both."""
    if text == _NO_NUMBER:
        return text, text
    found = _whole(_PAIR, text, "a pair", where)
    return found[1], found[2]


def read_count_pair(text: str, where: str) -> tuple[int | None, int | None]:
    """Read `2 : 5`."""
    first, second = split_pair(text, where)
    return read_count(first, where), read_count(second, where)


def read_decimal_pair(text: str, where: str) -> tuple[float | None, float | None]:
    """Read `1.31 : 0.82`."""
    first, second = split_pair(text, where)
    return read_decimal(first, where), read_decimal(second, where)


def present(value: int | None, what: str, where: str) -> int:
    """Return a number without which the page cannot be read; a `-` in its place is a `parse_error`."""
    if value is None:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: no number for {what}")
    return value


def read_time(text: str, where: str) -> datetime:
    """Read a time in milliseconds since 1970, as `data-unix` and its like have it."""
    return datetime.fromtimestamp(int(_whole(_MILLISECONDS, text, "a time in milliseconds", where)[0]) / 1000, UTC)


def _whole(form: re.Pattern[str], text: str, name: str, where: str) -> re.Match[str]:
    found = form.fullmatch(text)
    if found is None:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {text[:60]!r} is not {name}")
    return found
