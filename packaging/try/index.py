#!/usr/bin/env python3
"""Runs a command beside a package index that has target/packages alone.

    packaging/try/index.py pip install --index-url '$INDEX/simple/' redis-lab

For pip, uv and pipx the index is $INDEX/simple/, for npm $INDEX; what npm does
not find there it does not get. The index goes when the command ends, and ends
with its exit code. It is on a port of this machine that the system chooses.
"""

import base64
import hashlib
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import threading

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "target/packages"


def wheels(name):
    """A page of links, as PEP 503 has it."""
    same = re.compile(r"[-_.]+")
    files = [f for f in FOLDER.glob("*.whl") if same.sub("-", f.name.split("-")[0]).lower() == name]
    links = (
        f'<a href="/files/{f.name}#sha256={hashlib.sha256(f.read_bytes()).hexdigest()}">{f.name}</a>'
        for f in files
    )
    return "<!DOCTYPE html>" + "".join(links) if files else None


def npm_package(name, index):
    """What npm's registry says about a package."""
    versions = {}
    for file in FOLDER.glob("*.tgz"):
        with tarfile.open(file) as archive:
            manifest = json.load(archive.extractfile("package/package.json"))
        if manifest["name"] == name:
            digest = hashlib.sha512(file.read_bytes()).digest()
            integrity = "sha512-" + base64.b64encode(digest).decode()
            manifest["dist"] = {"tarball": f"{index}/files/{file.name}", "integrity": integrity}
            versions[manifest["version"]] = manifest
    if not versions:
        return None
    return json.dumps({"name": name, "dist-tags": {"latest": max(versions)}, "versions": versions})


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        kind, answer = "text/html", None
        path = self.path.strip("/")
        if path.startswith("simple/"):
            answer = wheels(path.removeprefix("simple/"))
        elif path.startswith("files/"):
            file = FOLDER / pathlib.PurePosixPath(path).name
            kind, answer = "application/octet-stream", file.read_bytes() if file.is_file() else None
        else:
            kind, answer = "application/json", npm_package(path, os.environ["INDEX"])
        body = answer.encode() if isinstance(answer, str) else answer or b"{}"
        self.send_response(404 if answer is None else 200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    os.environ["INDEX"] = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.exit(subprocess.run([word.replace("$INDEX", os.environ["INDEX"]) for word in sys.argv[1:]]).returncode)


main()
