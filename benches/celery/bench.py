"""Measures Celery the way `redis-lab thumbnail bench` measures redis-lab.

    python3 -m venv venv && venv/bin/pip install celery redis pillow packaging
    venv/bin/python benches/celery/bench.py [--jobs N] [--copies N] [--json] [IMAGE...]

`benches/jobs.sh` does that, and measures redis-lab beside it. Starts a
redis-server of its own on a Unix socket, and worker processes with
`--concurrency 2` (Celery's prefork pool).
"""

import argparse
import atexit
import json
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


AS_JSON = "--json" in sys.argv


def figure(name, value, unit):
    if AS_JSON:
        print(json.dumps({"name": name, "value": value, "unit": unit}), flush=True)
    else:
        print(f"{name:<38} {value:>12.2f} {unit}", flush=True)


class Worker:
    alive = set()

    def __init__(self, concurrency=2):
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "tasks", "worker",
             "--concurrency", str(concurrency), "-l", "INFO",
             "-n", f"w{time.monotonic_ns()}@bench"],
            cwd=HERE, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
            start_new_session=True, text=True,
        )
        Worker.alive.add(self)
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
        Worker.alive.discard(self)
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


class Redis:
    """A server of our own, on a Unix socket, as redis-lab's bench has one."""

    def __init__(self, folder, persistent=False):
        self.socket = os.path.join(folder, "redis.sock")
        self.command = [
            "redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", folder,
            "--save", "", "--appendonly", "yes" if persistent else "no",
        ]
        self.url = f"redis+socket://{self.socket}"
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)
        while True:
            try:
                with socket.socket(socket.AF_UNIX) as client:
                    client.connect(self.socket)
                return
            except (FileNotFoundError, ConnectionRefusedError):
                time.sleep(0.01)

    def restart(self):
        self.process.terminate()
        self.process.wait()
        self.start()

    def kill(self):
        self.process.kill()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--copies", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="one figure a line as JSON")
    parser.add_argument("--no-faults", action="store_true", help="leave out what breaks things")
    parser.add_argument("images", nargs="*")
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        server = Redis(folder)
        os.environ["BENCH_REDIS"] = server.url
        sys.path.insert(0, str(HERE))
        import tasks  # noqa: E402 (the broker's address must be known first)

        try:
            measure(args, tasks)
            if not args.no_faults:
                faults(tasks, folder)
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


def done_after(results, seconds):
    """How many succeed within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not all(r.ready() for r in results):
        time.sleep(0.1)
    return sum(r.successful() for r in results)


def faults(tasks, folder):
    victim, survivor = Worker(2), Worker(8)
    results = [tasks.sleep.delay(0.5) for _ in range(40)]
    time.sleep(1.2)
    victim.kill()
    figure("jobs done after a SIGKILL", done_after(results, 15), "of 40 (after 15 s)")
    survivor.kill()
    tasks.app.control.purge()

    # Another server means another app: a process of its own measures it.
    for name in ("restart", "long"):
        subprocess.run([sys.executable, __file__, f"--only={name}", folder]
                       + (["--json"] if AS_JSON else []), check=True)


def restart(folder):
    """Restarts a Redis with persistence (AOF) under half-second jobs."""
    redis = Redis(tempfile.mkdtemp(dir=folder), persistent=True)
    os.environ["BENCH_REDIS"] = redis.url
    sys.path.insert(0, str(HERE))
    import tasks
    workers = Worker(2), Worker(8)
    try:
        ids = [tasks.sleep.delay(0.5).id for _ in range(40)]
        time.sleep(1.2)
        redis.restart()
        # A client of its own asks, for the app's may be waiting to reconnect.
        end, done = time.monotonic() + 15, 0
        while time.monotonic() < end and done < 40:
            time.sleep(0.2)
            try:
                done = sum(successful(redis, i) for i in ids)
            except OSError:
                pass
        figure("jobs done after a restart of Redis", done, "of 40 (after 15 s)")
    finally:
        for worker in workers:
            worker.kill()
        redis.kill()


def successful(redis, task):
    import redis as client
    try:
        answer = client.Redis(unix_socket_path=redis.socket).get(f"celery-task-meta-{task}")
    except client.exceptions.ConnectionError:
        return False
    return answer is not None and json.loads(answer)["status"] == "SUCCESS"


def long(folder):
    """A healthy job of 10 s with late acknowledgement, so that a killed worker
    loses nothing, and a visibility timeout of 3 s: how often it is started."""
    redis = Redis(tempfile.mkdtemp(dir=folder))
    os.environ["BENCH_REDIS"] = redis.url
    os.environ["BENCH_LATE"] = "3"
    starts = os.path.join(folder, "starts")
    os.environ["BENCH_STARTS"] = starts
    sys.path.insert(0, str(HERE))
    import tasks
    workers = Worker(2), Worker(2)
    try:
        tasks.sleep.delay(10)
        time.sleep(11)
        with open(starts) as lines:
            figure("runs of a job longer than its lease", len(lines.readlines()), "")
    finally:
        for worker in workers:
            worker.kill()
        redis.kill()


def end_workers():
    """They are in sessions of their own, so nobody else ends them."""
    for worker in list(Worker.alive):
        worker.kill()


if __name__ == "__main__":
    atexit.register(end_workers)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if len(sys.argv) > 2 and sys.argv[1].startswith("--only="):
        {"restart": restart, "long": long}[sys.argv[1][len("--only="):]](sys.argv[2])
    else:
        main()
