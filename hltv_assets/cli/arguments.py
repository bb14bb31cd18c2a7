"""How a person names a page: by its number, or by the address that a browser shows."""

import re

import click

from hltv_assets.pages.kinds import ID, PageKind, match_path


def page_number(text: str) -> int:
    """Return the number of a page; raises `BadParameter` if it is none."""
    if not re.fullmatch(ID, text):
        raise click.BadParameter(
            f"{text!r} is not the number of a page, like 2370000 in https://www.hltv.org/matches/2370000/..."
        )
    return int(text)


def match_number(text: str) -> int:
    """Return the number of a match, of which the address of its page will do; raises `BadParameter` if it is none."""
    found = match_path(text, PageKind.MATCH)
    return found[0] if found else page_number(text)
