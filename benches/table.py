"""Puts the figures of `benches/celery/bench.py --json` and of `redis-lab --json
thumbnail bench` side by side, as the Markdown table of the README.

    python3 benches/table.py CELERY.json OURS.json
"""

import json
import sys

# Row, Celery's figure, our figure, unit, which way is better, the bar: either
# times Celery's, or an absolute value with its unit.
MORE, LESS = max, min
ROWS = [
    ("no-op jobs end to end, concurrency 2", "no-op jobs, concurrency 2", "no-op jobs, 2 in flight", "/s", MORE, 8),
    ("no-op jobs end to end, 64 in flight", "no-op jobs, concurrency 2", "no-op jobs, 64 in flight", "/s", MORE, 40),
    ("enqueue, one by one", "enqueue one by one", "enqueue one by one", "/s", MORE, 5),
    ("enqueue, pipelined", None, "enqueue pipelined", "/s", MORE, "200000 /s"),
    ("... Redis's processor time for one", None, "enqueue pipelined: Redis CPU per job", "us", LESS, None),
    ("enqueue to result, idle worker, p50", "enqueue to result, p50", "enqueue to result, p50", "ms", LESS, "1 ms"),
    ("enqueue to result, idle worker, p99", "enqueue to result, p99", "enqueue to result, p99", "ms", LESS, "3 ms"),
    ("12 MP JPEG, thumbnail + zip, 2 workers", "photo12mp.jpg + zip, 2 workers", "photo12mp.jpg + zip, 2 workers", "/s", MORE, 6),
    ("2 MP PNG, thumbnail + zip, 2 workers", "screenshot2mp.png + zip, 2 workers", "screenshot2mp.png + zip, 2 workers", "/s", MORE, 2.5),
    ("worker memory, idle", "worker memory idle", "worker memory idle", "MB", LESS, "15 MB"),
    ("worker ready", "worker ready", "worker ready", "ms", LESS, "50 ms"),
    ("40 jobs of 0.5 s, a worker killed (SIGKILL): done", "jobs done after a SIGKILL", "jobs done after a SIGKILL", "of 40", MORE, "40 of 40"),
    ("... the last one after the kill", None, "recovered after the SIGKILL in", "s", LESS, "7 s"),
    ("40 jobs of 0.5 s, Redis restarted (AOF): done", "jobs done after a restart of Redis", "jobs done after a restart of Redis", "of 40", MORE, "40 of 40"),
    ("healthy job longer than its lease: runs", "runs of a job longer than its lease", "runs of a job longer than its lease", "", LESS, "1"),
]


def best(path):
    """Every figure's values by its name."""
    figures = {}
    with open(path) as lines:
        for line in lines:
            figure = json.loads(line)
            figures.setdefault(figure["name"], []).append(figure["value"])
    return figures


def shown(value, unit):
    digits = 0 if value >= 100 or unit in ("of 40", "") else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}".rstrip()


def main():
    celery, ours = (best(path) for path in sys.argv[1:3])
    print("| | Celery | redis-lab | ratio | bar | |")
    print("|---|---|---|---|---|---|")
    for row, their_name, our_name, unit, better, bar in ROWS:
        if our_name not in ours:
            continue
        our = better(ours[our_name])
        their = better(celery[their_name]) if their_name in celery else None
        ratio = None
        if their and our and unit not in ("of 40", ""):
            ratio = our / their if better is MORE else their / our
        if bar is None:
            met, bar = None, "-"
        elif isinstance(bar, str):
            target = float(bar.split()[0])
            met = our >= target if better is MORE else our <= target
        else:
            met, bar = ratio is not None and ratio >= bar, f"{bar} x"
        print("|", " | ".join([
            row,
            shown(their, unit) if their is not None else "-",
            shown(our, unit),
            f"{ratio:.1f} x" if ratio else "-",
            bar,
            {True: "met", False: "missed", None: ""}[met],
        ]), "|")


if __name__ == "__main__":
    main()
