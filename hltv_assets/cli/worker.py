"""`hltv-assets worker QUEUE`: a Celery worker for the steps of runs, on whatever machine it is started."""

import os

import click

from hltv_assets.assets.queues import FETCH_QUEUE, WORK_QUEUE
from hltv_assets.automation.executor import celery_app
from hltv_assets.cli.errors import CliError
from hltv_assets.cli.runs import check_dagster_home
from hltv_assets.cli.verb import verb
from hltv_assets.settings import Settings


class NoBrokerError(CliError):
    """There is no queue to take steps from."""


@click.command()
@click.argument("queue", type=click.Choice([FETCH_QUEUE, WORK_QUEUE]))
@click.option("--concurrency", default=1, show_default=True, type=click.IntRange(min=1), help="Steps at once in work.")
@verb
def command(settings: Settings, queue: str, *, concurrency: int) -> None:
    """Execute steps of runs from a Celery QUEUE: one worker for fetch, as many as you like for work.

    HLTV_CELERY_BROKER names the Redis that all machines share.
    """
    check_dagster_home()
    if settings.celery_broker is None:
        raise NoBrokerError("HLTV_CELERY_BROKER is not set: without it, each run executes its own steps")
    work(settings, queue, concurrency=concurrency)


def work(settings: Settings, queue: str, *, concurrency: int) -> None:
    """Execute steps from a queue until a signal arrives: up to `concurrency` at once, from `fetch` one at a time."""
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
