# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs/benchmark.md, its plots and its raw samples."""

import os
import platform
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

from . import reasons
from .marks import Mark, judge, number
from .results import Results
from .settings import MIB, Level
from .sources import BARE, CURL, FAKE, FILE, OURS, SOUP

WORDS = {True: "**met**", False: "**not met**", None: "not measured"}

INTRODUCTION = """\
# Benchmark

This page compares how `seedancesrc` and other programs fetch a clip.
`tests/benchmark/run.sh` wrote it: {level}, {day}, in {minutes}.

{machine}

Everything runs on this machine. nginx serves the clips; the local service
takes the orders, with a generation time of 0. A relay makes the slow links: it
delays bytes and sends them at a fixed rate. In each round the programs take
turns. Figures are medians over up to {rounds} rounds; ratios are medians of
the ratios within a round. Every run of `seedancesrc` has an empty state
folder: it orders, polls, downloads, and keeps the clip on the disk. The other
programs get the clip's URL, so the clock of `seedancesrc` starts when it has
learned the URL. Its CPU time includes the order and the polls. **{peer}** is
one C program with a receive buffer of 512 KiB, and shows the limit of a
download. **The disk alone** is `dd` with direct writes and a sync at its end.
"""


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def grid(results: Results, row: str, cell: Callable[[str, str], str],
         first: str = "") -> str:
    """A line for each case, a column for each subject."""
    subjects = results.subjects(row)
    return table([first, *(f"`{one}`" if one in (OURS, SOUP, CURL, FILE, FAKE)
                           else one for one in subjects)],
                 [[case, *(cell(case, one) for one in subjects)]
                  for case in results.cases(row)])


def plain(results: Results, row: str, metric: str, scale: float = 1):
    def cell(case: str, subject: str) -> str:
        value = results.median(row, case, subject, metric)
        if value is None:
            return failure(results, row, case, subject)
        return number(value / scale)
    return cell


def failure(results: Results, row: str, case: str, subject: str) -> str:
    samples = results.of(row, case, subject)
    if not samples:
        return "–"
    return "**cannot**" if any("error" in one for one in samples) else "–"


def with_ratio(results: Results, row: str, metric: str, base: str):
    """The median, and how many times the base's it is."""
    value = plain(results, row, metric)

    def cell(case: str, subject: str) -> str:
        ratio = results.ratio(row, case, subject, base, metric)
        text = value(case, subject)
        return text if ratio is None else f"{text} ({number(ratio)}×)"
    return cell


def word(results: Results, row: str, metric: str):
    def cell(case: str, subject: str) -> str:
        return results.word(row, case, subject, metric) or "–"
    return cell


def best_peer(results: Results, row: str, metric: str,
              peers: tuple[str, ...] = (SOUP, CURL)) -> str:
    """Ours against the best of the elements that one could use instead."""
    said = []
    for case in results.cases(row):
        ratios = [(results.ratio_to_best(row, case, OURS, peer, metric), peer)
                  for peer in peers]
        ratios = [one for one in ratios if one[0] is not None]
        if ratios:
            ratio, peer = max(ratios)
            said.append(f"{case}: {number(ratio)} × `{peer}`")
    return ("`seedancesrc` takes, as a multiple of the best round of the best "
            "other element: " + "; ".join(said) + ".\n")


def marks_section(results: Results, marks: list[Mark],
                  before: Results | None) -> str:
    """Beside each mark what the run before had seen, if there was one."""
    met = sum(mark.met is True for mark in marks)
    said = f"## Marks\n\n{met} of {len(marks)} are met.\n\n"
    head = ["mark", "seen", ""]
    rows = [[mark.what, mark.seen or "–", WORDS[mark.met]] for mark in marks]
    if before:
        others = {mark.what: mark for mark in judge(before)}
        head.append("the run before")
        for row, mark in zip(rows, marks):
            other = others.get(mark.what)
            row.append(seen_before(mark, other) if other else "–")
        said += ("The last column is from an earlier run of the same "
                 "benchmark; its samples are in [benchmark-before.json]"
                 "(benchmark-before.json).\n\n")
    return said + table(head, rows) + "\n" + reasons.section(results, marks)


def seen_before(mark: Mark, other: Mark) -> str:
    """What was seen, and a word where it changed sides."""
    seen = other.seen.split(", ")[0] or "–"
    return seen if mark.met == other.met else f"{seen}: {WORDS[other.met]}"


def speed_section(results: Results, level: Level) -> str:
    ratio = lambda metric: grid(  # noqa: E731
        results, "throughput", with_ratio(results, "throughput", metric, BARE))
    return f"""\
## A large body

{level.body // MIB} MiB to `fakesink`, in ms and as a multiple of {BARE}.
`souphttpsrc` does not check the certificate, because it takes no file of
authorities here. It doubles its buffers when a read fills them and halves them
when reads are short, so it has large buffers in one round and small ones in
the next. Therefore the marks compare with the best round of each other
element.

Wall-clock time:

{ratio("eos-since-url")}
{best_peer(results, "throughput", "eos-since-url")}
CPU time:

{ratio("cpu")}
{best_peer(results, "throughput", "cpu")}
![Wall](benchmark/throughput.svg)

![CPU](benchmark/throughput-cpu.svg)
"""


def frame_section(results: Results) -> str:
    return f"""\
## First decoded frame

In ms from the moment when the URL is known, and as a multiple of the time of
`filesrc` with the same clip on the disk, which is the lower limit.

{grid(results, "first-frame",
      with_ratio(results, "first-frame", "first-since-url", FILE))}
![First frame](benchmark/first-frame.svg)
"""


def memory_section(results: Results) -> str:
    return f"""\
## Memory

Growth of RSS in MiB, between the preroll and the end of a pause:

{grid(results, "paused", plain(results, "paused", "paused-kib", 1024))}
Largest growth of RSS in MiB while a body passes; the first column is the size
of the body in MiB:

{grid(results, "sizes", plain(results, "sizes", "peak-kib", 1024), "MiB")}
![Memory](benchmark/memory.svg)

CPU time for the same bodies in ms:

{grid(results, "sizes", plain(results, "sizes", "cpu"), "MiB")}"""


def playing_section(results: Results) -> str:
    def asked(row):
        def cell(case, subject):
            if not results.of(row, case, subject):
                return "–"
            values = [results.worst(row, case, subject, metric) for metric in
                      ("requests", "twice-kib")]
            text = results.word(row, case, subject, "verdict")
            if None not in values:
                text += f", {values[0]:.0f} requests"
            if values[1]:
                text += f", {number(values[1])} KiB twice"
            return text
        return cell

    def shown(case, subject):
        frames = results.worst("slow", case, subject, "shown")
        late = results.median("slow", case, subject, "late")
        if None in (frames, late):
            return failure(results, "slow", case, subject)
        return f"{frames:.0f}, {late / 1000:+.1f} s"

    return f"""\
## Slow links

An application plays clips of 121 frames in real time, and follows buffering
and progress messages as `gst-launch-1.0` does. The first figure is the number
of frames that the sink showed. The second compares when the pipeline came to
PLAYING with the ideal, the earliest moment at which the rest of the clip still
arrives in time.

{grid(results, "slow", shown)}
Transcoding over a link of 800 kB/s, in ms:

{grid(results, "held", plain(results, "held", "eos-since-url"))}
## Moov last, no ranges, seeks

The clip is played to its end. `right` means that its decoded frames are those
that `filesrc` gives. Then follow the number of requests, and how much was
fetched twice.

{grid(results, "moov-last", asked("moov-last"), "moov last")}
A server without ranges:

{grid(results, "no-ranges", asked("no-ranges"), "moov last")}
A flushing, accurate seek to the half, at 2 MiB/s:

{grid(results, "seek", asked("seek"))}"""


def trouble_section(results: Results) -> str:
    return f"""\
## Stopping

Time of `set_state(NULL)` in ms:

{grid(results, "stop", plain(results, "stop", "stop"))}
![Stop](benchmark/stop.svg)

## Bodies that break

{grid(results, "break", word(results, "break", "verdict"))}"""


def many_section(results: Results, level: Level) -> str:
    def each(metric):
        return grid(results, "many", plain(results, "many", metric), "sources")

    return f"""\
## Many at once

Several sources run in one process, each with {level.sizes[0] // MIB} MiB. CPU
time for each source in ms:

{each("cpu-each")}
![CPU](benchmark/many.svg)

Threads in addition to one for each source:

{each("threads-beside")}
RSS for each source in KiB:

{each("rss-each-kib")}"""


def order_section(results: Results) -> str:
    return f"""\
## From the order to the last byte

The service generates for 3 s, then the clip is decoded and encoded. The ideal
is the time of the generation, plus the longer one of two: the transcoding of a
file, or the transfer. `seedancesrc` polls every 100 ms here, which only a
service of one's own allows. In ms, and as a multiple of the ideal:

{grid(results, "order", with_ratio(results, "order", "wall", "ideal"))}
## A long memory

Time from the change of state to the task's id in ms; the first column is the
number of records in the state folder:

{grid(results, "ledger", plain(results, "ledger", "id-known"), "records")}
CPU time of the whole run, which also reads the folder once, in ms:

{grid(results, "ledger", plain(results, "ledger", "cpu"), "records")}"""


def versions() -> str:
    def said(*command):
        try:
            return subprocess.run(command, capture_output=True, text=True,
                                  check=False).stdout.splitlines()[0]
        except (OSError, IndexError):
            return ""

    gst = said("gst-launch-1.0", "--gst-version") or "GStreamer"
    curl = " ".join(said("curl", "--version").split()[3:4])
    return f"{gst}, {curl}"


def machine() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":")[1].strip() for line in file
                  if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    release = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    model = models[0] if models else platform.machine()
    return (f"The machine: {os.cpu_count()} × {model}, {memory} GiB;"
            f" {release}, Linux {platform.release()}, {versions()}.")


def summary(results: Results) -> str:
    """For the terminal."""
    lines = [f"{WORDS[mark.met].strip('*'):>12}  {mark.what}: {mark.seen}"
             for mark in judge(results) if mark.met is not None]
    return "\n".join(lines)


def page(results: Results, level: Level, facts: dict,
         before: Results | None = None) -> str:
    return "\n".join([
        INTRODUCTION.format(
            level=f"level {level.name}", day=facts["day"],
            minutes=f"{facts['seconds'] / 60:.0f} minutes",
            machine=facts["machine"], rounds=level.many,
            peer="Bare libcurl"),
        marks_section(results, judge(results), before),
        speed_section(results, level),
        frame_section(results),
        memory_section(results),
        playing_section(results),
        trouble_section(results),
        many_section(results, level),
        order_section(results),
        "All samples are in [benchmark.json](benchmark.json).\n",
    ])


def write(results: Results, docs: Path | None, level: Level, seconds: float,
          before: Results | None = None):
    """The page is made in any case, so that a mistake in it is found."""
    facts = {"level": level.name, "day": date.today().isoformat(),
             "machine": machine(), "seconds": round(seconds)}
    if docs:
        docs.mkdir(parents=True, exist_ok=True)
        results.save(docs / "benchmark.json", facts)
    text = page(results, level, facts, before)
    if docs:
        from . import plots  # pylint: disable=import-outside-toplevel

        (docs / "benchmark.md").write_text(text)
        plots.draw(results, docs / "benchmark")
