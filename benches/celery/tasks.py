"""The tasks of the peer: what the source lab's Celery worker does.

The broker and result backend come from BENCH_REDIS (a redis:// or
redis+socket:// URL without a database number at the end).
"""

import os
import time
from zipfile import ZipFile

from celery import Celery
from PIL import Image

BROKER = os.environ["BENCH_REDIS"]
app = Celery("tasks", broker=BROKER, backend=BROKER)
app.conf.worker_hijack_root_logger = False
if "BENCH_LATE" in os.environ:
    # Acknowledge when done, and deliver again what takes longer than this.
    app.conf.task_acks_late = True
    app.conf.broker_transport_options = {
        "visibility_timeout": int(os.environ["BENCH_LATE"]),
        # Look every second; the default is every hundred seconds.
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
    }


@app.task
def noop():
    return None


@app.task
def sleep(seconds):
    if "BENCH_STARTS" in os.environ:
        with open(os.environ["BENCH_STARTS"], "a") as starts:
            starts.write("started\n")
    time.sleep(seconds)


@app.task
def make_thumbnails(file_path, thumbnails=()):
    """As the lab's: Pillow's thumbnail(), then a zip of everything."""
    folder, name = os.path.split(file_path)
    stem, extension = os.path.splitext(name)
    archive = os.path.join(folder, stem + ".zip")
    made = []
    image = Image.open(file_path)
    for width, height in thumbnails or [(128, 128)]:
        copy = image.copy()
        copy.thumbnail((width, height))
        path = os.path.join(folder, f"{stem}_{width}x{height}{extension}")
        copy.save(path)
        made.append(path)
    with ZipFile(archive, "w") as zip_file:
        zip_file.write(file_path, os.path.basename(file_path))
        for path in made:
            zip_file.write(path, os.path.basename(path))
    return {"archive_path": archive}
