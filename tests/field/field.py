#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Says for each row of rows.ini whether the tests that prove it passed.

  tests/field/field.py [--whole] RESULTS…

RESULTS are what runs of the tests left: a testlog.json of meson, or TAP in a
file NAME.tap, which counts as a program of that name. A testlog-SETUP.json
holds programs called SETUP/NAME. One that is not there is left out.

The answer is TAP, a line for each row, on stdout. A proof whose program is in
none of the files skips its row, unless --whole says that everything was run.
A row without a proof fails when --strict is given. With --document FILE the
table of docs/field.md is compared with that file, or written to it when
TABLE_UPDATE is in the environment.
"""

import argparse
import configparser
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TAP = re.compile(r"^(not )?ok\b(?: +\d+)?(?: +-)? *(.*?) *$", re.M)
DIRECTIVE = re.compile(r" *# *(skip|todo)\b.*", re.I)
# What gst-check makes of a test: file, case, name and what it said.
CHECK = re.compile(r"^[^ :]*\.c:[^:]*:(\w+): ")
HEADING = """\
# What went wrong in the field, and what proves that it is right

Each row is the smallest input that showed users a fault of the first release, and
what is right for it. The tests in the last column try that input, and others of its
kind. `tests/field/field.py` writes this table after all tests have run; it fails
when one of them did not run or did not pass. A name in front of a slash says which
run counts: `tsan` is ThreadSanitizer's, `trixie` that on Debian 13.
"""


class Results:
    """What the programs said: by name, whether each test passed."""

    def __init__(self, paths):
        self.programs = {}
        for path in paths:
            if os.path.exists(path):
                self.read(path)

    def read(self, path):
        name = os.path.basename(path)
        with open(path, encoding="utf-8") as log:
            if name.endswith(".tap"):
                self.add(name[:-len(".tap")], True, log.read())
                return
            run = re.match(r"testlog-(\w+)\.json$", name)
            for line in filter(str.strip, log):
                test = json.loads(line)
                program = test["name"].split(" / ")[-1]
                self.add(f"{run[1]}/{program}" if run else program,
                         test["result"] in ("OK", "EXPECTEDFAIL"),
                         test.get("stdout") or "")

    def add(self, program, passed, output):
        tests = {}
        for wrong, text in TAP.findall(output):
            check = CHECK.match(text)
            name = check[1] if check else DIRECTIVE.sub("", text)
            if DIRECTIVE.search(text):
                continue
            tests[name] = tests.get(name, True) and not wrong
        was = self.programs.get(program, (True, {}))
        # A program that ran more than once must pass each time.
        for name, good in was[1].items():
            tests[name] = tests.get(name, True) and good
        self.programs[program] = (was[0] and passed, tests)

    def look_up(self, proof):
        """What is wrong with @proof: None, or text; False if it was not run."""
        program, _, name = proof.partition(":")
        if program not in self.programs:
            return False
        passed, tests = self.programs[program]
        if not name:
            return None if passed else f"{program} failed"
        if name.endswith("*"):
            found = [tests[n] for n in tests if n.startswith(name[:-1])]
        else:
            found = [tests[name]] if name in tests else []
        if not found and "GST_CHECKS" in os.environ:
            return False
        if not found:
            return f"{program} has no test {name}"
        # A sanitizer, or a crash at the end: it tells no test.
        if not passed and all(tests.values()):
            return f"{program} failed"
        return None if all(found) else f"{proof} did not pass"


def proofs_of(row):
    return [proof for proof in re.split(r",\s+|,?\n\s*", row["proof"]) if proof]


def read_rows():
    rows = configparser.ConfigParser(interpolation=None, delimiters=("=",),
                                     comment_prefixes=("#",))
    with open(os.path.join(HERE, "rows.ini"), encoding="utf-8") as file:
        rows.read_file(file)
    return {name: {key: value.strip() for key, value in rows[name].items()}
            for name in rows.sections()}


def judge(row, results, options):
    """(whether it is proven, what is to be said); None if it was not run."""
    proofs = proofs_of(row)
    if not proofs:
        return (False if options.strict else None, "no proof")
    answers = [(proof, results.look_up(proof)) for proof in proofs]
    wrong = [answer for _, answer in answers if answer]
    absent = [proof for proof, answer in answers if answer is False]
    if not wrong and not absent:
        return True, ""
    if not wrong and not options.whole:
        return None, "not run: " + ", ".join(absent)
    return False, "; ".join(wrong + [f"{proof} was not run" for proof in absent])


def cell(text):
    return re.sub(r"\s+", " ", text).replace("|", "\\|")


def document(rows, verdicts):
    lines = [HEADING.rstrip()]
    table = None
    for name, row in rows.items():
        if row["table"] != table:
            table = row["table"]
            lines += ["", f"## {table}", "", "| row | input | right | proof |",
                      "|---|---|---|---|"]
        proofs = proofs_of(row) if verdicts[name][0] is not False else []
        lines.append("| {} | {} | {} | {} |".format(
            name, cell(row["input"]), cell(row["right"]),
            "<br>".join(f"`{cell(proof)}`" for proof in proofs)))
    return "\n".join(lines) + "\n"


def settle(path, text):
    """Writes the document or compares it; whether it is as it should be."""
    if os.environ.get("TABLE_UPDATE"):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return True
    try:
        with open(path, encoding="utf-8") as file:
            return file.read() == text
    except FileNotFoundError:
        return False


def say(number, good, name, words):
    directive = f" # SKIP {words}" if good is None else ""
    print(f"{'not ok' if good is False else 'ok'} {number} - {name}{directive}")
    if good is False and words:
        print(f"# {words}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--document")
    parser.add_argument("results", nargs="*")
    options = parser.parse_args()
    rows = read_rows()
    results = Results(options.results)
    verdicts = {name: judge(row, results, options)
                for name, row in rows.items()}
    number = 0
    for number, (name, (good, words)) in enumerate(verdicts.items(), 1):
        say(number, good, name, words)
    bad = any(good is False for good, _ in verdicts.values())
    if options.document:
        number += 1
        good = settle(options.document, document(rows, verdicts))
        bad = bad or not good
        say(number, good, os.path.basename(options.document),
            "It is not what the tests proved. Run this with TABLE_UPDATE=1 to "
            "write it anew.")
    print(f"1..{number}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
