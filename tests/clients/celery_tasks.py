"""The tasks of tests/clients/celery_client.py."""

import os

from celery import Celery

URL = os.environ["REDIS_URL"]
app = Celery("celery_tasks", broker=URL, backend=URL)
app.conf.broker_connection_retry_on_startup = True
app.conf.worker_hijack_root_logger = False


@app.task
def add(a, b):
    return a + b


@app.task(bind=True, max_retries=2)
def flaky(self, key):
    import redis

    if redis.Redis.from_url(URL).incr(key) < 2:
        raise self.retry(countdown=0)
    return "done"


@app.task
def fail():
    raise ValueError("as it should")


@app.task
def total(numbers):
    return sum(numbers)
