# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of seedance-tasks serve share: a state folder with real clips,
the running server, and raw requests such as no browser would send."""

import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import traceback
import urllib.request

ROOT = os.environ["SEEDANCE_SOURCE_ROOT"]
BUILD = os.environ["BUILD_DIR"]
# SEEDANCE_TASKS may name another build, such as one with a sanitizer.
TASKS = os.environ.get(
    "SEEDANCE_TASKS", os.path.join(BUILD, "tools", "seedance-tasks"))
LOCAL = os.path.join(BUILD, "tests", "service", "seedance-local")
PATIENCE = 60

HOSTILE = ('<img src=x onerror="document.title=1;window.hacked=1">'
           '<script>window.hacked=2</script>\u202egnp.exe</td></table>')


class Service:
    """The local service seedance-local, from which orders cost nothing."""

    def __init__(self):
        self.process = subprocess.Popen(
            [LOCAL, "--generation-time", "0.1", "--exit-with-stdin"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        told = json.loads(self.process.stdout.readline())
        self.api, self.control = told["api"], told["control"]

    def posts(self):
        with urllib.request.urlopen(self.control + "/stats") as answer:
            return json.load(answer)["posts"]

    def close(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.process.stdout.close()


def order(service, folder, prompt, seconds=1, sink="fakesink", resolution="480p"):
    """Orders and plays one clip with the plugin from the build folder. Returns
    whether that succeeded."""
    env = dict(os.environ, SEEDANCE_STATE_DIR=folder, SEEDANCE_API_KEY="local-key",
               SEEDANCE_BASE_URL=service.api)
    return subprocess.run(
        ["gst-launch-1.0", "-q", "seedancesrc", "prompt=" + json.dumps(prompt),
         "resolution=" + resolution, f"duration={seconds}", "poll-interval=100",
         "!", sink],
        env=env, timeout=PATIENCE, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL).returncode == 0


class Ledger:
    """A state folder with three clips and a failed task."""

    def __init__(self, service, folder):
        self.folder = folder
        for prompt in ("A lighthouse", "A paper boat", "A doomed boat",
                       "A train"):
            order(service, folder, prompt)
        self.change("UPDATE attempts SET prompt = ? WHERE prompt = 'A train'",
                    HOSTILE)

    def path(self, name):
        return os.path.join(self.folder, name)

    def rows(self, sql="SELECT * FROM attempts ORDER BY id", *values):
        with contextlib.closing(sqlite3.connect(self.path("ledger.db"))) as db:
            return db.execute(sql, values).fetchall()

    def change(self, sql, *values):
        with contextlib.closing(sqlite3.connect(self.path("ledger.db"))) as db:
            db.execute(sql, values)
            db.commit()

    def clip(self, prompt):
        """Returns the name of the clip's record and the path of its file."""
        name = self.rows("SELECT name FROM attempts WHERE prompt = ?", prompt)[0][0]
        return name, self.path(name + ".mp4")

    def put(self, data):
        """Replaces the database by another file, atomically."""
        for more in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path("ledger.db" + more))
        with open(os.open(self.path("new"), os.O_CREAT | os.O_WRONLY, 0o600),
                  "wb") as file:
            file.write(data)
        os.rename(self.path("new"), self.path("ledger.db"))

    def damage(self):
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        with open(self.path("ledger.db"), "rb") as file:
            self.whole = file.read()
        self.put(b"This is no database." * 200)

    def mend(self):
        self.put(self.whole)

    def multiply(self, times):
        """Adds copies of the first row, each with a name of its own."""
        columns = [row[1] for row in self.rows("PRAGMA table_info(attempts)")
                   if row[1] not in ("id", "name")]
        self.change(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
            f"WHERE i < {times}) INSERT INTO attempts (name, {', '.join(columns)}) "
            f"SELECT lower(hex(randomblob(16))), {', '.join(columns)} "
            "FROM attempts, n WHERE attempts.id = 1")


class Serve:
    """A running seedance-tasks serve."""

    def __init__(self, folder, *arguments):
        self.process = subprocess.Popen(
            [TASKS, "--state-dir", folder, "serve", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip()
        assert self.address, self.process.stderr.read()
        self.port = int(self.address.split(":")[2].split("/")[0])
        self.token = self.address.split("/")[3]

    def said(self):
        """Ends the server as Ctrl-C does. Returns all that it has printed: the
        standard output and the standard error."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, self.process.returncode
        return self.address + "\n" + out, err

    def close(self):
        if self.process.poll() is None:
            self.said()

    def connect(self, host="127.0.0.1", source=None):
        return socket.create_connection((host, self.port), PATIENCE, source)

    def raw(self, text, host="127.0.0.1"):
        """Sends a text and reads until the server closes. Returns the
        answer."""
        with self.connect(host) as connection:
            connection.sendall(text.encode("latin-1"))
            connection.shutdown(socket.SHUT_WR)
            data = b""
            while piece := connection.recv(65536):
                data += piece
        return Answer(data)

    def ask(self, path, method="GET", host=None, token=None, **headers):
        """Sends one request for a path below the token."""
        token = self.token if token is None else token
        lines = [f"{method} /{token}{path} HTTP/1.1",
                 f"Host: {host or f'127.0.0.1:{self.port}'}",
                 "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}"
                  for name, value in headers.items()]
        return self.raw("\r\n".join(lines) + "\r\n\r\n")

    def data(self, query=""):
        return self.ask("/data.json" + query).json()


class Answer:
    def __init__(self, data):
        head, _, self.body = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1]) if data else 0
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(": ")
            self.headers[name.lower()] = value

    def json(self):
        assert self.status == 200, self.status
        return json.loads(self.body)


def run_all(tests, setup):
    """Runs the tests and prints TAP. Each test gets what a new setup() yields.
    A test that returns a string is skipped, and the string is the reason."""
    print(f"1..{len(tests)}")
    failed = 0
    for number, test in enumerate(tests, 1):
        name = test.__name__.removeprefix("test_").replace("_", " ")
        with setup() as given:
            try:
                reason = test(*given)
                print(f"ok {number} - {name}" +
                      (f" # SKIP {reason}" if reason else ""), flush=True)
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print(f"not ok {number} - {name}", flush=True)
                for line in traceback.format_exc().splitlines():
                    print("# " + line, flush=True)
    sys.exit(1 if failed else 0)


class Fixture:
    """One service and one state folder for all tests. Each test gets a copy of
    the folder."""

    def __init__(self):
        self.made = tempfile.mkdtemp(prefix="serve-")
        self.service = Service()
        self.model = Ledger(self.service, os.path.join(self.made, "model"))
        self.count = 0

    @contextlib.contextmanager
    def fresh(self):
        self.count += 1
        ledger = Ledger.__new__(Ledger)
        ledger.folder = os.path.join(self.made, str(self.count))
        shutil.copytree(self.model.folder, ledger.folder, copy_function=shutil.copy2)
        os.chmod(ledger.folder, 0o700)
        serve = Serve(ledger.folder)
        try:
            yield serve, ledger, self.service
        finally:
            serve.close()
            shutil.rmtree(ledger.folder, ignore_errors=True)

    def close(self):
        self.service.close()
        shutil.rmtree(self.made, ignore_errors=True)
