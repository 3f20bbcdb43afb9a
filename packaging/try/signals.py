#!/usr/bin/env python3
"""Shows that a command passes signals on to the program that it starts.

    packaging/try/signals.py PROGRAM COMMAND

Both run `serve`, and get Ctrl-C, as a terminal sends it, SIGTERM and SIGHUP;
both have to end in the same way, and nothing may remain.
"""

import os
import signal
import subprocess
import sys

SIGNALS = {signal.SIGINT: os.killpg, signal.SIGTERM: os.kill, signal.SIGHUP: os.kill}


def ended_by(command, name, send):
    """How `command serve` ends when it gets the signal."""
    serving = subprocess.Popen(
        [command, "serve", "--port", "0"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )
    try:
        # It listens once it has said where.
        assert serving.stdout.readline(), f"{command} serve says nothing"
        send(serving.pid, name)
        serving.stdout.read()  # until nobody can write any more
        return serving.wait(timeout=10)
    finally:
        try:
            os.killpg(serving.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


program, command = sys.argv[1:]
for name, send in SIGNALS.items():
    alone, through = ended_by(program, name, send), ended_by(command, name, send)
    print(f"{name.name}: {alone} by itself, {through} through npm's command")
    assert alone == through, "the end of the program did not come through"
