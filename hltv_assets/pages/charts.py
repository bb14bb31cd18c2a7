"""The charts of HLTV's pages: an attribute `data-fusionchart-config` whose JSON holds what the chart shows."""

from typing import TypeVar

import msgspec

from hltv_assets.pages.document import Element
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.outcomes import Outcome

CHART = "[data-fusionchart-config]"

DataSource = TypeVar("DataSource")


class Bar(msgspec.Struct, frozen=True):
    """A bar; `display_value` is the number that it stands for, its `value` only the length."""

    label: str
    display_value: str = msgspec.field(name="displayValue")


class BarChart(msgspec.Struct, frozen=True):
    """A chart of bars, each of which is a number with a label."""

    data: tuple[Bar, ...]


class Category(msgspec.Struct, frozen=True):
    """A place on the axis of a line chart."""

    label: str | int


class Axis(msgspec.Struct, frozen=True):
    """The axis of a line chart."""

    category: tuple[Category, ...]


class Point(msgspec.Struct, frozen=True):
    """A point of a line, with the picture that is drawn there, if any."""

    value: str | int
    image: str | None = msgspec.field(name="anchorImageUrl", default=None)


class Line(msgspec.Struct, frozen=True):
    """A line of a line chart."""

    data: tuple[Point, ...]


class LineChart(msgspec.Struct, frozen=True):
    """A chart of lines over one axis."""

    categories: tuple[Axis, ...]
    dataset: tuple[Line, ...]


def read_chart(element: Element, form: type[DataSource], where: str) -> DataSource:
    """Return what a chart shows; a chart that is not of that form is a `parse_error`."""
    text = element.attributes.get("data-fusionchart-config") or ""
    try:
        config = msgspec.json.decode(text)
        return msgspec.convert(config.get("dataSource") if isinstance(config, dict) else None, form)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeEncodeError, RecursionError) as error:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: the chart cannot be read ({error})") from None
