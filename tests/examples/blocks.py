#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The blocks of the documents, and what is done with each.

  blocks.py list FILE…    each block: a line "FILE LINE LANGUAGE COST HOW WHY",
                          separated by tabs, then its text, then a line "---"
  blocks.py check         every block of every document is run or named, and
                          every name is of a block that is there
  blocks.py parse         reads a gst-launch-1.0 line, and has it parsed

A block is what stands between two fences, or indented by four columns, in
Markdown, and between .nf and .fi in a manual page. Those of the language sh are
run as they stand, unless blocks.txt names them. COST is how many clips the text
above says that it costs, 0 when it says nothing, and "-" in the reference, which
is written from the code and says nothing of it.
"""

import glob
import os
import re
import shlex
import sys

ROOT = os.environ.get(
    "SEEDANCE_SOURCE_ROOT",
    os.path.dirname(os.path.dirname(os.path.dirname(
        os.path.abspath(__file__)))))
NAMES = os.path.join(ROOT, "tests", "examples", "blocks.txt")
DOCUMENTS = ("*.md", "docs/*.md", "examples/*.md", "tests/*/*.md",
             "tools/*.1", "tests/service/*.1")
COSTS = re.compile(r"[Cc]osts\s(one|two|three)\s(?:clips?|orders?)\b")
NUMBERS = {"one": 1, "two": 2, "three": 3}
FENCE = re.compile(r"^```(\w*)$")
# How a block that is not run is looked at, and whether that needs a word more.
WAYS = {"by": True, "part-of": True, "options": True, "output": False,
        "text": False}


class Block:
    def __init__(self, path, line, language, text, cost):
        self.path = path
        self.line = line
        self.language = language
        self.text = text
        self.cost = cost
        self.how = self.word = self.why = ""

    def __str__(self):
        first = self.text.split("\n")[0]
        return f"{self.path}:{self.line}: {first[:60]}"


def documents():
    paths = set()
    for pattern in DOCUMENTS:
        paths |= set(glob.glob(os.path.join(ROOT, pattern)))
    return sorted(os.path.relpath(path, ROOT) for path in paths)


def cost_of(path, text):
    if path == "docs/reference.md":
        return "-"
    found = COSTS.findall(text)
    return NUMBERS[found[-1]] if found else 0


def in_markdown(path, lines):
    above = []
    number = 0
    while number < len(lines):
        line = lines[number]
        fence = FENCE.match(line)
        indented = line.startswith("    ") and (
            number == 0 or not lines[number - 1].strip())
        number += 1
        if not fence and not indented:
            above.append(line)
            continue
        begin = number
        if fence:
            while lines[number] != "```":
                number += 1
            text = lines[begin:number]
            number += 1
        else:
            while number < len(lines) and lines[number].startswith("    "):
                number += 1
            text = [each[4:] for each in lines[begin - 1:number]]
        yield Block(path, begin, fence.group(1) if fence else "indented",
                    "\n".join(text), cost_of(path, "\n".join(above)))
        above = []


def in_page(path, lines):
    above, text, begin = [], [], 0
    for number, line in enumerate(lines, 1):
        if line == ".nf":
            text, begin = [], number
        elif line == ".fi":
            yield Block(path, begin, "page", "\n".join(text),
                        cost_of(path, "\n".join(above)))
            above, begin = [], 0
        elif not begin:
            above.append(line)
        elif not line.startswith("."):
            for mark, meant in (r"\-", "-"), (r"\(aq", "'"), (r"\e", "\\"):
                line = line.replace(mark, meant)
            text.append(line)


def blocks_of(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        lines = file.read().split("\n")
    return list((in_markdown if path.endswith(".md") else in_page)(path, lines))


def read_names():
    """Rows of "FILE | how it begins | how it is looked at | why"."""
    rows = []
    with open(NAMES, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip() or line.startswith("#"):
                continue
            cells = [cell.strip() for cell in line.split(" | ")]
            how, _, word = cells[2].partition(" ") if len(cells) == 4 else "?  "
            if WAYS.get(how) is None or bool(word) != WAYS[how]:
                sys.exit(f"blocks.txt:{number}: {line}")
            rows.append([number, cells[0], cells[1], how, word, cells[3]])
    return rows


def name(blocks, rows):
    """The first row whose words a block holds is its own. Returns those that
    were of use."""
    used = set()
    for block in blocks:
        for number, path, words, how, word, why in rows:
            if block.path == path and words in block.text:
                block.how, block.word, block.why = how, word, why
                used.add(number)
                break
        else:
            block.how = "run" if block.language in ("sh", "page") else ""
    return used


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def complain_about(block):
    """What is wrong with how a block is looked at."""
    if not block.how:
        return "neither run nor named in tests/examples/blocks.txt"
    if block.how == "by":
        path, _, case = block.word.partition(":")
        if not os.path.exists(os.path.join(ROOT, path)):
            return f"there is no {path}"
        if case and not re.search(rf"\b{re.escape(case)}\b", read(path)):
            return f"there is no {case} in {path}"
    if block.how == "part-of" and block.text not in read(block.word):
        return f"no part of {block.word}"
    return None


def check():
    rows = read_names()
    used = set()
    problems = []
    for path in documents():
        blocks = blocks_of(path)
        used |= name(blocks, rows)
        for block in blocks:
            problem = complain_about(block)
            if problem:
                problems.append(f"{block}: {problem}")
    problems += [f"blocks.txt:{row[0]}: there is no such block"
                 for row in rows if row[0] not in used]
    print("\n".join(problems))
    return 1 if problems else 0


def list_blocks(paths):
    rows = read_names()
    for path in paths:
        blocks = blocks_of(path)
        name(blocks, rows)
        for block in blocks:
            print(block.path, block.line, block.language or "-", block.cost,
                  f"{block.how} {block.word}".strip(), block.why or "-", sep="\t")
            print(block.text)
            print("---")
    return 0


def parse():
    """Whether all elements and properties are there; nothing is run."""
    import gi

    gi.require_version("Gst", "1.0")
    from gi.repository import GLib, Gst

    Gst.init(None)
    text = sys.stdin.read().replace("\\\n", " ")
    words = shlex.split(text, comments=True)
    words = words[words.index("gst-launch-1.0") + 1:]
    words = [word for word in words if not re.fullmatch(r"-[a-z]", word)]
    try:
        Gst.parse_launchv(words)
    except GLib.Error as error:
        print(error.message)
        return 1
    return 0


def main():
    what, *words = sys.argv[1:] or [""]
    if what == "list" and words:
        return list_blocks(words)
    if what == "check":
        return check()
    if what == "parse":
        return parse()
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main())
