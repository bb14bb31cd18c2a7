"""`hltv-assets setup`: the environment of a checkout, written down where Dagster and the shell read it."""

import shutil
from pathlib import Path

import click
from dotenv import dotenv_values, set_key

from hltv_assets.cli.errors import CliError
from hltv_assets.cli.verb import errors_in_one_line

DEFAULT_DATA = Path("data/demo")
LIVE_SITE = "https://www.hltv.org"
_MADE_LAST = "schedules/schedules.db"  # of the files that Dagster makes in DAGSTER_HOME


class ConfigurationError(CliError):
    """The data folder cannot be used, or Dagster refuses the project's `dagster.yaml`."""


@click.command()
@click.option(
    "--data",
    "data",
    type=click.Path(path_type=Path),
    help=f"Data folder (default: the one in .env, else {DEFAULT_DATA}).",
)
def command(data: Path | None) -> None:
    """Write .env, and put dagster.yaml into DAGSTER_HOME, both for a data folder."""
    with errors_in_one_line():
        if not (Path.cwd() / "dagster.yaml").is_file():
            raise ConfigurationError(f"{Path.cwd()} is not the project folder: run this where dagster.yaml is")
        for line in set_up(Path.cwd(), data):
            click.echo(line)


def set_up(root: Path, data: Path | None) -> list[str]:
    """Write `.env` below `root` with absolute paths, put `dagster.yaml` into DAGSTER_HOME, and make Dagster's files.

    Without `data`, the data folder that `.env` names already stays, else it is the demo's. A data folder of one's
    own is for real pages, so the sample is not its site. Other lines of `.env` stay as they are. Returns what was
    done, a line each. Raises `ConfigurationError`, before `.env` is changed, if the folder cannot be used, or Dagster
    cannot use the file.
    """
    env_file = root / ".env"
    known = dotenv_values(env_file).get("HLTV_DATA_DIR") if env_file.exists() else None
    folder = (root / (data or known or DEFAULT_DATA)).resolve()
    values = {"DAGSTER_HOME": str(folder / "dagster"), "HLTV_DATA_DIR": str(folder)}
    if data is not None:
        is_demo = folder == (root / DEFAULT_DATA).resolve()
        values["HLTV_BASE_URL"] = "" if is_demo else LIVE_SITE
    home = folder / "dagster"
    try:
        _configure(home, root / "dagster.yaml")
    except OSError as error:
        raise ConfigurationError(f"{folder} cannot be a data folder: {error.filename}: {error.strerror}") from None
    env_file.touch()
    for name, value in values.items():
        set_key(env_file, name, value, quote_mode="auto")
    return [f"data folder: {folder}", f"settings:    {env_file}", f"DAGSTER_HOME: {home}"]


def _configure(home: Path, configuration: Path) -> None:
    """Put `dagster.yaml` into DAGSTER_HOME, and let Dagster open one that is new, or changed, while nobody else does.

    Dagster makes its SQLite files when it opens them. If the first to do so are several processes at once (webserver
    and daemon), they may note two revisions in one file, and then nobody can open it: "more than one head present".
    """
    settled = home / "dagster.yaml"
    is_same = settled.exists() and settled.read_bytes() == configuration.read_bytes()
    if is_same and (home / _MADE_LAST).exists():
        return
    import dagster as dg

    home.mkdir(parents=True, exist_ok=True)
    # Renamed only afterwards, so that a setup that was cut off begins anew.
    unsettled = home / "dagster.new.yaml"
    shutil.copyfile(configuration, unsettled)
    try:
        with dg.DagsterInstance.from_config(str(home), unsettled.name):
            unsettled.replace(settled)
    except dg.DagsterError as error:
        raise ConfigurationError(f"Dagster cannot use {configuration}: {error}") from None
