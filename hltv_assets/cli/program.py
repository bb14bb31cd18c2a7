"""The program: its verbs in sections, each in a module that is imported only when the verb is called.

`hltv-assets --help` thus needs neither Dagster nor DuckDB, which take a while to load.
"""

from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import click
from dotenv import load_dotenv


class _Verb(NamedTuple):
    module: str
    help: str


_SECTIONS: dict[str, dict[str, _Verb]] = {
    "Start": {
        "setup": _Verb("setup", "Write .env and DAGSTER_HOME for a data folder."),
        "demo": _Verb("demo", "Sync with the bundled sample, and show the tables."),
    },
    "Every day": {
        "sync": _Verb("sync", "Fetch, parse and load until nothing is due."),
        "status": _Verb("status", "Show what is stored, pending, or needs attention."),
        "service": _Verb("service", "Run webserver and daemon until Ctrl-C."),
        "snapshot": _Verb("snapshot", "Publish a copy of the warehouse for readers."),
    },
    "Pages": {
        "import": _Verb("import_pages", "Import pages that you have saved."),
        "refresh": _Verb("refresh", "Fetch all pages of a MATCH again."),
        "release": _Verb("release", "Retry failed pages now."),
        "reparse": _Verb("reparse", "Parse archived pages again, without a request."),
    },
    "Safety": {
        "backup": _Verb("backup", "Back up warehouse and archive to TARGET."),
        "restore": _Verb("restore", "Restore the latest backup from SOURCE."),
        "rebuild": _Verb("rebuild", "Rebuild the warehouse from the archive."),
        "copy-warehouse": _Verb("copy_warehouse", "Copy the warehouse to a file or a lake."),
    },
    "Dagster": {
        "plan": _Verb("plan", "Group what is due into batches, print their keys."),
        "worker": _Verb("worker", "Execute steps of runs from a Celery QUEUE."),
    },
}
_VERBS = {name: verb for section in _SECTIONS.values() for name, verb in section.items()}


class _Verbs(click.Group):
    """A group that imports a verb's module when the verb is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of the help."""
        del ctx
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb, or None if there is no verb of that name."""
        del ctx
        verb = _VERBS.get(cmd_name)
        if verb is None:
            return None
        command: click.Command = import_module(f"hltv_assets.cli.{verb.module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs, section by section."""
        del ctx
        width = max(map(len, _VERBS))
        for section, verbs in _SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl([(name.ljust(width), verb.help) for name, verb in verbs.items()])


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hltv-assets")
def main() -> None:
    """Turn HLTV.org's match pages into a DuckDB warehouse of professional Counter-Strike."""
    # As Dagster does: the file in the current folder overrides the environment, so both use the same data folder.
    load_dotenv(Path.cwd() / ".env", override=True)
