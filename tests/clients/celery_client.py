"""A Celery worker with broker and result backend on one server.

Run by tests/clients/run.sh with REDIS_URL set and celery_tasks.py beside it.
"""

import os
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)

from celery import chord, group  # noqa: E402
from celery_tasks import add, app, fail, flaky, total  # noqa: E402

worker = subprocess.Popen(
    [sys.executable, "-m", "celery", "-A", "celery_tasks", "worker", "--concurrency", "2", "--loglevel", "ERROR"],
    cwd=here,
)
try:
    assert add.delay(2, 3).get(timeout=60) == 5
    assert group(add.s(i, i) for i in range(20))().get(timeout=60) == [2 * i for i in range(20)]
    assert chord((add.s(i, 1) for i in range(10)), total.s())().get(timeout=60) == 55
    assert flaky.delay("attempts").get(timeout=60) == "done"
    assert add.apply_async((1, 1), countdown=1).get(timeout=60) == 2
    failed = fail.delay()
    assert isinstance(failed.get(timeout=60, propagate=False), ValueError)
    assert failed.status == "FAILURE"
    assert app.control.ping(timeout=5), "no worker answers"
finally:
    worker.terminate()
    worker.wait(timeout=60)
