"""What the cells of a scoreboard say in numbers: which fields a column fills, and in which form it is printed.

The form follows from the column and the text of its header (`K (hs)`: a count with headshots in brackets).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import NamedTuple

from hltv_assets.pages.errors import PageError
from hltv_assets.pages.numbers import (
    read_count,
    read_count_pair,
    read_count_with_part,
    read_decimal,
    read_difference,
    read_percentage,
)
from hltv_assets.pages.outcomes import Outcome
from hltv_assets.pages.scoreboard_cell import ECO, Cell, Number

Numbers = tuple[Number, ...]


class Form(NamedTuple):
    """How a column states its numbers, and the fields that they fill.

    `read` raises `PageError`, a `parse_error` that names the column, for a cell that has another form.
    """

    fields: tuple[str, ...]
    read: Callable[[Cell], Numbers]


# Fields of no table: differences that are printed beside the numbers that they follow from.
PRINTED_KD_DIFF, PRINTED_FK_DIFF = "printed_kd_diff", "printed_fk_diff"

_OPENING_DUELS = re.compile(r"([0-9]{1,9}) first kills?, ([0-9]{1,9}) first deaths? in a round")
_ECO_NO_NUMBER = re.compile(r"\bnull\b")


def _numbers(read: Callable[[str, str], Numbers], cell: Cell) -> Numbers:
    return read(_ECO_NO_NUMBER.sub("-", cell.text) if cell.column.startswith(ECO) else cell.text, cell.column)


def _number(read: Callable[[str, str], Number], cell: Cell) -> Numbers:
    return _numbers(lambda text, where: (read(text, where),), cell)


def _opening_duels(cell: Cell) -> Numbers:
    """The older layout prints their difference, and the duels in the title."""
    difference = read_difference(cell.text, cell.column)
    if difference is None:
        return None, None, None
    found = _OPENING_DUELS.fullmatch(cell.title)
    if found is None:
        raise PageError(Outcome.PARSE_ERROR, f"{cell.column}: {cell.title[:60]!r} does not state the opening duels")
    return int(found[1]), int(found[2]), difference


_count, _decimal, _percentage = (partial(_number, read) for read in (read_count, read_decimal, read_percentage))
_pair = partial(_numbers, read_count_pair)
_count_with_part = partial(_numbers, read_count_with_part)  # the part is in brackets, if the header announces one

_FORMS = {
    "st-opkd": Form(("opening_kills", "opening_deaths"), _pair),
    "st-fkdiff": Form(("opening_kills", "opening_deaths", PRINTED_FK_DIFF), _opening_duels),
    "st-mks": Form(("multi_kills",), _count),
    "st-kast": Form(("kast",), _percentage),
    "st-kdratio": Form(("kast",), _percentage),  # so the class is called; the text is KAST
    "st-clutches": Form(("clutch_wins",), _count),
    "st-kills": Form(("kills", "hs_kills"), _count_with_part),
    "st-assists": Form(("assists", "flash_assists"), _count_with_part),
    "st-deaths": Form(("deaths", "traded_deaths"), _count_with_part),
    "st-kddiff": Form((PRINTED_KD_DIFF,), partial(_number, read_difference)),
    "st-adr": Form(("adr",), _decimal),
    "st-roundSwing": Form(("round_swing",), _percentage),
    "st-rating": Form(("rating",), _decimal),
    ECO + "st-opkd": Form(("e_opening_kills", "e_opening_deaths"), _pair),
    ECO + "st-kast": Form(("e_kast",), _percentage),
    ECO + "st-kills": Form(("e_kills", "e_hs_kills"), _count_with_part),
    ECO + "st-deaths": Form(("e_deaths", "e_traded_deaths"), _count_with_part),
    ECO + "st-adr": Form(("e_adr",), _decimal),
}
# A column of which the older layout has another form; of the two it alone is read.
_INSTEAD_OF = {"st-kdratio": "st-kast", "st-fkdiff": "st-opkd"}

NO_NUMBERS: Mapping[str, Number] = dict.fromkeys(field for form in _FORMS.values() for field in form.fields)


def forms_of(columns: Iterable[tuple[str, str]]) -> Mapping[str, Form]:
    """Return the forms of those columns of a table that are read, by column; each is given with its header's text."""
    headers = dict(columns)
    instead = {_INSTEAD_OF[name] for name in headers.keys() & _INSTEAD_OF.keys()}
    read = {name: header for name, header in headers.items() if name in _FORMS and name not in instead}
    return {name: _form_under(header, _FORMS[name]) for name, header in read.items()}


def _form_under(header: str, form: Form) -> Form:
    has_part = form.read is not _count_with_part or "(" in header
    return form if has_part else Form(form.fields[:1], _count)
