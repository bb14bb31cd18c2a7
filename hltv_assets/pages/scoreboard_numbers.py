"""What the cells of a scoreboard say in numbers: which fields a column fills, and in which form it is printed.

The form follows from the column and the text of its header (`K (hs)`: a count with headshots in brackets).
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial

from hltv_assets.pages.cells import (
    read_count,
    read_count_pair,
    read_count_with_part,
    read_decimal,
    read_difference,
    read_percentage,
)
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.outcomes import Outcome
from hltv_assets.pages.scoreboard_table import ECO, Cell

Number = int | float | None
Numbers = tuple[Number, ...]

# Fields of no table: differences that are printed beside the numbers that they follow from.
PRINTED_KD_DIFF, PRINTED_FK_DIFF = "printed_kd_diff", "printed_fk_diff"

_OPENING_DUELS = re.compile(r"([0-9]{1,9}) first kills?, ([0-9]{1,9}) first deaths? in a round")
_ECO_NO_NUMBER = re.compile(r"\bnull\b")
_MOST = 10_000


def _text(read: Callable[[str, str], Numbers], cell: Cell, where: str) -> Numbers:
    return read(_ECO_NO_NUMBER.sub("-", cell.text) if cell.column.startswith(ECO) else cell.text, where)


def _number(read: Callable[[str, str], Number], cell: Cell, where: str) -> Numbers:
    return _text(lambda text, where: (read(text, where),), cell, where)


def _opening_duels(cell: Cell, where: str) -> Numbers:
    """The older layout prints their difference, and the duels in the title."""
    difference = read_difference(cell.text, where)
    if difference is None:
        return None, None, None
    found = _OPENING_DUELS.fullmatch(cell.title)
    if found is None:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {cell.title[:60]!r} does not tell the opening duels")
    return int(found[1]), int(found[2]), difference


_COUNT, _DECIMAL, _PERCENTAGE = (partial(_number, read) for read in (read_count, read_decimal, read_percentage))
_COUNT_WITH_PART = partial(_text, read_count_with_part)  # the part is in brackets, if the header announces one

_FORMS: Mapping[str, tuple[tuple[str, ...], Callable[[Cell, str], Numbers]]] = {
    "st-opkd": (("opening_kills", "opening_deaths"), partial(_text, read_count_pair)),
    "st-fkdiff": (("opening_kills", "opening_deaths", PRINTED_FK_DIFF), _opening_duels),
    "st-mks": (("multi_kills",), _COUNT),
    "st-kast": (("kast",), _PERCENTAGE),
    "st-kdratio": (("kast",), _PERCENTAGE),  # so the class is called; the text is KAST
    "st-clutches": (("clutch_wins",), _COUNT),
    "st-kills": (("kills", "hs_kills"), _COUNT_WITH_PART),
    "st-assists": (("assists", "flash_assists"), _COUNT_WITH_PART),
    "st-deaths": (("deaths", "traded_deaths"), _COUNT_WITH_PART),
    "st-kddiff": ((PRINTED_KD_DIFF,), partial(_number, read_difference)),
    "st-adr": (("adr",), _DECIMAL),
    "st-roundSwing": (("round_swing",), _PERCENTAGE),
    "st-rating": (("rating",), _DECIMAL),
    ECO + "st-opkd": (("e_opening_kills", "e_opening_deaths"), partial(_text, read_count_pair)),
    ECO + "st-kast": (("e_kast",), _PERCENTAGE),
    ECO + "st-kills": (("e_kills", "e_hs_kills"), _COUNT_WITH_PART),
    ECO + "st-deaths": (("e_deaths", "e_traded_deaths"), _COUNT_WITH_PART),
    ECO + "st-adr": (("e_adr",), _DECIMAL),
}
# A column of which the older layout has another form; of the two it alone is read.
_INSTEAD_OF = {"st-kdratio": "st-kast", "st-fkdiff": "st-opkd"}

NO_NUMBERS: Mapping[str, Number] = dict.fromkeys(field for fields, _ in _FORMS.values() for field in fields)


class _Column(dict[Cell, Numbers]):
    """What the cells of a column say, each read once: thousands of pages repeat most of them."""

    def __init__(self, name: str, header: str) -> None:
        super().__init__()
        self.fields, self.read = _FORMS[name]
        if self.read is _COUNT_WITH_PART and "(" not in header:
            self.fields, self.read = self.fields[:1], _COUNT

    def __missing__(self, cell: Cell) -> Numbers:
        numbers = self.read(cell, cell.column)
        if len(self) >= _MOST:
            self.clear()
        self[cell] = numbers
        return numbers


class NumbersOfRows:
    """Reads the numbers in rows of tables that have these columns, each given with the text of its header."""

    def __init__(self, columns: Iterable[tuple[str, str]]) -> None:
        headers = dict(columns)
        instead = {_INSTEAD_OF[name] for name in headers.keys() & _INSTEAD_OF.keys()}
        self._columns = [
            _Column(name, header) if name in _FORMS and name not in instead else None
            for name, header in headers.items()
        ]
        self._fields = [field for column in self._columns if column is not None for field in column.fields]

    def read(self, cells: Sequence[Cell], where: str) -> dict[str, Number]:
        """Return what the cells of a row, one a column, say by field.

        Raises `PageError`, a `parse_error` that names the column, where one of them cannot be read.
        """
        try:
            numbers = [
                number
                for column, cell in zip(self._columns, cells, strict=True)
                if column is not None
                for number in column[cell]
            ]
        except PageError as error:
            raise PageError(error.reason, f"{where}, {error.message}") from None
        return dict(zip(self._fields, numbers, strict=True))


@lru_cache(maxsize=1_000)  # the tables of a layout have the same columns
def numbers_of_rows(columns: tuple[tuple[str, str], ...]) -> NumbersOfRows:
    """Return what reads the rows of tables with these columns, and keeps what it has read before."""
    return NumbersOfRows(columns)
