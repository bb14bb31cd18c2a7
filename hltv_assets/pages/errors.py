"""The one error of this room: what is wrong with a page."""

from hltv_assets.pages.outcomes import Outcome


class PageError(Exception):
    """A page that is not what it should be, or does not say what it should.

    `reason` is one of the outcomes that a page's content can have (`parse_error`, `incomplete`, `inconsistent`,
    `wrong_page`, `wrong_kind`, `truncated`, `undecodable`, `blocked`); the message names the element or cell.
    """

    def __init__(self, reason: Outcome, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message

    def __str__(self) -> str:
        return f"{self.reason}: {self.message}"
