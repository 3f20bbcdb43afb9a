"""Measures Celery the way `redis-lab thumbnail bench` measures redis-lab.

    python3 -m venv venv && venv/bin/pip install celery redis pillow packaging
    venv/bin/python benches/celery/bench.py [--jobs N] [--copies N] [IMAGE...]

Starts a redis-server of its own on a free loopback port, and worker processes
with `--concurrency 2` (Celery's prefork pool).
"""

import argparse
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent


def figure(name, value, unit):
    print(f"{name:<34} {value:>12.2f} {unit}", flush=True)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Worker:
    def __init__(self, concurrency=2):
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "tasks", "worker",
             "--concurrency", str(concurrency), "-l", "INFO",
             "-n", f"w{time.monotonic_ns()}@bench"],
            cwd=HERE, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
            start_new_session=True, text=True,
        )
        for line in self.process.stderr:
            if " ready." in line:
                break
        self.ready_after = time.monotonic() - self.began
        # Keep reading, or the worker blocks on a full pipe.
        subprocess_reader(self.process.stderr)

    def memory_mb(self):
        """Resident memory of the worker and its pool processes."""
        pids = [self.process.pid] + children(self.process.pid)
        return sum(rss_kb(pid) for pid in pids) / 1024

    def kill(self, number=signal.SIGKILL):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass
        self.process.wait()


def subprocess_reader(stream):
    import threading
    threading.Thread(target=lambda: [None for _ in stream], daemon=True).start()


def children(pid):
    out = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout
    found = [int(p) for p in out.split()]
    return found + [g for p in found for g in children(p)]


def rss_kb(pid):
    try:
        with open(f"/proc/{pid}/status") as status:
            return next(int(l.split()[1]) for l in status if l.startswith("VmRSS:"))
    except (FileNotFoundError, StopIteration):
        return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--copies", type=int, default=20)
    parser.add_argument("images", nargs="*")
    args = parser.parse_args()

    port = free_port()
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
    )
    os.environ["BENCH_REDIS"] = f"redis://127.0.0.1:{port}/0"
    time.sleep(0.5)
    sys.path.insert(0, str(HERE))
    import tasks  # noqa: E402 (the broker's address must be known first)

    try:
        measure(args, tasks)
    finally:
        server.kill()


def measure(args, tasks):
    worker = Worker()
    figure("worker ready", worker.ready_after * 1000, "ms")
    figure("worker memory idle", worker.memory_mb(), "MB")

    times = []
    for i in range(220):
        began = time.perf_counter()
        tasks.noop.delay().get(timeout=30)
        if i >= 20:
            times.append((time.perf_counter() - began) * 1000)
        time.sleep(0.002)
    times.sort()
    figure("enqueue to result, p50", statistics.median(times), "ms")
    figure("enqueue to result, p99", times[int(len(times) * 0.99) - 1], "ms")

    began = time.perf_counter()
    results = [tasks.noop.delay() for _ in range(args.jobs)]
    for result in results:
        result.get(timeout=120)
    figure("no-op jobs, concurrency 2", args.jobs / (time.perf_counter() - began), "jobs/s")

    worker.kill()
    began = time.perf_counter()
    for _ in range(args.jobs):
        tasks.noop.delay()
    figure("enqueue one by one", args.jobs / (time.perf_counter() - began), "jobs/s")
    tasks.app.control.purge()

    for image in args.images:
        worker = Worker()
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for i in range(args.copies):
                place = os.path.join(folder, str(i))
                os.mkdir(place)
                paths.append(shutil.copy(image, place))
            began = time.perf_counter()
            results = [tasks.make_thumbnails.delay(path, [(128, 128)]) for path in paths]
            for result in results:
                result.get(timeout=600)
            rate = args.copies / (time.perf_counter() - began)
        figure(f"{os.path.basename(image)} + zip, 2 workers", rate, "images/s")
        worker.kill()

    victim, survivor = Worker(2), Worker(8)
    results = [tasks.sleep.delay(0.5) for _ in range(40)]
    time.sleep(1.2)
    victim.kill()
    end = time.monotonic() + 15
    while time.monotonic() < end and not all(r.ready() for r in results):
        time.sleep(0.1)
    figure("jobs done after a SIGKILL", sum(r.successful() for r in results), "of 40 (after 15 s)")
    survivor.kill()


if __name__ == "__main__":
    main()
