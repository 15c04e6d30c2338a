#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes docs/reference.md, or checks that it is up to date.

The page combines what the plugin says when it is loaded (pads, properties,
signals) with the comment above each element (messages, errors, examples). The
script fails if the page in docs/ differs; REFERENCE_UPDATE=1 writes the page
anew. Needs Debian's python3-gi, and GST_PLUGIN_PATH.
"""

import difflib
import glob
import os
import re
import sys

try:
    import gi
    gi.require_version("Gst", "1.0")
    from gi.repository import GObject, Gst
except (ImportError, ValueError):
    print("SKIP: python3-gi or gir1.2-gstreamer-1.0 is missing")
    sys.exit(77)

ROOT = os.environ.get(
    "SEEDANCE_SOURCE_ROOT",
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = os.path.join(ROOT, "docs", "reference.md")
# The language is written as gtk-doc wants it.
CODE = re.compile(r'\|\[(?:<!-- language="(\w+)" -->)?')
COMMENT = re.compile(r"/\*\*\n(.*?)\*/", re.S)
HEAD = """# Elements

This page is written by `tests/reference.py` from the plugin itself, and a test
fails when the two differ. `gst-inspect-1.0 ELEMENT` shows the same in a terminal.
[README](../README.md) says what it is good for, [live.md](live.md) how clips go
on air.
"""


def comments():
    """Returns the lines of each /** block in the code, by the name it
    documents."""
    found = {}
    paths = glob.glob(os.path.join(ROOT, "gst", "seedance", "**", "*.c"),
                      recursive=True)
    for path in sorted(paths):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for body in COMMENT.findall(text):
            lines = [re.sub(r"^ *\* ?", "", line)
                     for line in body.rstrip(" ").splitlines()]
            if lines:
                found[lines[0].strip().rstrip(":")] = lines[1:]
    return found


def plain(text):
    """Turns gtk-doc's links into code spans."""
    text = re.sub(r"#Gst\w+::?([\w-]+)", r"`\1`", text)
    return re.sub(r"[#%](\w+)", r"`\1`", text)


def section(lines):
    """Returns the comment above an element as Markdown, its headings one level
    deeper."""
    out, code = [], False
    for line in lines:
        if line.startswith("@"):
            continue
        begin = CODE.fullmatch(line.strip())
        if begin:
            out += ["", "```" + (begin[1] or "sh").lower()]
            code = True
        elif line.startswith("]|"):
            out += ["```", "", plain(line[2:].strip())]
            code = False
        elif code:
            out.append(line)
        else:
            out.append(re.sub(r"^##", "###", plain(line)))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).strip()


def since(docs, name):
    lines = docs.get(name)
    for line in lines or ():
        if line.startswith("Since:"):
            return line[len("Since:"):].strip()
    sys.exit(f"{name} has no block of documentation with Since:")


def version(text):
    return [int(number) for number in text.split(".")]


def check_reasons(docs):
    """Checks that each reason of an error has a row in the table above
    seedancesrc, except for "interrupted", which is never posted."""
    path = os.path.join(ROOT, "gst", "seedance", "client", "error.c")
    with open(path, encoding="utf-8") as file:
        words = set(re.findall(r'\[SEEDANCE_REASON_\w+\] = "([\w-]+)"',
                               file.read())) - {"interrupted"}
    rows = [line.split("|")[1] for line in docs["SECTION:element-seedancesrc"]
            if line.startswith("| `")]
    listed = set(re.findall(r"`([\w-]+)`", "".join(rows)))
    if words != listed or len(words) < 10:
        sys.exit("Reasons of errors that are not in the table above "
                 f"seedancesrc, or not in the code: {words ^ listed}")


def cell(text):
    return re.sub(r"\s+", " ", text).replace("|", "\\|").strip()


def default_of(pspec):
    if not pspec.flags & GObject.ParamFlags.READABLE:
        return "write-only"
    if not pspec.flags & GObject.ParamFlags.WRITABLE:
        return "read-only"
    value = getattr(pspec, "default_value", None)
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, (int, float)) or (isinstance(value, str) and value):
        return f"`{value}`"
    return ""


def type_of(gtype):
    names = {"gchararray": "string", "gboolean": "boolean", "gint": "int",
             "guint": "uint", "gint64": "int64", "guint64": "uint64",
             "gdouble": "double", "void": "nothing"}
    return names.get(gtype.name, gtype.name)


def words_of(value):
    """Returns the words of an enumeration, and the word of its member value."""
    words = [f"`{other.value_nick}`"
             for other in type(value).__enum_values__.values()]
    return " ".join(words), f"`{value.value_nick}`"


def owner_of(docs, pspec):
    """Returns the block that documents a property. Other elements share
    properties that are documented at GstSeedanceSrc."""
    own = f"{pspec.owner_type.name}:{pspec.name}"
    return own if own in docs else f"GstSeedanceSrc:{pspec.name}"


def properties(element, docs):
    """A property that an older element has is not older than its element."""
    begin = since(docs, f"SECTION:element-{element.get_factory().get_name()}")
    rows = ["| property | type | default | since | what it is |",
            "|---|---|---|---|---|"]
    for pspec in sorted(element.list_properties(), key=lambda p: p.name):
        if pspec.owner_type.name != element.__gtype__.name:
            continue
        kind, default = type_of(pspec.value_type), default_of(pspec)
        if pspec.value_type.is_a(GObject.TYPE_ENUM):
            kind, default = words_of(element.get_property(pspec.name))
        rows.append("| `{}` | {} | {} | {} | {} |".format(
            pspec.name, kind, default,
            max(since(docs, owner_of(docs, pspec)), begin, key=version),
            cell(pspec.blurb)))
    return rows


def signals(element, docs):
    rows = []
    for number in GObject.signal_list_ids(element.__gtype__):
        query = GObject.signal_query(number)
        kind = "action" if query.signal_flags & GObject.SignalFlags.ACTION \
            else "signal"
        takes = ", ".join(type_of(GObject.GType(t)) for t in query.param_types)
        name = f"{element.__gtype__.name}::{query.signal_name}"
        text = " ".join(docs.get(name, [])).split("Since:")[0]
        text = re.sub(r"@\w+:.*?(?=  |@|$)", "", text)
        rows.append("| `{}` | {} | {} | {} | {} | {} |".format(
            query.signal_name, kind, takes, type_of(query.return_type),
            since(docs, name), cell(plain(text))))
    head = ["| signal | kind | takes | gives | since | what it is |",
            "|---|---|---|---|---|---|"]
    return head + sorted(rows) if rows else []


def caps_of(pad):
    """Returns the caps without the types of fields, which some versions of
    GStreamer leave out."""
    text = re.sub(r"\((string|int|fraction)\)", "", pad.get_caps().to_string())
    return cell(text)


def pads(factory):
    rows = ["| pad | direction | presence | caps |", "|---|---|---|---|"]
    # A registry that was read from its file has them in reverse order.
    for pad in sorted(factory.get_static_pad_templates(),
                      key=lambda pad: pad.name_template):
        rows.append("| `{}` | {} | {} | `{}` |".format(
            pad.name_template, pad.direction.value_nick,
            pad.presence.value_nick, caps_of(pad)))
    return rows


def describe(name, docs):
    factory = Gst.ElementFactory.find(name)
    element = factory.create(None)
    uris = factory.get_uri_protocols()
    lines = [f"## {name}", "", factory.get_metadata("description") + ".",
             f"Class {factory.get_metadata('klass')}"
             + (f", URIs: {', '.join(f'`{u}:`' for u in uris)}." if uris
                else "."), ""]
    lines += [section(docs[f"SECTION:element-{name}"]), ""]
    lines += ["### Pads", ""] + pads(factory) + [""]
    lines += ["### Properties", ""] + properties(element, docs) + [""]
    table = signals(element, docs)
    return lines + (["### Signals", ""] + table + [""] if table else [])


def main():
    Gst.init(None)
    docs = comments()
    features = Gst.Registry.get().get_feature_list_by_plugin("seedance")
    names = sorted(feature.get_name() for feature in features
                   if isinstance(feature, Gst.ElementFactory))
    if not names:
        sys.exit("The plugin seedance is not found: set GST_PLUGIN_PATH.")
    check_reasons(docs)
    lines = [HEAD]
    # seedancesrc first, because the other elements refer to it.
    for name in sorted(names, key=lambda name: name != "seedancesrc"):
        lines += describe(name, docs)
    text = "\n".join(lines).rstrip() + "\n"
    if os.environ.get("REFERENCE_UPDATE"):
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(text)
        return 0
    with open(PAGE, encoding="utf-8") as file:
        there = file.read()
    for line in difflib.unified_diff(
            there.splitlines(), text.splitlines(), "docs/reference.md",
            "the plugin", lineterm="", n=0):
        print(line)
    if there != text:
        print("REFERENCE_UPDATE=1 writes it anew.")
    return there != text


if __name__ == "__main__":
    sys.exit(main())
