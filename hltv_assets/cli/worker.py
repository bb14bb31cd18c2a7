"""`hltv-assets worker QUEUE`: a Celery worker for the steps of runs, on whatever machine it is started."""

import os

from hltv_assets.assets.queues import FETCH_QUEUE
from hltv_assets.automation.executor import celery_app
from hltv_assets.settings import Settings


def work(settings: Settings, queue: str, *, concurrency: int) -> None:
    """Take steps from a queue until a signal ends it, so many at once; from `fetch`, one at a time."""
    celery_app(settings).worker_main(
        [
            "worker",
            "--queues",
            queue,
            "--concurrency",
            str(1 if queue == FETCH_QUEUE else concurrency),
            "--prefetch-multiplier=1",
            "--hostname",
            f"{queue}-{os.getpid()}@%h",
            "--loglevel",
            "WARNING",
            "--without-gossip",
            "--without-mingle",
        ]
    )
