"""The run launcher of `dagster.yaml`: Dagster's own, which can also say whether the process of a run still lives.

Dagster's run monitoring ends a run that says STARTED although its process is gone (a killed daemon, a power cut) only
if the launcher can tell. Else such a run would count as open for ever, and keep its batch and the site's pool.
"""

import os
from collections.abc import Sequence

import dagster as dg
import grpc
from dagster_shared.serdes import deserialize_value

from hltv_assets.automation.dagster_private import (
    CanCancelExecutionRequest,
    CanCancelExecutionResult,
    CheckRunHealthResult,
    DagsterGrpcClient,
    DagsterUserCodeUnreachableError,
    WorkerStatus,
)

_MAX_ANSWER_TIME = 20  # seconds


class WatchedRunLauncher(dg.DefaultRunLauncher):
    """Dagster's default launcher, with an answer to whether a run's process lives.

    A run is a child of the code server that launched it, and Dagster notes that server's address at the run. The
    server can cancel just those runs whose processes it has: so a run that it cannot cancel has no process.
    A run that a command in a shell makes itself has no code server; its executor notes the id of its process.
    """

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Whether run monitoring may ask `check_run_worker_health`."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Return whether the process of a started run lives."""
        # Dagster gives this method of its own launcher no types.
        server: DagsterGrpcClient | None = self._get_grpc_client_for_termination(run.run_id)  # type: ignore[no-untyped-call]
        if server:
            return health_at(server, run.run_id)
        logs = self._instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
        return health_of_processes([pid for entry in logs if (pid := _process_of(entry))])


def health_at(server: DagsterGrpcClient, run_id: str) -> CheckRunHealthResult:
    """Return whether a code server has the process of a run; one that is only slow to answer is believed to."""
    request = CanCancelExecutionRequest(run_id=run_id)
    try:
        reply = server.can_cancel_execution(request, timeout=_MAX_ANSWER_TIME)
    except DagsterUserCodeUnreachableError as error:
        if _is_too_slow(error.__cause__):
            return CheckRunHealthResult(WorkerStatus.RUNNING, "its code server is slow to answer")
        return CheckRunHealthResult(WorkerStatus.FAILED, "the code server that launched the run is gone")
    if deserialize_value(reply, CanCancelExecutionResult).can_cancel:
        return CheckRunHealthResult(WorkerStatus.RUNNING)
    return CheckRunHealthResult(WorkerStatus.FAILED, "its code server no longer has the run's process")


def health_of_processes(pids: Sequence[int]) -> CheckRunHealthResult:
    """Return whether one of the processes that a run named lives on this machine; without any it is believed to."""
    if not pids or any(_lives(pid) for pid in pids):
        return CheckRunHealthResult(WorkerStatus.RUNNING)
    return CheckRunHealthResult(WorkerStatus.FAILED, f"its process {pids[-1]} is gone")


def _process_of(entry: dg.EventLogEntry) -> int | None:
    event = entry.dagster_event
    found = event.engine_event_data.metadata.get("pid") if event else None
    return int(str(found.value)) if found else None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # it is another user's
    return True


def _is_too_slow(error: BaseException | None) -> bool:
    return isinstance(error, grpc.RpcError) and error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
