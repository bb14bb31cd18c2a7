"""The queues of steps, where Celery's workers take them from; without Celery the tags mean nothing."""

FETCH_QUEUE = "fetch"
WORK_QUEUE = "work"

# For the assets that ask the site.
IN_FETCH_QUEUE = {"dagster-celery/queue": FETCH_QUEUE}
