"""The one error of this room: what is wrong with a page."""

from collections.abc import Mapping, Sequence

from hltv_assets.errors import HltvError
from hltv_assets.pages.outcomes import Outcome
from hltv_assets.pages.records import Record


class PageError(HltvError):
    """A page that is not what it should be, or does not say what it should.

    `reason` is one of the outcomes that a page's content can have (`parse_error`, `incomplete`, `inconsistent`,
    `wrong_page`, `wrong_kind`, `truncated`, `undecodable`, `blocked`); the message names the element or cell. `rows`
    are the rows, by table, that were read and are refused because they contradict each other or the page.
    """

    def __init__(self, reason: Outcome, message: str, rows: Mapping[str, Sequence[Record]] | None = None) -> None:
        super().__init__(reason, message)
        self.reason = reason
        self.message = message
        self.rows = rows or {}

    def __str__(self) -> str:
        return f"{self.reason}: {self.message}"
