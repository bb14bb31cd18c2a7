"""The table of all knobs, as Markdown, from the settings."""

from datetime import date
from pathlib import Path
from typing import Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo

from hltv_assets.settings import Settings
from hltv_assets.site.hosts import SAMPLE_BASE_URL
from tools.docs.markdown import table_of


def settings_table() -> str:
    """Return the table of all knobs, in the order of the settings."""
    rows = [
        [f"`{variable(name)}`", default_of(field), _bounds(field), field.description or ""]
        for name, field in Settings.model_fields.items()
    ]
    return table_of(["variable", "default", "may be", "meaning"], rows)


def variable(name: str) -> str:
    """Return the environment variable of a knob."""
    return f"HLTV_{name.upper()}"


def default_of(field: FieldInfo) -> str:
    """Return the default as one would write it into `.env`, as code; empty if there is none."""
    value = field.default
    if value in (None, "", ()):
        return ""
    if value == SAMPLE_BASE_URL:
        return "the sample"
    if isinstance(value, bool):
        return f"`{value:d}`"
    if isinstance(value, float):
        return f"`{value:g}`"
    return f"`{value}`"


def _bounds(field: FieldInfo) -> str:
    annotation = field.annotation
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(annotation))
    if annotation is bool:
        return "`0`, `1`"
    kinds = {annotation, *get_args(annotation)}
    kind = next((words for one, words in _WORDS.items() if one in kinds), "text")
    return " ".join([kind, *filter(None, map(_limit, field.metadata))])


_WORDS: dict[type, str] = {int: "whole number", float: "number", date: "day", Path: "folder"}


def _limit(bound: object) -> str | None:
    match bound:
        case Ge():
            return f"from {bound.ge}"
        case Gt():
            return f"above {bound.gt}"
        case Le():
            return f"to {bound.le}"
        case Lt():
            return f"below {bound.lt}"
    return None
