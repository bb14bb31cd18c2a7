"""What went wrong with one page, in one shape from the request to the table `page_failures`."""

from collections.abc import Mapping, Sequence
from typing import Literal

from hltv_assets.pages.kinds import PageIds, PageKind
from hltv_assets.pages.outcomes import Fault, Outcome
from hltv_assets.pages.records import Record

Stage = Literal["fetch", "parse", "write"]


class PageFailure(PageIds, frozen=True, kw_only=True):
    """A page that failed at one stage.

    The fault is that of the outcome, but for failures that only in a row prove to be the site's. `url` is where the
    page was asked for; `rows` are those that were parsed and refused, by table.
    """

    page_kind: PageKind
    stage: Stage
    outcome: Outcome
    message: str
    fault: Fault = Fault.PAGE
    url: str | None = None
    page_sha256: str | None = None
    parser_version: int | None = None
    rows: Mapping[str, Sequence[Record]] = {}
