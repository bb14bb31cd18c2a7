"""What can be wrong in a verb and in no other room."""

from hltv_assets.errors import HltvError


class CliError(HltvError):
    """A verb cannot do what it was asked to; the message says why and what to do."""


class RunFailedError(CliError):
    """A run in this process failed, and no page is to blame; the message is what its steps said."""


class NotTheSampleError(CliError):
    """The demo was started although another site is set."""


class DagsterHomeError(CliError):
    """Dagster cannot open or write the files in DAGSTER_HOME."""


class PortTakenError(CliError):
    """Another program listens on the port of the UI."""
