"""Importing pages that somebody has: each is told by itself which it is, and put into the archive.

Knows no Dagster: the command line and the asset share it.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Literal

import msgspec

from hltv_assets.archive.page_file import sha256_of
from hltv_assets.archive.saved_formats import SavedPage, saved_pages
from hltv_assets.archive.store import PageStore
from hltv_assets.pages import Outcome, PageError
from hltv_assets.pages.identity import PageIdentity, host_of, identify_page
from hltv_assets.pages.kinds import ID, page_path
from hltv_assets.site.client import Site
from hltv_assets.site.hosts import SAMPLE_HOST, is_live
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.imports import ImportedPage, match_of_map, record_imports
from hltv_assets.warehouse.sites import claim_for_site

_HLTV = "https://www.hltv.org"
_PAGES_A_TRANSACTION = 100

Became = Literal["taken", "known", "refused"]


class ImportResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one page of a file: `taken` into the archive, `known` already, or `refused` for a reason."""

    file: Path
    origin: str
    became: Became
    page: ImportedPage | None = None
    reason: Outcome | None = None
    message: str = ""


class ImportReport(msgspec.Struct):
    """What an import came to, file by file: how many pages, and which were refused."""

    taken: int = 0
    known: int = 0
    refused: list[ImportResult] = []

    def add(self, result: ImportResult) -> None:
        """Count a result."""
        self.taken += result.became == "taken"
        self.known += result.became == "known"
        if result.became == "refused":
            self.refused.append(result)


def import_pages(
    files: Iterable[Path], *, archive: PageStore, warehouse: Warehouse, site: Site
) -> Iterator[ImportResult]:
    """Put the pages of these files into the archive, and return what became of each, as it happens.

    A page's arrival is the time at which it was saved. Those whose maps are known are due at once and need no request;
    the others wait for their match to become known. Raises `WrongSiteError` if the warehouse holds pages of a site that
    the imported ones are not of, `ArchiveError` and `WarehouseError` as those rooms do.
    """
    importing = _Importing(archive, warehouse, site)
    put_off: dict[Path, set[str]] = {}
    for file in files:
        for saved in saved_pages(file, site.max_page_bytes):
            result = importing.take(file, saved)
            if result.reason is Outcome.INCOMPLETE:
                put_off.setdefault(file, set()).add(saved.origin)
            else:
                yield result
    importing.record()
    # Pages that do not say which match they belong to: another page of this import may have told it meanwhile.
    for file, origins in put_off.items():
        for saved in saved_pages(file, site.max_page_bytes):
            if saved.origin in origins:
                yield importing.take(file, saved)
    importing.record()


class _Importing:
    """One import: where its pages go, and those that the warehouse does not know of yet."""

    def __init__(self, archive: PageStore, warehouse: Warehouse, site: Site) -> None:
        self._archive = archive
        self._warehouse = warehouse
        self._base_url = _home_of_imports(site)
        self._host = host_of(self._base_url) or ""
        self._is_claimed = False
        self._unrecorded: list[ImportedPage] = []

    def take(self, file: Path, saved: SavedPage) -> ImportResult:
        """Put a page into the archive, if it is one and not there yet."""
        try:
            page, became = self._put(saved)
        except PageError as error:
            return ImportResult(
                file=file, origin=saved.origin, became="refused", reason=error.reason, message=error.message
            )
        self._unrecorded.append(page)
        if len(self._unrecorded) >= _PAGES_A_TRANSACTION:
            self.record()
        return ImportResult(file=file, origin=saved.origin, became=became, page=page)

    def record(self) -> None:
        """Let the warehouse know of the pages that it does not know of yet."""
        if self._unrecorded:
            with self._warehouse.transaction() as connection:
                record_imports(connection, self._unrecorded, datetime.now(UTC))
            self._unrecorded.clear()

    def _put(self, saved: SavedPage) -> tuple[ImportedPage, Became]:
        if isinstance(saved.content, PageError):
            raise saved.content
        identity = identify_page(saved.content)
        _check_host(identity.host or host_of(saved.url or ""), self._host)
        kind, page_id = identity.kind, identity.page_id
        match_id = identity.match_id or _match_id(identity, saved, self._warehouse)
        self._claim()
        sha256 = sha256_of(saved.content)
        page = ImportedPage(
            page_kind=kind, page_id=page_id, match_id=match_id, scraped_at=saved.saved_at, page_sha256=sha256
        )
        if self._archive.has(kind, page_id, match_id, sha256):
            return page, "known"
        url = self._base_url + page_path(kind, page_id, identity.slug)
        self._archive.put(kind, page_id, match_id, url=url, body=saved.content, scraped_at=saved.saved_at)
        return page, "taken"

    def _claim(self) -> None:
        """Make sure that the warehouse is for pages of this site, before the archive gets the first one."""
        if not self._is_claimed:
            with self._warehouse.transaction() as connection:
                claim_for_site(connection, self._host)
            self._is_claimed = True


def _home_of_imports(site: Site) -> str:
    """The site that imported pages are of: the sample's come with the project, so what is brought is HLTV's."""
    return _HLTV if site.host == SAMPLE_HOST else site.base_url


def _check_host(host: str | None, home: str) -> None:
    """A page that names another site is not of this warehouse; a site on this machine may be a mirror of any."""
    if host and is_live(home) and host.removeprefix("www.") != home.removeprefix("www."):
        raise PageError(Outcome.WRONG_PAGE, f"it is a page of {host}, but this warehouse is for pages of {home}")


def _match_id(identity: PageIdentity, saved: SavedPage, warehouse: Warehouse) -> int:
    """The match of a page that does not tell it: as the warehouse knows it, or as the folder it lies in says."""
    with warehouse.connect() as connection:
        match_id = match_of_map(connection, identity.page_id)
    parts = Path(saved.origin).parts
    numbers = [after for part, after in pairwise(parts) if part == "matches" and re.fullmatch(ID, after)]
    folder = numbers[-1] if numbers else None  # the nearest to the page
    if match_id is None and folder is None:
        raise PageError(
            Outcome.INCOMPLETE,
            f"the {identity.kind} page of map {identity.page_id} does not say which match it belongs to; "
            "import the map's stats page or the match page first, or put it into a folder matches/<match_id>/",
        )
    return match_id or int(folder or 0)
