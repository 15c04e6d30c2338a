# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the sources are pointed at: the local service, nginx, slow links, and
ports that never answer."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .processes import first_line, running, until

KEY = "local-key"
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Service:
    """seedance-local, by its API and its control path."""

    def __init__(self, process):
        line = first_line(process)
        self.base = line["api"]
        self.control_base = line["control"]

    def control(self, path: str, body: str | bytes | None = None) -> bytes:
        return self.ask(f"{self.control_base}/{path}", body)

    def call(self, path: str, body: str | bytes | None = None) -> bytes:
        return self.ask(self.base + path, body)

    @staticmethod
    def ask(url: str, body: str | bytes | None) -> bytes:
        if isinstance(body, str):
            body = body.encode()
        request = urllib.request.Request(
            url, body,
            {"Authorization": f"Bearer {KEY}",
             "Content-Type": "application/json"})
        with DIRECT.open(request, timeout=120) as answer:
            return answer.read()

    def settings(self, **values):
        self.control("settings", json.dumps(values))

    def set_clip(self, clip: bytes):
        """From now on every clip has these bytes."""
        self.control("clip", clip)

    def faults(self, *specs: str):
        self.control("faults", "\n".join(specs))

    def hand_out(self, url: str):
        """From now on this is the URL of every clip."""
        self.faults("poll:url=" + urllib.parse.quote(url, safe=""))

    def reset(self):
        self.control("reset", "")

    def stats(self) -> dict:
        return json.loads(self.control("stats"))

    def wait(self, counter: str, at_least: int = 1):
        self.control(f"wait?counter={counter}&at-least={at_least}")

    def order(self, **fields) -> dict:
        """A finished task."""
        made = json.loads(
            self.call("/v1/videos/text-to-video", json.dumps(fields)))
        task = {}
        until(lambda: task.update(json.loads(
            self.call(f"/v1/videos/{made['task_id']}")))
            or task["status"] in ("succeeded", "failed"), "the task", 300)
        if task["status"] != "succeeded":
            raise RuntimeError(f"no clip: {task}")
        return task


@contextmanager
def service(program: Path, log: Path, *options):
    command = [program, "--exit-with-stdin", "--generation-time", 0, *options]
    with running(command, log) as process:
        yield Service(process)


@dataclass(frozen=True)
class Request:
    """A line of nginx' log."""

    status: int
    range: str
    sent: int


CONFIG = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{ worker_connections 4096; }}
http {{
  default_type video/mp4;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000;
  log_format bench '$arg_run|$status|$http_range|$body_bytes_sent';
  access_log {folder}/access.log bench;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  ssl_certificate {folder}/server.pem;
  ssl_certificate_key {folder}/server.key;
  server {{
    listen 127.0.0.1:{plain} backlog=1024;
    listen 127.0.0.1:{tls} ssl backlog=1024;
    listen 127.0.0.1:{h2} ssl http2 backlog=1024;
    root {media};
    location /no-ranges/ {{ alias {media}/; max_ranges 0; }}
  }}
}}
"""


def make_certificates(folder: Path):
    """An authority of our own, and what it says about 127.0.0.1."""
    def openssl(*words):
        subprocess.run(["openssl", *map(str, words)], cwd=folder, check=True,
                       capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 2,
            "-subj", "/CN=benchmark", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1",
            "-keyout", "server.key", "-out", "server.csr")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey",
            "ca.key", "-CAcreateserial", "-days", 2, "-extfile", "names",
            "-out", "server.pem")


@dataclass(frozen=True)
class Nginx:
    """Serves the folder of media."""

    folder: Path
    plain: int
    tls: int
    h2: int

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    def requests(self, run: str) -> list[Request]:
        """Those of a run, once all of its connections are gone."""
        until(lambda: not self.is_busy(), "nginx to finish", 5)
        lines = (self.folder / "access.log").read_text().splitlines()
        found = [line.split("|") for line in lines]
        return [Request(int(status), asked, int(sent))
                for name, status, asked, sent in found if name == run]

    def is_busy(self) -> bool:
        wanted = f":{self.plain:04X}"
        with open("/proc/net/tcp", encoding="ascii") as table:
            rows = [line.split() for line in list(table)[1:]]
        return any(row[1].endswith(wanted) and row[3] in ("01", "08")
                   for row in rows)


@contextmanager
def nginx(folder: Path, media: Path):
    """Debian's nginx with a configuration and folders of its own."""
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    make_certificates(folder)
    server = Nginx(folder, free_port(), free_port(), free_port())
    (folder / "nginx.conf").write_text(CONFIG.format(
        folder=folder, media=media, plain=server.plain, tls=server.tls,
        h2=server.h2))
    command = [program, "-e", folder / "nginx-error.log", "-c",
               folder / "nginx.conf", "-p", folder]
    with running(command, folder / "nginx.log") as process:
        until(lambda: process.poll() is not None or answers(server.plain),
              "nginx to start")
        if process.poll() is not None:
            raise RuntimeError((folder / "nginx.log").read_text())
        yield server


def answers(port: int) -> bool:
    with suppress(OSError):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("HEAD", "/")
        connection.getresponse()
        connection.close()
        return True
    return False


@contextmanager
def relay(program: Path, log: Path, port: int, rate: int, round_trip: int):
    """A slow link to a port: the port to use instead."""
    command = [program, "--to", port, "--rate", rate, "--round-trip",
               round_trip]
    with running(command, log) as process:
        yield first_line(process)["port"]


def check_link(port: int, name: str, size: int, rate: int, round_trip: int):
    """However busy the machine is, no link is faster than it says: a round
    trip to open it, one for the request, and then the bytes."""
    begin = time.monotonic()
    with DIRECT.open(f"http://127.0.0.1:{port}/{name}", timeout=60) as answer:
        got = len(answer.read())
    seconds = time.monotonic() - begin
    least = size / rate + 2 * round_trip / 1000
    if got != size or seconds < least:
        raise RuntimeError(f"the link at {rate} B/s, {round_trip} ms passed"
                           f" {got} bytes in {seconds:.3f} s")


def tcp_states(port: int) -> list[tuple[str, int]]:
    """State and unread bytes of all sockets that speak with a port or are on
    it, as the kernel's table has them."""
    name = f":{port:04X}"
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in list(table)[1:]]
    return [(row[3], int(row[4].split(":")[1], 16)) for row in rows
            if row[1].endswith(name) or row[2].endswith(name)]


@contextmanager
def deaf_port():
    """A port that takes connections but never reads."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener.getsockname()[1]


@contextmanager
def dropping_port():
    """A port that drops every SYN: its queue of connections is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        with socket.create_connection(address):
            yield address[1]
