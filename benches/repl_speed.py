#!/usr/bin/env python3
"""Speed of the shell beside redis-cli, medians of one run on one server.

    cargo build --locked --profile dist
    benches/repl_speed.py [--lab target/dist/redis-lab] [--runs 30]

Starts a redis-server of its own on a free port, drives both shells on a
pseudo-terminal in turns (so that noise hits both), and prints one table:
first prompt, key to echo, Enter to reply, resident memory at the prompt, and
10,000 piped commands. Needs Python 3.8, redis-server and redis-cli.
"""

import argparse
import fcntl
import os
import pty
import re
import select
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time

ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\r")


class Terminal:
    """A program on a pseudo-terminal."""

    def __init__(self, argv, home):
        env = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
        }
        self.started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # Without a size programs ask the terminal for the cursor's place.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
            os.execvpe(argv[0], argv, env)
        self.seen = b""

    def wait(self, ready, seconds=10.0):
        """Reads until `ready` accepts the plain text; the time it did."""
        deadline = time.perf_counter() + seconds
        while not ready(ESCAPES.sub(b"", self.seen)):
            left = deadline - time.perf_counter()
            if left <= 0:
                sys.exit(f"waited in vain; seen: {self.seen[-500:]!r}")
            if select.select([self.fd], [], [], left)[0]:
                self.seen += os.read(self.fd, 65536)
        return time.perf_counter()

    def send(self, keys):
        """Forgets what was seen and sends keys; the time they were sent."""
        self.seen = b""
        now = time.perf_counter()
        os.write(self.fd, keys)
        return now

    def settle(self):
        """Reads until nothing has come for a moment."""
        while select.select([self.fd], [], [], 0.03)[0]:
            self.seen += os.read(self.fd, 65536)

    def resident_kb(self):
        with open(f"/proc/{self.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])

    def close(self):
        os.close(self.fd)
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


def ends_with_prompt(text):
    return text.rstrip(b" ").endswith(b">")


def interactive(argv, home):
    """One session's figures: prompt, echo and reply in ms, memory in MB."""
    terminal = Terminal(argv, home)
    prompt = terminal.wait(ends_with_prompt) - terminal.started
    terminal.settle()
    memory = terminal.resident_kb() / 1024
    echoes, replies = [], []
    for _ in range(5):
        for key in b"ECHO x":
            sent = terminal.send(bytes([key]))
            shown = bytes([key])
            echoes.append(terminal.wait(lambda text: shown in text) - sent)
            terminal.settle()
        sent = terminal.send(b"\r")
        replies.append(terminal.wait(lambda text: b'"x"' in text) - sent)
        terminal.wait(ends_with_prompt)
        terminal.settle()
    terminal.close()
    return (
        prompt * 1e3,
        statistics.median(echoes) * 1e3,
        statistics.median(replies) * 1e3,
        memory,
    )


def piped(argv, path, home):
    started = time.perf_counter()
    with open(path) as commands:
        env = dict(os.environ, HOME=home)
        subprocess.run(argv, stdin=commands, stdout=subprocess.DEVNULL, check=True, env=env)
    return (time.perf_counter() - started) * 1e3


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--lab", default="target/dist/redis-lab")
    options.add_argument("--runs", type=int, default=30)
    options = options.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        server = subprocess.Popen(
            ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", home],
            stdout=subprocess.DEVNULL,
        )
        try:
            while socket.socket().connect_ex(("127.0.0.1", port)):
                time.sleep(0.01)
            measure(options, port, home)
        finally:
            server.kill()
            server.wait()


def read_anew(program):
    """Has the kernel forget its copy of a program's file. How much of the file a
    page fault maps depends on how that copy came to be: of one that was just
    written, or read in one go, it is up to a third more."""
    if hasattr(os, "posix_fadvise"):
        file = os.open(shutil.which(program), os.O_RDONLY)
        os.fsync(file)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)


def measure(options, port, home):
    shells = {
        "redis-cli": ["redis-cli", "-p", str(port)],
        "redis-lab": [options.lab, "repl", "--url", f"redis://127.0.0.1:{port}"],
    }
    for program, *_ in shells.values():
        read_anew(program)
    commands = os.path.join(home, "commands")
    with open(commands, "w") as file:
        for n in range(2500):
            file.write(f"SET key:{n} value{n}\nGET key:{n}\nINCR n\nLPUSH list {n}\n")
    figures = {name: [] for name in shells}
    pipes = {name: [] for name in shells}
    for _ in range(options.runs):
        for name, argv in shells.items():
            figures[name].append(interactive(argv, home))
    for _ in range(max(options.runs // 3, 3)):
        for name, argv in shells.items():
            pipes[name].append(piped(argv, commands, home))
    rows = ["first prompt, ms", "key to echo, ms", "Enter to reply, ms", "memory at prompt, MB"]
    print(f"{'median of ' + str(options.runs):<26}{'redis-cli':>12}{'redis-lab':>12}{'ratio':>8}")
    table = [
        (row, *(statistics.median(run[i] for run in figures[name]) for name in shells))
        for i, row in enumerate(rows)
    ]
    table.append(("10,000 piped, ms", *(statistics.median(pipes[name]) for name in shells)))
    for row, cli, lab in table:
        print(f"{row:<26}{cli:>12.2f}{lab:>12.2f}{lab / cli:>8.2f}")


if __name__ == "__main__":
    main()
