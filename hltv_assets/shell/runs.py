"""What runs that were made in this process came to, in the words of their steps."""

from collections.abc import Iterator

import dagster as dg

from hltv_assets.shell.errors import RunFailedError

# Discarded by a check, which tells of it itself.
_DISCARDED = "DagsterAssetCheckFailedError"


def raise_in_plain_words(result: dg.ExecuteInProcessResult) -> None:
    """Raise `RunFailedError` with what the steps said, if a run failed by anything but a check."""
    if words := [*dict.fromkeys(_words(result))]:
        raise RunFailedError("; ".join(words))


def _words(result: dg.ExecuteInProcessResult) -> Iterator[str]:
    failed = [event for event in result.all_events if event.is_step_failure]
    for event in failed:
        data = event.step_failure_data
        if data.user_failure_data and data.user_failure_data.description:
            yield data.user_failure_data.description
        elif data.error and data.error.cls_name != _DISCARDED:
            # Dagster wraps what a step did not expect.
            yield f"{event.step_key}: {(data.error.cause or data.error).message.strip()}"
    if not failed and not result.success:
        yield "the run failed before its first step: `make ui` shows it"
