# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs that run beside the measurements and never outlive them."""

import json
import os
import resource
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

# The kernel ends them when this process is gone, however it went.
BOUND = ["setpriv", "--pdeathsig", "KILL"]


@contextmanager
def running(command: list, log: Path, **options):
    """A program, until the end of the block."""
    with open(log, "ab") as errors:
        process = subprocess.Popen(
            BOUND + [str(word) for word in command], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=errors, **options)
    try:
        yield process
        if process.poll() not in (None, 0):
            raise RuntimeError(f"{command[0]} ended with {process.poll()}")
    finally:
        process.stdin.close()
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def first_line(process) -> dict:
    """What a program says about itself when it is ready."""
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{process.args[3]} did not start")
    return json.loads(line)


def until(condition, what: str, seconds: float = 20):
    """Waits for what no program tells."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.005)


def cost_of(command: list, env: dict, timeout: float) -> tuple[str, dict]:
    """Runs a program to its end: its output, and what it and its own children
    cost in milliseconds."""
    begin = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(
            BOUND + [str(word) for word in command], env=env,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, start_new_session=True) as one:
        try:
            output, errors = one.communicate(timeout=timeout)
        except BaseException:
            # It may have children of its own.
            os.killpg(one.pid, signal.SIGKILL)
            raise
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = {
        "wall": (time.monotonic() - begin) * 1000,
        "user-ms": (after.ru_utime - before.ru_utime) * 1000,
        "system-ms": (after.ru_stime - before.ru_stime) * 1000,
    }
    if one.returncode != 0:
        cost["error"] = errors.strip()[-300:] or f"exit {one.returncode}"
    return output, cost
