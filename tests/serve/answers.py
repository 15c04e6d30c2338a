#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tests the answers of seedance-tasks serve: only a client that has its address
gets any, it sends stored clips and nothing else, and it changes nothing."""

import base64
import contextlib
import hashlib
import os
import re
import shutil
import socket
import sqlite3
import subprocess

from support import HOSTILE, PATIENCE, TASKS, Fixture, Serve, run_all

CLIPS = ("A lighthouse", "A paper boat", HOSTILE)


def test_the_page_has_its_style_and_script_in_it(serve, ledger, service):
    answer = serve.ask("/")
    policy = answer.headers["content-security-policy"]
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    for tag in ("style", "script"):
        parts = re.findall(f"<{tag}>(.*?)</{tag}>".encode(), answer.body, re.S)
        assert len(parts) == 1
        digest = base64.b64encode(hashlib.sha256(parts[0]).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert b"innerHTML" not in answer.body and b"http" not in re.sub(
        rb"<!DOCTYPE html>|HTTP", b"", answer.body)


def test_every_answer_has_the_headers(serve, ledger, service):
    name, _ = ledger.clip("A lighthouse")
    wanted = {"cache-control": "no-store", "referrer-policy": "no-referrer",
              "x-content-type-options": "nosniff", "x-frame-options": "DENY",
              "cross-origin-resource-policy": "same-origin",
              "cross-origin-opener-policy": "same-origin"}
    answers = [serve.ask("/"), serve.ask("/data.json"),
               serve.ask("/clip/" + name), serve.ask("/nothing"),
               serve.ask("/", token="x" * 32), serve.ask("/", host="evil.example"),
               serve.ask("/", "POST")]
    assert [answer.status for answer in answers] == [
        200, 200, 200, 404, 404, 403, 405]
    for answer in answers:
        for header, value in wanted.items():
            assert answer.headers[header] == value, (answer.status, header)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert not [h for h in answer.headers if h.startswith("access-control")]
        assert "server" not in answer.headers


def test_nobody_gets_in_without_the_token(serve, ledger, service):
    token, name = serve.token, ledger.clip("A lighthouse")[0]
    assert re.fullmatch("[0-9a-f]{32}", token)
    for other in ("", "x", token[:-1], token + "0", token.upper() + "Z", "0" * 32,
                  token[:-1] + "%7a", token + "%00", "%00" + token, token + "%2f",
                  "//" + token, token + "\x00", token[::-1], token[:16]):
        for path in ("", "/", "/data.json", "/clip/" + name):
            for method in ("GET", "HEAD", "POST"):
                answer = serve.ask(path, method, token=other)
                # Some of these are no valid request, which gets a 400.
                assert answer.status in (404, 400), (other, answer.status)
                assert answer.body == b"", (other, path)
    assert serve.raw("GET /favicon.ico HTTP/1.1\r\nHost: 127.0.0.1:"
                     f"{serve.port}\r\nConnection: close\r\n\r\n").status == 404
    assert token_is_another(serve, ledger)


def token_is_another(serve, ledger):
    another = Serve(ledger.folder)
    try:
        return another.token != serve.token
    finally:
        another.close()


# A foreign host name that resolves to this machine (DNS rebinding) gets
# nothing.
def test_a_name_that_was_made_to_lead_here_gets_nothing(serve, ledger, service):
    port = serve.port
    good = [f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}",
            f"[::1]:{port}"]
    bad = ["evil.example", f"evil.example:{port}", "127.0.0.1", "localhost",
           f"127.0.0.1:{port + 1}", f"127.0.0.1.evil.example:{port}",
           f"127.0.0.1:{port}@evil.example", f"0.0.0.0:{port}", f"2130706433:{port}"]
    for host in good:
        assert serve.ask("/", host=host).status == 200, host
    for host in bad:
        answer = serve.ask("/", host=host)
        assert answer.status in (400, 403) and answer.body == b"", host
    path = f"GET /{serve.token}/ HTTP/1."
    for head in ("0\r\n\r\n", "1\r\n\r\n", "1\r\nHost:\r\n\r\n",
                 f"1\r\nHost: 127.0.0.1:{port}\r\nHost: evil.example\r\n\r\n",
                 f"1\r\nHost: evil.example\r\nHost: 127.0.0.1:{port}\r\n\r\n"):
        answer = serve.raw(path + head)
        assert answer.status in (400, 403), head
        assert b"<html" not in answer.body
    assert serve.raw(path + f"0\r\nHost: 127.0.0.1:{port}\r\n\r\n").status == 200
    # The request line may name a host, too.
    for named, status in (("evil.example", 403), (f"evil.example:{port}", 403),
                          (f"127.0.0.1:{port}", 200)):
        answer = serve.raw(f"GET http://{named}/{serve.token}/ HTTP/1.1\r\n"
                           f"Host: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")
        assert answer.status == status, named


def listeners(port):
    """Yields the addresses, as the kernel writes them, on which a socket
    listens at this port."""
    for name in ("tcp", "tcp6"):
        with contextlib.suppress(FileNotFoundError), open(
                "/proc/net/" + name, encoding="ascii") as table:
            for line in list(table)[1:]:
                local, state = line.split()[1], line.split()[3]
                if local.endswith(f":{port:04X}") and state == "0A":
                    yield local.split(":")[0]


def test_it_is_at_loopback_alone(serve, ledger, service):
    ours = socket.inet_aton("127.0.0.1")[::-1].hex().upper()
    assert list(listeners(serve.port)) == [ours]
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return
    both = Serve(ledger.folder, "--ipv6")
    try:
        head = f"GET /{both.token}/ HTTP/1.0\r\nHost: [::1]:{both.port}\r\n\r\n"
        assert both.raw(head, "::1").status == 200
        assert list(listeners(both.port)) == [ours, "0" * 24 + "01000000"]
        assert both.ask("/").status == 200
    finally:
        both.close()


def test_only_get_and_head(serve, ledger, service):
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FETCH"):
        answer = serve.ask("/data.json", method)
        assert (answer.status, answer.body) == (405, b""), method
        assert answer.headers["allow"] == "GET, HEAD"
    for path in ("/", "/data.json", "/clip/" + ledger.clip("A paper boat")[0]):
        whole, head = serve.ask(path), serve.ask(path, "HEAD")
        assert (head.status, head.body) == (200, b"")
        assert head.headers["content-length"] == str(len(whole.body)), path


def memory(serve, which):
    """Returns a field of /proc/PID/status in KiB, or 0 under a sanitizer, which
    needs any amount of memory."""
    if "SEEDANCE_SANITIZED" in os.environ:
        return 0
    with open(f"/proc/{serve.process.pid}/status", encoding="ascii") as status:
        return int(re.search(which + r":\s*(\d+)", status.read()).group(1))


def test_a_large_body_is_thrown_away(serve, ledger, service):
    with serve.connect() as connection:
        connection.sendall(
            f"POST /{serve.token}/ HTTP/1.1\r\nHost: 127.0.0.1:{serve.port}\r\n"
            f"Content-Length: {64 << 20}\r\n\r\n".encode())
        for _ in range(64):
            connection.sendall(bytes(1 << 20))
        assert connection.recv(64).startswith(b"HTTP/1.1 405")
    assert memory(serve, "VmHWM") < 60000


def test_ranges(serve, ledger, service):
    name, path = ledger.clip("A paper boat")
    with open(path, "rb") as file:
        clip = file.read()
    size = len(clip)
    assert size > 2000
    cases = {
        None: (200, 0, size), "bytes=0-": (206, 0, size), "bytes=0-0": (206, 0, 1),
        "bytes=5-9": (206, 5, 10), "bytes=-7": (206, size - 7, size),
        f"bytes={size - 1}-": (206, size - 1, size),
        f"bytes=10-{size * 9}": (206, 10, size),
        f"bytes=-{size * 9}": (206, 0, size), "BYTES= 1-2 ": (206, 1, 3),
        f"bytes={size}-": (416, 0, 0), "bytes=-0": (416, 0, 0),
        "bytes=99999999999999999999999-": (416, 0, 0),
        "bytes=0-99999999999999999999999": (206, 0, size),
        "bytes=-99999999999999999999999": (206, 0, size),
        "bytes=9-5": (200, 0, size), "bytes=": (200, 0, size),
        "bytes=-": (200, 0, size), "bytes=a-b": (200, 0, size),
        "bytes=--5": (200, 0, size), "bytes=1-2,5-6": (200, 0, size),
        "bytes=0-1" + ",0-1" * 500: (200, 0, size), "lines=1-2": (200, 0, size),
        "bytes=0x10-0x20": (200, 0, size), "bytes=1-2;": (200, 0, size),
    }
    for text, (status, first, end) in cases.items():
        answer = serve.ask("/clip/" + name, **({"Range": text} if text else {}))
        # The server cuts an open range to 256 KiB; a browser asks for more if
        # it needs more.
        if text and text.endswith("-") and status == 206:
            end = min(end, first + 256 * 1024)
        assert answer.status == status, (text, answer.status)
        assert answer.body == clip[first:end], text
        assert answer.headers["accept-ranges"] == "bytes"
        told = {200: None, 206: f"bytes {first}-{end - 1}/{size}",
                416: f"bytes */{size}"}[status]
        assert answer.headers.get("content-range") == told, text


# An If-Range that does not match the clip gets the whole clip.
def test_a_range_of_what_is_no_more_is_the_whole(serve, ledger, service):
    name, path = ledger.clip("A paper boat")
    etag = serve.ask("/clip/" + name).headers["etag"]
    for known, status in ((etag, 206), ('"other"', 200), ("W/" + etag, 200)):
        answer = serve.ask("/clip/" + name, Range="bytes=1-2", If_Range=known)
        assert answer.status == status, known


def test_a_long_clip_goes_out_in_pieces(serve, ledger, service):
    name, path = ledger.clip("A lighthouse")
    size = 4 << 30
    with open(path, "r+b") as file:
        file.truncate(size)
        file.seek(size - 5)
        file.write(b"tail!")
    assert serve.ask("/clip/" + name, "HEAD").headers["content-length"] == str(size)
    answer = serve.ask("/clip/" + name, Range=f"bytes={size - 5}-")
    assert answer.body == b"tail!"
    assert answer.headers["content-range"] == f"bytes {size - 5}-{size - 1}/{size}"
    with serve.connect() as connection:
        connection.sendall(f"GET /{serve.token}/clip/{name} HTTP/1.1\r\n"
                           f"Host: 127.0.0.1:{serve.port}\r\n\r\n".encode())
        got = 0
        while got < 64 << 20:
            got += len(connection.recv(1 << 20))
    assert memory(serve, "VmHWM") < 60000


def test_a_clip_that_gets_shorter_ends_the_answer(serve, ledger, service):
    name, path = ledger.clip("A lighthouse")
    os.truncate(path, 64 << 20)
    with serve.connect() as connection:
        connection.sendall(f"GET /{serve.token}/clip/{name} HTTP/1.1\r\n"
                           f"Host: 127.0.0.1:{serve.port}\r\n\r\n".encode())
        connection.recv(1)
        os.truncate(path, 1000)
        got = 1
        while piece := connection.recv(1 << 20):
            got += len(piece)
    assert got < 64 << 20
    assert serve.ask("/").status == 200


def test_no_path_leads_out_of_the_folder(serve, ledger, service):
    name, path = ledger.clip("A lighthouse")
    secret = ledger.path("secret")
    with open(secret, "w", encoding="ascii") as file:
        file.write("SECRET")
    shutil.copy(secret, ledger.path("f" * 32 + ".mp4"))
    for tail in ("secret", "../secret", "..%2fsecret", "%2e%2e/secret", "ledger.db",
                 "../ledger.db", name + ".mp4", name.upper(), name + "/", name + "%00",
                 "//" + name, "f" * 32, "%66" * 32, "", "/", name[:-1],
                 name + "0", "/etc/passwd", "\\..\\secret"):
        for prefix in ("/clip/", "/", "/../", "/clip/../", "//"):
            if (prefix + tail).replace("/clip/../", "/") in ("/", "//", "/../"):
                continue
            answer = serve.ask(prefix + tail)
            assert answer.status in (404, 400), (prefix + tail, answer.status)
            assert answer.body == b""


# The server sends only the user's own regular files: no symlink, FIFO or
# folder, and no file that other users may write.
def test_what_is_put_in_place_of_a_clip_is_not_served(serve, ledger, service):
    name, path = ledger.clip("A lighthouse")
    secret = ledger.path("secret.mp4")
    shutil.move(path, secret)

    def refused():
        answer = serve.ask("/clip/" + name)
        assert (answer.status, answer.body) == (404, b""), answer.status
        shown = [order for order in serve.data("?rows=50")["orders"]
                 if order["record"] == name]
        return shown[0]["clip"]

    assert not refused()
    os.symlink(secret, path)
    assert not refused()
    os.unlink(path)
    os.mkfifo(path)
    assert not refused()
    os.unlink(path)
    os.mkdir(path)
    assert not refused()
    os.rmdir(path)
    shutil.copy(secret, path)
    os.chmod(path, 0o666)
    refused()
    os.chmod(path, 0o600)
    assert serve.ask("/clip/" + name).status == 200


def test_only_what_the_ledger_calls_stored_is_served(serve, ledger, service):
    name, path = ledger.clip("A lighthouse")
    for state in ("submitting", "ambiguous", "submitted", "failed", "odd"):
        ledger.change("UPDATE attempts SET state = ? WHERE name = ?", state, name)
        assert serve.ask("/clip/" + name).status == 404, state
    ledger.change("UPDATE attempts SET state = 'ready' WHERE name = ?", name)
    assert serve.ask("/clip/" + name).status == 200


def test_nothing_changes(serve, ledger, service):
    posts, rows = service.posts(), ledger.rows()
    assert posts > 0 and len(rows) == 4
    def times():
        return {name: os.stat(ledger.path(name)).st_mtime_ns
                for name in os.listdir(ledger.folder) if name.endswith(".mp4")}
    before = times()
    for prompt in CLIPS:
        name, path = ledger.clip(prompt)
        with open(path, "rb") as file:
            assert serve.ask("/clip/" + name).body == file.read()
    serve.ask("/")
    serve.data()
    out, err = serve.said()
    assert ledger.rows() == rows and times() == before
    assert service.posts() == posts
    assert err == ""
    for line in out.splitlines():
        assert len(line) <= 80, line


def test_what_was_ordered_and_what_it_cost(serve, ledger, service):
    data = serve.data()
    orders = {order["prompt"]: order for order in data["orders"]}
    assert set(orders) == set(CLIPS) | {"A doomed boat"} and data["total"] == 4
    assert orders["A doomed boat"]["state"] == "failed"
    assert not orders["A doomed boat"]["clip"] and orders[HOSTILE]["clip"]
    assert ledger.folder in data["folder"] and "problem" not in data
    told = subprocess.run([TASKS, "--state-dir", ledger.folder, "spent"],
                          capture_output=True, text=True, check=True).stdout
    total = data["spent"]["total"]
    line = told.splitlines()[1].split(maxsplit=4)
    assert line[1:4] == [str(total[key]) for key in ("orders", "clips", "failed")]
    assert line[4] == total["cost"]
    assert data["spent"]["days"][0]["group"] == line[0]


# Data that has not changed since the last answer gets a 304.
def test_the_same_is_not_sent_twice(serve, ledger, service):
    etag = serve.ask("/data.json").headers["etag"]
    again = serve.ask("/data.json", If_None_Match=etag)
    assert (again.status, again.body) == (304, b"")
    ledger.change("UPDATE attempts SET reason = 'x' WHERE id = 1")
    while serve.ask("/data.json", If_None_Match=etag).status == 304:
        pass


def test_thousands_of_rows(serve, ledger, service):
    ledger.multiply(5000)
    data = serve.data()
    assert (data["total"], len(data["orders"])) == (5004, 200)
    assert len(serve.data("?rows=6000")["orders"]) == 5004
    for odd in ("?rows=0", "?rows=-1", "?rows=x", "?rows=99999999999", "?x", "?"):
        assert len(serve.data(odd)["orders"]) == 200, odd


def test_a_text_without_an_end_is_cut(serve, ledger, service):
    ledger.change("UPDATE attempts SET prompt = ?, reason = ?",
                  "\u00fc" * (1 << 20), "x" * (1 << 20))
    answer = serve.ask("/data.json")
    order = answer.json()["orders"][0]
    assert len(answer.body) < 200000
    assert order["prompt"].rstrip("\u2026") == "\u00fc" * (len(order["prompt"]) - 1)
    assert order["prompt"].endswith("\u2026")


def problem_of(serve, words):
    """Waits until the page reports a problem with these words; with None, until
    it reports none. Returns its data."""
    while True:
        data = serve.data()
        found = data.get("problem", "")
        if (words in found) if words else not found:
            return data


def test_a_folder_that_is_not_there_is_told(serve, ledger, service):
    none = os.path.join(ledger.folder, "none")
    other = Serve(none)
    try:
        assert problem_of(other, "There is no folder")["orders"] == []
        shutil.copytree(ledger.folder, none, ignore=lambda *_: ["none"])
        os.chmod(none, 0o700)
        assert problem_of(other, None)["total"] == 4
    finally:
        other.close()


def test_a_newer_ledger_is_told(serve, ledger, service):
    ledger.change("PRAGMA user_version = 99")
    other = Serve(ledger.folder)
    try:
        assert "orders" not in problem_of(other, "cannot be read")
        ledger.change("PRAGMA user_version = 1")
        assert problem_of(other, None)["total"] == 4
    finally:
        other.close()


def test_a_damaged_ledger_is_told_and_mended(serve, ledger, service):
    problem_of(serve, None)
    ledger.damage()
    assert "orders" not in problem_of(serve, "cannot be read")
    ledger.mend()
    assert problem_of(serve, None)["total"] == 4
    os.chmod(ledger.folder, 0o777)
    problem_of(serve, "can be written by other users")
    os.chmod(ledger.folder, 0o700)
    problem_of(serve, None)


def test_a_ledger_that_is_locked_holds_up_nothing_else(serve, ledger, service):
    serve.close()
    holder = sqlite3.connect(ledger.path("ledger.db"), isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    other = Serve(ledger.folder)
    try:
        with other.connect() as waiting:
            waiting.sendall(f"GET /{other.token}/data.json HTTP/1.1\r\n"
                            f"Host: 127.0.0.1:{other.port}\r\n\r\n".encode())
            assert other.ask("/").status == 200
            told = b""
            while b"held by another program" not in told:
                told += waiting.recv(65536)
        holder.execute("ROLLBACK")
        holder.close()
        assert problem_of(other, None)["total"] == 4
    finally:
        other.close()


def test_ctrl_c_does_not_wait_for_a_lock(serve, ledger, service):
    serve.close()
    holder = sqlite3.connect(ledger.path("ledger.db"), isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    other = Serve(ledger.folder)
    with other.connect() as waiting:
        waiting.sendall(f"GET /{other.token}/data.json HTTP/1.1\r\n"
                        f"Host: 127.0.0.1:{other.port}\r\n\r\n".encode())
        # Once a later request is answered, the server has the earlier one as
        # well.
        assert other.ask("/").status == 200
        other.said()
        assert waiting.recv(1) == b""
    holder.close()


def test_what_was_on_air(serve, ledger, service):
    task = ledger.rows("SELECT task_id, name FROM attempts WHERE id = 2")[0]
    log = ledger.path("as-run.jsonl")
    other = Serve(ledger.folder, "--as-run", log)
    try:
        assert "cannot be read" in other.data()["air"]["problem"]
        with open(log, "w", encoding="utf-8") as file:
            file.write('{"id":"one","started":"2026-11-29T03:00:00.000Z",'
                       '"frames":125,"held":0,"reason":"end"}\nno JSON\n{"x":1}\n'
                       f'{{"id":"<b>two","task-id":"{task[0]}","reason":'
                       '"moderation","metadata":{"secret":1},"cost":"0.35 USD"}\n'
                       '{"id":"half","rea')
        while not (air := other.data()["air"])["items"]:
            pass
        assert [item["id"] for item in air["items"]] == ["<b>two", "one"]
        assert air["items"][0]["clip"] == task[1]
        assert "metadata" not in air["items"][0] and "problem" not in air
        state = "UPDATE attempts SET state = ? WHERE id = 2"
        ledger.change(state, "submitted")
        while "clip" in other.data()["air"]["items"][0]:
            pass
        ledger.change(state, "played")
        with open(log, "a", encoding="utf-8") as file:
            file.write('son":"end"}\n' + '{"id":"x"}\n' * 50)
        while len(other.data()["air"]["items"]) != 10:
            pass
        os.unlink(log)
        os.mkfifo(log)
        while "no regular file" not in other.data()["air"].get("problem", ""):
            pass
    finally:
        other.close()


# When there is no room for a new client, the one that has waited longest
# without a request is disconnected.
def test_who_only_connects_makes_room(serve, ledger, service):
    idle = [serve.connect() for _ in range(64)]
    idle[0].sendall(b"GET / HT")
    # The server accepts one connection more and closes the oldest for it.
    assert serve.ask("/").status == 200
    assert idle[0].recv(1) == b""
    for connection in idle:
        connection.close()


def test_the_same_port_of_another_address_is_counted_too(serve, ledger, service):
    first = serve.connect()
    idle = [serve.connect(source=("127.0.0.2", first.getsockname()[1]))]
    idle += [serve.connect() for _ in range(63)]
    assert first.recv(1) == b""
    for connection in [first, *idle]:
        connection.close()


def test_ctrl_c_ends_it_while_a_clip_is_sent(serve, ledger, service):
    name, path = ledger.clip("A lighthouse")
    os.truncate(path, 1 << 30)
    readers = [serve.connect() for _ in range(3)]
    for reader in readers:
        reader.sendall(f"GET /{serve.token}/clip/{name} HTTP/1.1\r\n"
                       f"Host: 127.0.0.1:{serve.port}\r\n\r\n".encode())
        reader.recv(1)
    serve.said()
    for reader in readers:
        reader.close()


# Two servers can serve one folder, each with its own token. A port in use and
# wrong options end the program with an error.
def test_two_at_once(serve, ledger, service):
    other = Serve(ledger.folder)
    try:
        assert other.port != serve.port
        assert serve.data() == other.data()
        assert serve.ask("/", token=other.token).status == 404
    finally:
        other.close()
    same = subprocess.run(
        [TASKS, "--state-dir", ledger.folder, "serve", f"--port={serve.port}"],
        capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (same.returncode, same.stdout) == (1, "")
    assert "cannot be served" in same.stderr and "--port" in same.stderr
    for line in ("serve --port=65536", "serve --port=-1", "serve --port=x",
                 "serve x", "list --port=0", "list --as-run=x", "serve --json"):
        wrong = subprocess.run([TASKS, *line.split()], capture_output=True,
                               text=True, timeout=PATIENCE, check=False)
        assert (wrong.returncode, wrong.stdout) == (2, ""), line


def main():
    fixture = Fixture()
    try:
        run_all([test for name, test in globals().items()
                 if name.startswith("test_")], fixture.fresh)
    finally:
        fixture.close()


if __name__ == "__main__":
    main()
