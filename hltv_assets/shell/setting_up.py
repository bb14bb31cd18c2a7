"""`hltv-assets setup`: the environment of a checkout, written down where Dagster and the shell read it."""

import shutil
from pathlib import Path

from dotenv import dotenv_values, set_key

DEFAULT_DATA = Path("data/demo")
LIVE_SITE = "https://www.hltv.org"


def set_up(root: Path, data: Path | None) -> list[str]:
    """Write `.env` below `root` with absolute paths, and put `dagster.yaml` into DAGSTER_HOME.

    Without `data`, the data folder that `.env` names already stays, else it is the demo's. A data folder of one's
    own is for real pages, so the sample is not its site. Other lines of `.env` stay as they are. Returns what was
    done, a line each.
    """
    env_file = root / ".env"
    known = dotenv_values(env_file).get("HLTV_DATA_DIR") if env_file.exists() else None
    folder = (root / (data or known or DEFAULT_DATA)).resolve()
    values = {"DAGSTER_HOME": str(folder / "dagster"), "HLTV_DATA_DIR": str(folder)}
    if data is not None:
        is_demo = folder == (root / DEFAULT_DATA).resolve()
        values["HLTV_BASE_URL"] = "" if is_demo else LIVE_SITE
    env_file.touch()
    for name, value in values.items():
        set_key(env_file, name, value, quote_mode="auto")
    home = folder / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(root / "dagster.yaml", home / "dagster.yaml")
    return [f"data folder: {folder}", f"settings:    {env_file}", f"DAGSTER_HOME: {home}"]
