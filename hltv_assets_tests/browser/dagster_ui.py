"""What a person does in Dagster's UI, and what can be seen there; nothing here asks Dagster by any other way."""

import io
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Locator, Page, expect

_SEEN = 180_000  # milliseconds until something must be seen
_PICTURES = "HLTV_TEST_SCREENSHOTS"
_COLOURS = 128


@dataclass
class DagsterUI:
    """A browser's page on the UI at `url`."""

    page: Page
    url: str

    def open_graph(self, selection: str) -> None:
        """Open the asset graph, and type which assets are to be seen."""
        self._open("Lineage")
        self.page.locator(".CodeMirror").click()
        self.page.keyboard.type(selection)
        self.page.keyboard.press("Enter")

    def in_the_graph(self, asset: str) -> Locator:
        """An asset's box in the graph."""
        return self.page.locator("foreignObject").get_by_text(asset, exact=True)

    def add_batch(self, key: str) -> None:
        """Ask to materialize all assets that are to be seen, for a batch whose key is typed; it is not launched yet."""
        dialogs = self.page.get_by_role("dialog")
        self._open_dialog()
        dialogs.get_by_role("button", name="Add a partition").click()
        dialogs.last.get_by_role("textbox").fill(key)
        dialogs.last.get_by_role("button", name="Save").click()
        expect(dialogs).to_have_count(1)
        # A dialog that still counts partitions may drop the key that was added; opened anew, it has it.
        self.page.reload()
        self._open_dialog()
        dialogs.get_by_text("Select a partition or create one").click()
        self.page.get_by_role("menuitem", name=key).click()
        self.page.keyboard.press("Escape")
        expect(dialogs.get_by_role("button", name="Launch 1 run")).to_be_enabled(timeout=_SEEN)

    def launch(self) -> None:
        """Launch what was asked for."""
        self.page.get_by_role("button", name="Launch 1 run").click()
        expect(self.page.get_by_role("dialog")).to_have_count(0, timeout=_SEEN)

    def _open_dialog(self) -> None:
        self.page.get_by_role("button", name="Materialize all").click()

    def open_newest_run(self, *, of: str) -> None:
        """Open the newest run from the list of runs, when that shows one of this batch."""
        self._open("Runs")
        self.page.get_by_text(f"partition: {of}").first.wait_for()
        self.page.get_by_role("link", name="View", exact=True).first.click()

    def see_status(self, status: str) -> None:
        """Wait until the page says a run's status: Success or Failure."""
        expect(self.page.get_by_text(status, exact=True).first).to_be_visible(timeout=_SEEN)

    def open_check(self, asset: str, check: str) -> None:
        """Open what an asset's check said last."""
        self.page.goto(f"{self.url}/assets/{asset}?view=checks&checkDetail={check}")

    def open_sensor(self, sensor: str) -> None:
        """Open the page of a sensor from the list of all automation."""
        self._open("Automation")
        self.page.get_by_text(sensor, exact=True).click()

    def switch(self) -> Locator:
        """The switch of the sensor whose page is open; the checkbox within is hidden by what is drawn."""
        return self.page.locator("label").filter(has=self.page.get_by_role("checkbox", include_hidden=True))

    def see_run_of_sensor(self, status: str) -> None:
        """Wait until the open page of a sensor shows a run of it with this status."""
        self.page.get_by_role("button", name="Runs", exact=True).click()
        expect(self.page.get_by_text(status, exact=True).first).to_be_visible(timeout=_SEEN)

    def keep_picture(self, name: str) -> None:
        """Keep what is to be seen as a picture, if a folder for pictures is named."""
        if folder := os.environ.get(_PICTURES):
            self.page.wait_for_timeout(1_500)  # what moves comes to rest
            # A UI has few colours; with a palette of them, a picture is a third as large.
            picture = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB").quantize(_COLOURS)
            picture.save(Path(folder) / f"{name}.png", optimize=True)

    def _open(self, name: str) -> None:
        self.page.goto(self.url)
        # The UI leaves its root by itself once it knows the jobs; a link that was clicked before that is left again.
        self.page.wait_for_url(lambda url: urlsplit(url).path != "/", timeout=_SEEN)
        # By its text: the name of a link holds what its tooltip says, which names other links, too.
        self.page.get_by_role("link").filter(has_text=re.compile(f"^{name}$")).first.click()
