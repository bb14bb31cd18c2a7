"""Debian's Chromium, driven by Playwright. Playwright's own browsers would have to be downloaded."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, ViewportSize, sync_playwright

from testkit.tiers import missing

_PACKAGE = "chromium"
_VIEWPORT = ViewportSize(width=1440, height=900)
_MAX_WAIT = 180_000  # milliseconds; on two cores a run and its checks share them with the browser


@contextmanager
def open_page() -> Iterator[Page]:
    """Open a page in a browser without a window. Where there is no Chromium, the test is skipped; in CI it fails."""
    program = shutil.which(_PACKAGE)
    if program is None:
        missing(f"a browser: install Debian's package {_PACKAGE}")
    with sync_playwright() as playwright:
        # Without its sandbox, since that refuses to start for root, whom containers and CI run as.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport=_VIEWPORT, timezone_id="UTC", locale="en-GB")
        page.set_default_timeout(_MAX_WAIT)
        try:
            yield page
        finally:
            browser.close()
