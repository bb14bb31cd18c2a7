"""Where rows come from. Apart from the writing of rows, since whoever only names it needs no Arrow."""

from datetime import datetime

import msgspec


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page's rows come from."""

    scraped_at: datetime
    source_url: str
    page_sha256: str
    parser_version: int
