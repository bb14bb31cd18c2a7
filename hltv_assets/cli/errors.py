"""What can be wrong in a verb that is of none of the rooms."""


class ShellError(Exception):
    """A verb cannot do what it was asked to; the message says why and what to do."""


class RunFailedError(ShellError):
    """A run in this process failed, and no page is to blame; the message is what its steps said."""


class NotTheSampleError(ShellError):
    """The demo was asked for where another site is set."""


class DagsterHomeError(ShellError):
    """Dagster cannot open or write the files in DAGSTER_HOME."""


class PortTakenError(ShellError):
    """Somebody else listens where the UI is to be."""
