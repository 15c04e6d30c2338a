#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints "N passed, N failed" for all given files together.

A file is a testlog.json by meson, or TAP if its name ends in .tap. A program
that reports its single tests (TAP, or the last line of gst-check) counts as
that many tests, any other program as one. A program that fails without naming a
test counts as one failure more, and so does a file that is missing. The names
of failed tests come first.
"""

import json
import os
import re
import sys

TAP = re.compile(r"^(not )?ok\b[^#\n]*(?:#\s*(skip|todo))?", re.I | re.M)
CHECK = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)", re.M)
FAILED = re.compile(r"^(?:not ok\b|.*:-?\d+:[FE]:|.*(?:ERROR: \w+Sanitizer|"
                    r"WARNING: ThreadSanitizer|runtime error:)).*", re.M)


def count(test):
    """Returns (passed, failed, skipped) of one program."""
    output = test.get("stdout") or ""
    bad = test["result"] not in ("OK", "EXPECTEDFAIL", "SKIP")
    passed = failed = skipped = 0

    for checks, failures, errors in CHECK.findall(output):
        failed += int(failures) + int(errors)
        passed += int(checks) - int(failures) - int(errors)
    if not passed and not failed:
        for wrong, directive in TAP.findall(output):
            if directive:
                skipped += 1
            elif wrong:
                failed += 1
            else:
                passed += 1
    if bad and not failed:
        failed = 1
    if not passed and not failed and not skipped:
        if test["result"] == "SKIP":
            skipped = 1
        else:
            passed = 1

    return passed, failed, skipped


def name_failures(path, test):
    """Prints which tests of a program failed, as far as its output says."""
    output = (test.get("stdout") or "") + "\n" + (test.get("stderr") or "")
    lines = [line for line in FAILED.findall(output)
             if not (TAP.match(line) and TAP.match(line)[2])]
    print(f"Failed: {test.get('name', path)}: {test['result']}")
    # A program that was killed named no test, so show the end of its output.
    for line in lines[:10] or output.strip().splitlines()[-10:]:
        print(f"  {line[:300]}")


def read(path):
    """Returns the programs whose results are in a file."""
    if not os.path.exists(path):
        return [{"result": "ERROR"}]
    with open(path, encoding="utf-8") as log:
        if path.endswith(".tap"):
            return [{"result": "OK", "stdout": log.read()}]
        return [json.loads(line) for line in log if line.strip()]


def main():
    totals = [0, 0, 0]
    for path in sys.argv[1:]:
        for test in read(path):
            counts = count(test)
            totals = [a + b for a, b in zip(totals, counts)]
            if counts[1]:
                name_failures(path, test)
    text = f"{totals[0]} passed, {totals[1]} failed"
    print(text + f", {totals[2]} skipped" if totals[2] else text)


main()
