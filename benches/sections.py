#!/usr/bin/env python3
"""How long a section's run takes beyond the waits it is about, and how soon it
says something.

    benches/sections.py target/dist/redis-lab [ROUNDS]

Each section runs without pauses on a private server that it starts itself; the
best of the rounds counts. The waits a lesson is about are subtracted: its own
`wait` events, commands that block in the server until their timeout, and what
arrives when a key's time is over. The first output is timed on a server that is
ready before redis-lab starts, so the figure includes the start of the program.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

SECTIONS = "strings lists sets pubsub streams pipeline lua notifications".split()
# Waits inside live demos, in seconds: the BRPOP that finds the queue empty, the
# dead consumer's idle time, the key that expires.
DEMO_WAITS = {"worker-loop": 0.2, "dying-consumer": 0.06, "expiry-events": 0.15}


def run(program, *args):
    begun = time.perf_counter()
    done = subprocess.run([program, *args], capture_output=True)
    took = time.perf_counter() - begun
    if done.returncode != 0:
        sys.exit(f"{args}: exit {done.returncode}\n{done.stderr.decode()}")
    return took, done.stdout


def meant_waits(output):
    """Seconds the lesson means to wait."""
    waits = 0.0
    for line in output.splitlines():
        event = json.loads(line)
        if event["type"] == "wait":
            waits += event["us"] / 1e6
        elif event["type"] == "demo":
            waits += DEMO_WAITS.get(event["name"], 0)
        elif event["type"] == "reply" and event["us"] > 50_000:
            waits += event["us"] / 1e6
    return waits


def first_output(program, url, section):
    begun = time.perf_counter()
    child = subprocess.Popen(
        [program, section, "--no-pause", "--url", url], stdout=subprocess.PIPE
    )
    child.stdout.read(1)
    took = time.perf_counter() - begun
    child.stdout.read()
    child.wait()
    return took


def main():
    program = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    commands = [[section] for section in SECTIONS] + [["thumbnail", "lesson"], ["thumbnail"]]
    with tempfile.TemporaryDirectory() as folder:
        socket = os.path.join(folder, "s")
        server = subprocess.Popen(
            ["redis-server", "--port", "0", "--save", "", "--unixsocket", socket, "--dir", folder],
            stdout=subprocess.DEVNULL,
        )
        while not os.path.exists(socket):
            time.sleep(0.01)
        try:
            print(f"{'':18} {'total':>8} {'waits':>8} {'beyond':>8} {'first output':>13}")
            for command in commands:
                name = " ".join(command)
                if command == ["thumbnail"]:
                    total = min(run(program, *command, "--no-pause")[0] for _ in range(rounds))
                    print(f"{name:18} {total:8.3f} {0:8.3f} {total:8.3f}")
                    continue
                runs = [run(program, *command, "--no-pause", "--json") for _ in range(rounds)]
                total, output = min(runs, key=lambda one: one[0] - meant_waits(one[1]))
                waits = meant_waits(output)
                row = f"{name:18} {total:8.3f} {waits:8.3f} {total - waits:8.3f}"
                if len(command) == 1:
                    first = min(
                        first_output(program, f"unix://{socket}", name) for _ in range(rounds)
                    )
                    row += f" {first * 1e3:10.1f} ms"
                print(row)
        finally:
            server.kill()
            server.wait()


main()
