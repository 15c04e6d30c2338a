#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the structure of the code: no circles between files, no file or
function that is too long, no comment that is too wide, no banner comments, no
missing files in the pages about the code, and documentation for all properties
and signals.

Two files make a circle when each includes the other or mentions one of its
functions, directly or by way of others. NAME.c and NAME.h count as one. Two
kinds of #include do not count: a file that includes the header which declares
what the file defines, and NAME-private.h that includes NAME.h. Circles are
searched in gst/ and tools/, lengths in tests/ as well.

house-exceptions.txt beside this script lists what still breaks a rule. The list
may only get shorter: an exception that is no longer needed is a failure until
its line is deleted. --prune deletes such lines; --circles prints each circle
with the lines of code that make it.
"""

import ast
import glob
import os
import re
import sys

FILE_LINES = 600
COLUMNS = 80
FUNCTION_LINES = 60
STOPS = 10
PICTURE_BYTES = 200 * 1024
PROOFS = "tests/field/rows.ini"
PAGES = ("docs/architecture.md", "docs/architecture.svg", "CONTRIBUTING.md",
         "docs/job.md", "SECURITY.md", "CHANGELOG.md")
BANNER = re.compile(r"^\s*(?:/\*|//|#) ?[-=*]{3,}.*\w", re.M)
COMMENT = re.compile(r"/\*.*?\*/", re.S)
# Tables and launch lines stand on one line.
UNBROKEN = re.compile(r"^\s*\* (\||gst-launch-1\.0 )")
DOC_BLOCK = re.compile(r"/\*\*.*?\*/", re.S)
# Finds the names of properties (rows of their table, or a GParamSpec with a
# nick) and of signals.
INSTALLED = re.compile(
    r'(?:\{ "(?=[^"]+", "[A-Z])|(?:g_param_spec_\w+|\w+_param_new) \(\s*"'
    r'|add_signal \(\s*klass, ")([a-z][\w-]*)"')
# The name of the GParamSpec for the elements of an array, which is no property.
INNER = ("item",)
LAYOUT = "## How the code is laid out"
FILE_NAME = re.compile(
    r"(?<![\w./:-])[\w./-]*\w\.(?:c|h|py|sh|md|svg|txt|json|xml)(?![\w./-])")

ROOT = os.environ.get(
    "SEEDANCE_SOURCE_ROOT",
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EXCEPTIONS = os.path.join(ROOT, "tests", "house-exceptions.txt")

# Comments, strings and characters, which are removed before the code is
# searched. The name in an #include is kept.
NOISE = re.compile(
    r'(?P<include>^[ \t]*#[ \t]*include[ \t]+"[^"\n]*")'
    r'|/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"' r"|'(?:\\.|[^'\\\n])*'",
    re.S | re.M)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"\n]*)"', re.M)
# A function: the braces of its body stand at the start of their lines. A test
# of gst-check begins with a macro.
FUNCTION = re.compile(
    r"^(?:GST_START_TEST \((?P<test>\w+)\)"
    r"|[ ]*(?:\w[\w ]*[ *]+)?(?P<name>\w+) \((?:[^;{}]*?)\))"
    r"[^;{}()]*\n\{\n(?P<body>.*?)^\}", re.S | re.M)
VARIABLE = re.compile(
    r"^(?!static|extern|typedef|return|else)(?:const )?\w[\w ]*[ *]"
    r"(?P<name>\w+)(?:\[[^\]]*\])? (?:=|;)", re.M)
STATIC = re.compile(r"^(?:static|G_GNUC_UNUSED static)\b[^;{}=]*?(\w+)\s*[(\[=;]",
                    re.M)
WORD = re.compile(r"\b[a-z_]\w+\b")


def files(folders, endings):
    """Yields the paths of the sources, relative to the root of the
    repository."""
    for folder in folders:
        for at, _, names in sorted(os.walk(os.path.join(ROOT, folder))):
            for name in sorted(names):
                if name.endswith(endings):
                    yield os.path.relpath(os.path.join(at, name), ROOT)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as source:
        return source.read()


def blank(match):
    """Replaces a match by as many line ends as it has, so that line counts stay
    right."""
    if match.group("include"):
        return match.group(0)
    return " " + "\n" * match.group(0).count("\n")


def code_of(path):
    return NOISE.sub(blank, read(path))


def long_files():
    for path in files(("gst", "tools", "tests"), (".c", ".h", ".py", ".sh")):
        lines = read(path).count("\n")
        if lines > FILE_LINES:
            yield path, f"{lines} lines, {FILE_LINES} are allowed"


def wide_comments():
    for path in files(("gst", "tools"), (".c", ".h")):
        text = read(path)
        lines = text.split("\n")
        for match in COMMENT.finditer(text):
            begin = text.count("\n", 0, match.start())
            end = text.count("\n", 0, match.end())
            for number in range(begin, end + 1):
                if len(lines[number]) > COLUMNS and \
                        not UNBROKEN.match(lines[number]):
                    yield (f"wide-comment {path}",
                           f"line {number + 1} has {len(lines[number])} "
                           f"columns, {COLUMNS} are allowed")


def banners():
    for path in files(("gst", "tools", "tests", "examples"),
                      (".c", ".h", ".py", ".sh")):
        if BANNER.search(read(path)):
            yield path, "a banner; a file that needs one wants to be two files"


def functions_of(path):
    """Yields (name, lines) of the functions of a C, Python or shell file."""
    if path.endswith(".py"):
        for node in ast.walk(ast.parse(read(path))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield node.name, node.end_lineno - node.lineno + 1
    elif path.endswith(".sh"):
        for match in re.finditer(r"^([\w-]+) ?\(\) [{(]\n(.*?)^[})]",
                                 read(path), re.S | re.M):
            yield match.group(1), match.group(0).count("\n") + 1
    else:
        for match in FUNCTION.finditer(code_of(path)):
            yield (match.group("test") or match.group("name"),
                   match.group(0).count("\n") + 1)


def long_functions():
    for path in files(("gst", "tools", "tests"), (".c", ".py", ".sh")):
        for name, lines in functions_of(path):
            if lines > FUNCTION_LINES:
                yield (f"{path}:{name}",
                       f"{lines} lines, {FUNCTION_LINES} are allowed")


def unit_of(path):
    return os.path.splitext(path)[0]


def definitions(sources):
    """Maps each name that other files can use to the unit that defines it."""
    where = {}
    for path, code in sources.items():
        if not path.endswith(".c"):
            continue
        own = set(STATIC.findall(code))
        names = [m.group("name") for m in FUNCTION.finditer(code)]
        names += [m.group("name") for m in VARIABLE.finditer(code)]
        for name in names:
            if name and name not in own:
                where.setdefault(name, unit_of(path))
    return where


def header_of(path, name, sources):
    """Returns the file that an #include in path means, or None."""
    for folder in (os.path.dirname(path), "gst/seedance",
                   "gst/seedance/client", "gst/seedance/playout"):
        candidate = os.path.normpath(os.path.join(folder, name))
        if candidate in sources:
            return candidate
    found = [p for p in sources if os.path.basename(p) == name]
    return found[0] if found else None


def is_arrow(path, header, sources, where):
    """Returns whether the #include makes path depend on header."""
    unit, other = unit_of(path), unit_of(header)
    if other == unit or unit == other + "-private":
        return False
    return not any(where.get(name) == unit
                   for name in WORD.findall(sources[header]))


def arrows(sources):
    """Yields (unit, other unit, reason) for each include and each mention."""
    where = definitions(sources)
    for path, code in sources.items():
        unit = unit_of(path)
        for name in INCLUDE.findall(code):
            header = header_of(path, name, sources)
            if header and is_arrow(path, header, sources, where):
                yield unit, unit_of(header), f"{path} includes {name}"
        if not path.endswith(".c"):
            continue
        own = set(STATIC.findall(code))
        for name in sorted(set(WORD.findall(code))):
            other = where.get(name, unit)
            if other != unit and name not in own:
                yield unit, other, f"{path} uses {name}()"


def reachable(graph, start):
    seen, todo = set(), [start]
    while todo:
        for other in graph.get(todo.pop(), ()):
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return seen


def circles():
    """Returns the circles, each a set of units, and all dependencies with
    reasons."""
    sources = {path: code_of(path)
               for path in files(("gst", "tools"), (".c", ".h"))}
    graph, why = {}, []
    for unit, other, reason in arrows(sources):
        graph.setdefault(unit, set()).add(other)
        why.append((unit, other, reason))
    reach = {unit: reachable(graph, unit) for unit in graph}
    rings = []
    for unit in sorted(graph):
        ring = frozenset(o for o in reach[unit] if unit in reach.get(o, ()))
        if ring and ring not in rings:
            rings.append(ring)
    return rings, why


def print_circles():
    rings, why = circles()
    for ring in rings:
        print("circle:", " ".join(sorted(ring)))
        for unit, other, reason in why:
            if unit in ring and other in ring:
                print("  ", reason, "->", os.path.basename(other))


def missing(page, name):
    return f"page {page}: {name}", "there is no such file"


def missing_names(page):
    """Yields the names in a page that look like files but are none."""
    known = {os.path.basename(path)
             for path in files(("gst", "tools", "tests"), "")}
    for name in sorted(set(FILE_NAME.findall(read(page)))):
        beside = os.path.join(ROOT, os.path.dirname(page), name)
        if not (name in known or os.path.exists(os.path.join(ROOT, name))
                or os.path.exists(beside)):
            yield missing(page, name)


def missing_rooms():
    """Yields the missing names of README's list of files, where "a, -b*" means
    a and a-b*."""
    block = read("README.md").partition(LAYOUT)[2].split("```")[1]
    folder = ""
    for line in block.splitlines():
        if not line.startswith(" "):
            folder = line.partition(" ")[0]
            if not os.path.exists(os.path.join(ROOT, folder)):
                yield missing("README.md", folder)
            continue
        last = ""
        for name in re.split(r", *", line[2:27].strip()):
            if name.startswith("-"):
                name = last.rpartition("-")[0] + name
            last = name.rstrip("*")
            pattern = name if name.endswith("/") else name + ".[ch]"
            if not glob.glob(os.path.join(ROOT, folder, "**", pattern),
                             recursive=True):
                yield missing("README.md", name)


def pages():
    """Yields what is wrong with the pages about the code."""
    for page in PAGES:
        yield from missing_names(page)
    yield from missing_rooms()
    stops = re.findall(r"^[0-9]+\. ", read(PAGES[0]), re.M)
    if not 1 <= len(stops) <= STOPS:
        yield (f"page {PAGES[0]}: the way of an order",
               f"{len(stops)} stops, at most {STOPS} are allowed")
    if os.path.getsize(os.path.join(ROOT, PAGES[1])) > PICTURE_BYTES:
        yield f"page {PAGES[1]}", "the picture is too large"


def stale_proofs():
    """Yields tests that rows of the field's table name but that do not exist.

    Only tests of gst-check programs: the names of other tests are made at run
    time, so only tests/field/field.py, which has the results, can check them.
    """
    tests = set(re.findall(r"GST_START_TEST \((\w+)\)", "".join(
        read(path) for path in files(("tests",), ".c"))))
    for name in re.findall(r"\bcheck-[-\w]+:(\w+)", read(PROOFS)):
        if name not in tests:
            yield f"proof {name}", f"{PROOFS} names a test that is gone"


def undocumented():
    """Yields the properties and signals without a documentation block that has
    a "Since:"."""
    code = {path: read(path) for path in files(("gst",), ".c")
            if "/client/" not in path}
    known = set()
    for text in code.values():
        for block in DOC_BLOCK.findall(text):
            name = re.search(r"Gst\w+::?([\w-]+):", block)
            if name and re.search(r"\* Since: [0-9]", block):
                known.add(name.group(1))
    for path, text in code.items():
        for name in INSTALLED.findall(text):
            if name not in known and name not in INNER:
                yield f"undocumented {path}:{name}", "no block with Since:"


def broken_rules():
    """Yields (line of house-exceptions.txt, explanation) for each broken
    rule."""
    for path, words in long_files():
        yield f"long-file {path}", words
    yield from wide_comments()
    for path, words in banners():
        yield f"banner {path}", words
    for name, words in long_functions():
        yield f"long-function {name}", words
    for ring in circles()[0]:
        for unit in sorted(ring):
            others = " ".join(sorted(os.path.basename(o) for o in ring
                                     if o != unit))
            yield f"circle {unit}", f"in a circle with {others}"
    yield from pages()
    yield from stale_proofs()
    yield from undocumented()


def exceptions():
    with open(EXCEPTIONS, encoding="utf-8") as listed:
        return [line.strip() for line in listed
                if line.strip() and not line.startswith("#")]


def prune(broken):
    with open(EXCEPTIONS, encoding="utf-8") as listed:
        lines = listed.readlines()
    kept = [line for line in lines
            if line.startswith("#") or not line.strip()
            or line.strip() in broken]
    with open(EXCEPTIONS, "w", encoding="utf-8") as listed:
        listed.writelines(kept)


def main():
    if "--circles" in sys.argv:
        print_circles()
        return 0
    broken = dict(broken_rules())
    if "--prune" in sys.argv:
        prune(broken)
    allowed = exceptions()
    failures = 0
    for line, words in broken.items():
        if line not in allowed:
            print(f"{line}: {words}")
            failures += 1
    for line in allowed:
        if line not in broken:
            print(f"{line}: no longer needed, delete it from "
                  "tests/house-exceptions.txt (tests/house.py --prune)")
            failures += 1
    print(f"{len(broken)} exceptions are left" if not failures
          else f"{failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
