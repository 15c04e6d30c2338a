# SPDX-License-Identifier: LGPL-2.1-or-later
"""The plots of the report. Needs matplotlib."""

from pathlib import Path

import matplotlib

from .results import Results
from .sources import BARE, BUFFER, CURL, DISK, FAKE, FILE, OURS, SCRIPT, SOUP

matplotlib.use("svg")
matplotlib.rcParams.update({
    "svg.fonttype": "none", "svg.hashsalt": "benchmark",
    "font.family": "sans-serif", "font.size": 10, "axes.spines.top": False,
    "axes.spines.right": False, "axes.grid": True, "grid.color": "#e0e0e0",
    "axes.axisbelow": True, "legend.frameon": False})

# pylint: disable=wrong-import-position
from matplotlib import pyplot  # noqa: E402

# Told apart by those who see fewer colours, too (Okabe and Ito).
COLOURS = {OURS: "#d55e00", SOUP: "#0072b2", CURL: "#56b4e9",
           BUFFER: "#009e73", SCRIPT: "#cc79a7", FILE: "#999999",
           BARE: "#444444", FAKE: "#bbbbbb", DISK: "#f0e442"}


def save(figure, path: Path):
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    pyplot.close(figure)
    # Trailing spaces are matplotlib's.
    lines = [line.rstrip() for line in path.read_text().splitlines()]
    path.write_text("\n".join(lines) + "\n")


def bars(results: Results, path: Path, row: str, metric: str, title: str,
         unit: str, scale: float = 1, log: bool = False):
    """A group of bars for each case, a bar for each subject."""
    cases = results.cases(row)
    if not cases:
        return
    subjects = results.subjects(row)
    figure, axes = pyplot.subplots(figsize=(8, 1.2 + 0.85 * len(cases)))
    height = 0.8 / len(subjects)
    for place, subject in enumerate(subjects):
        values = [results.median(row, case, subject, metric) for case in cases]
        spots = [number + place * height for number in range(len(cases))]
        drawn = axes.barh(spots, [(value or 0) / scale for value in values],
                          height * 0.9, label=subject,
                          color=COLOURS.get(subject))
        axes.bar_label(drawn, [f" {value / scale:.3g}" if value is not None
                               else " –" for value in values], fontsize=8)
    axes.set_yticks([number + 0.4 - height / 2 for number in
                     range(len(cases))], cases)
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    if log:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel(unit)
    axes.set_title(title, loc="left", fontweight="bold")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    save(figure, path)


def lines(results: Results, path: Path, row: str, metric: str, title: str,
          across: str, unit: str, scale: float = 1):
    """How a figure grows with the number that the cases are."""
    cases = results.cases(row)
    if not cases:
        return
    figure, axes = pyplot.subplots(figsize=(8, 4))
    for subject in results.subjects(row):
        points = [(int(case), results.median(row, case, subject, metric))
                  for case in cases]
        points = [(x, y / scale) for x, y in points if y is not None]
        if points:
            axes.plot(*zip(*points), marker="o", label=subject,
                      color=COLOURS.get(subject))
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks([int(case) for case in cases], cases)
    axes.xaxis.set_minor_formatter("")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xlabel(across)
    axes.set_ylabel(unit)
    axes.set_title(title, loc="left", fontweight="bold")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    save(figure, path)


def draw(results: Results, folder: Path):
    folder.mkdir(parents=True, exist_ok=True)
    bars(results, folder / "first-frame.svg", "first-frame", "first-since-url",
         "First decoded frame", "ms after the clip's URL is known")
    bars(results, folder / "throughput.svg", "throughput", "eos-since-url",
         "A large body to fakesink, wall", "ms")
    bars(results, folder / "throughput-cpu.svg", "throughput", "cpu",
         "A large body to fakesink, CPU", "ms of CPU")
    lines(results, folder / "memory.svg", "sizes", "peak-kib",
          "Memory while a body passes", "MiB of the body",
          "MiB of RSS more than before", 1024)
    bars(results, folder / "stop.svg", "stop", "stop", "set_state(NULL)",
         "ms, logarithmic", log=True)
    lines(results, folder / "many.svg", "many", "cpu-each",
          "CPU of each of many sources at once", "sources", "ms of CPU each")
