# SPDX-License-Identifier: LGPL-2.1-or-later
"""What run.sh beside this file runs: ROOT FOLDER [NAME…]

A patch begins with two lines:

  Mistake: what is wrong, in one line
  Test: the test that must fail, named as in tests/field/rows.ini

then a unified diff, with little context, so that it applies for long.
"""

import os
import re
import subprocess
import sys

ROOT, FOLDER = sys.argv[1:3]
HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(FOLDER, "source")
LOG = os.path.join(FOLDER, "log")
sys.path.insert(0, os.path.join(ROOT, "tests", "field"))
from field import Results  # noqa: E402


def copy_clone():
    """Files that are as they were keep their times, so little is built anew."""
    names = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others",
         "--exclude-standard"], check=True, capture_output=True, text=True)
    wanted = set(filter(None, names.stdout.split("\0")))
    for name in wanted:
        try:
            with open(os.path.join(ROOT, name), "rb") as file:
                data = file.read()
        except FileNotFoundError:
            continue
        put(os.path.join(SOURCE, name), data,
            os.stat(os.path.join(ROOT, name)).st_mode)
    for folder, folders, files in os.walk(SOURCE):
        if folder == SOURCE:
            folders[:] = [f for f in folders if not f.startswith("build")]
        for name in files:
            path = os.path.join(folder, name)
            if os.path.relpath(path, SOURCE) not in wanted:
                os.unlink(path)


def put(path, data, mode):
    try:
        with open(path, "rb") as file:
            if file.read() == data:
                return
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, mode & 0o777)


class Patch:
    def __init__(self, name):
        self.name = name
        self.path = os.path.join(HERE, name + ".patch")
        with open(self.path, encoding="utf-8") as file:
            text = file.read()
        self.mistake = re.search(r"^Mistake: (.*)", text, re.M)[1]
        self.proof = re.search(r"^Test: (.*)", text, re.M)[1]

    def apply(self):
        return run(["patch", "-d", SOURCE, "-p1", "--fuzz=3", "--no-backup-if-"
                    "mismatch", "-s", "-i", self.path]) == 0


def run(command, **environment):
    with open(LOG, "a", encoding="utf-8") as log:
        log.write(f"\n$ {' '.join(command)}\n")
        log.flush()
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log,
                              stderr=log, check=False,
                              env={**os.environ, **environment}).returncode


def try_test(proof):
    """What comes of the test: "passed", "failed", or why nothing does."""
    program, _, one = proof.partition(":")
    setup, _, program = program.rpartition("/")
    build = os.path.join(FOLDER, "build" + ("-" + setup if setup else ""))
    options, environment = [], {}
    if setup:
        options += ["--setup", setup]
    if one.startswith("/"):
        options += ["--test-args", f"-p {one.rstrip('*').rstrip('/')}"]
    elif one and program.startswith(("check-", "table-")):
        environment["GST_CHECKS"] = one
    if not configure(build, setup):
        return "cannot be configured"
    results = os.path.join(build, "meson-logs",
                           f"testlog{'-' + setup if setup else ''}.json")
    if os.path.exists(results):
        if os.path.exists(results):
            os.unlink(results)
    # No random layout of memory: ThreadSanitizer wants its own places there.
    test = ["setarch", "-R", "meson", "test", "-C", build, *options, program]
    if setup:
        # What is loaded first, and a run without tests, as in sanitize.sh.
        run(["ninja", "-C", build])
        run(test, GST_CHECKS="none")
        if os.path.exists(results):
            os.unlink(results)
    run(test, **environment)
    if not os.path.exists(results):
        return "does not build"
    answer = Results([results]).look_up(proof)
    return "passed" if answer is None else "failed" if answer else "not run"


def configure(build, setup):
    sanitize = {"tsan": "thread", "asan": "address,undefined"}
    if os.path.exists(os.path.join(build, "build.ninja")):
        return True
    return run(["meson", "setup", build, SOURCE, "-Dtests=enabled",
                "-Dlocal-service=enabled"]
               + ([f"-Db_sanitize={sanitize[setup]}", "-Db_lundef=false"]
                  if setup else [])) == 0


def main():
    names = sys.argv[3:] or sorted(
        name[:-len(".patch")] for name in os.listdir(HERE)
        if name.endswith(".patch"))
    patches = [Patch(name) for name in names]
    copy_clone()
    right = {}
    for proof in sorted({patch.proof for patch in patches}):
        right[proof] = try_test(proof)
        if right[proof] != "passed":
            print(f"without a mistake: {proof}: {right[proof]}", flush=True)
    caught = 0
    for patch in patches:
        verdict = "its test does not pass without it"
        if right[patch.proof] == "passed":
            verdict = try_patch(patch)
        caught += verdict == "caught"
        print(f"{'ok' if verdict == 'caught' else 'not ok'} - {patch.name}: "
              f"{patch.mistake}\n  {verdict}: {patch.proof}", flush=True)
    print(f"{caught} passed, {len(patches) - caught} failed")
    return 0 if caught == len(patches) else 1


def try_patch(patch):
    try:
        if not patch.apply():
            return "DOES NOT APPLY"
        came = try_test(patch.proof)
        return {"failed": "caught", "passed": "NOT CAUGHT"}.get(came, came)
    finally:
        copy_clone()


os.makedirs(FOLDER, exist_ok=True)
open(LOG, "w", encoding="utf-8").close()
sys.exit(main())
