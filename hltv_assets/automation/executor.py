"""Who executes the steps of a run: its own process, or Celery's workers on many machines.

There are two queues. What asks the site is in `fetch`, which one worker takes from, a step at a time; all else is in
`work`, which as many take from as there are. A step whose worker is gone is given to another one.
"""

from typing import TYPE_CHECKING, Any

import dagster as dg

from hltv_assets.assets.queues import WORK_QUEUE
from hltv_assets.settings import Settings

if TYPE_CHECKING:
    from celery import Celery

_BROKER = "HLTV_CELERY_BROKER"


def executor_of(settings: Settings) -> dg.ExecutorDefinition:
    """Return the executor of all jobs."""
    if settings.celery_broker is None:
        # One process a run: the steps of a batch are short, and starting a process for each takes seconds.
        return dg.in_process_executor
    from dagster_celery import celery_executor

    # From the environment, as the workers have it: it may hold a password, and Dagster shows what is configured.
    places = {"broker": {"env": _BROKER}, "backend": {"env": _BROKER}}
    return celery_executor.configured({**places, "config_source": _config(settings)}, name="celery")


def celery_app(settings: Settings) -> "Celery":
    """Return the Celery application of the workers; there must be a broker."""
    from dagster_celery.executor import CeleryExecutor
    from dagster_celery.make_app import make_app
    from dagster_celery.tasks import create_task

    broker = settings.celery_broker.get_secret_value() if settings.celery_broker else None
    executor = CeleryExecutor.for_cli(broker=broker, backend=broker, config_source=_config(settings))
    app = make_app(executor.app_args())
    create_task(app)
    return app


def _config(settings: Settings) -> dict[str, Any]:
    return {
        "task_default_queue": WORK_QUEUE,
        # A step is done when it is over, not when a worker has taken it.
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": {
            "visibility_timeout": settings.step_timeout,
            "unacked_restore_interval": max(1, min(10, settings.step_timeout // 4)),
            "unacked_restore_throttle": 1,
        },
    }
