# SPDX-License-Identifier: LGPL-2.1-or-later
"""The marks that seedancesrc is held against."""

from collections.abc import Iterator
from dataclasses import dataclass

from .results import Results
from .sources import CURL, FAKE, FILE, OURS, SOUP


@dataclass(frozen=True)
class Mark:
    """met is None when it was not measured."""

    row: str
    what: str
    seen: str
    met: bool | None


def at_most(row: str, what: str, seen: float | None, limit: float | None,
            unit: str = "") -> Mark:
    if seen is None or limit is None:
        return Mark(row, what, "", None)
    return Mark(row, what, f"{number(seen)}{unit}, at most "
                f"{number(limit)}{unit}", seen <= limit)


def number(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def throughput(results: Results) -> Iterator[Mark]:
    for case, peer in (("HTTP", SOUP), ("TLS", CURL)):
        for metric, word, limit in (("eos-since-url", "wall", 1.2),
                                    ("cpu", "CPU", 1)):
            yield at_most(
                "throughput", f"Large body, {case}: {word} ÷ {peer}'s best",
                results.ratio_to_best("throughput", case, OURS, peer, metric),
                limit)
    for case in ("32", "128"):
        if case not in results.cases("sizes"):
            continue
        yield at_most(
            "sizes", f"{case} MiB, HTTP: wall ÷ {SOUP}",
            results.ratio("sizes", case, OURS, SOUP, "eos-since-url"), 1)


def first_frame(results: Results) -> Iterator[Mark]:
    def seen(case, subject=OURS):
        return results.median("first-frame", case, subject, "first-since-url")

    floor = seen("moov first, 2 MiB/s", FILE)
    yield at_most("first-frame", "First frame, moov first, 2 MiB/s",
                  seen("moov first, 2 MiB/s"),
                  None if floor is None else floor + 20, " ms")
    for link in ("2 MiB/s", "2 MiB/s, 30 ms"):
        last, first = seen(f"moov last, {link}"), seen(f"moov first, {link}")
        yield at_most(
            "first-frame", f"First frame, {link}: moov last ÷ moov first",
            None if None in (last, first) else last / first, 1.25)
    yield at_most("first-frame", "First frame, moov last, 2 MiB/s, 30 ms",
                  seen("moov last, 2 MiB/s, 30 ms"), 320, " ms")


def plays(results: Results, row: str, case: str, what: str) -> Mark:
    verdict = results.word(row, case, OURS, "verdict")
    return Mark(row, what, verdict or "", verdict == "right" if verdict
                else None)


def playing(results: Results) -> Iterator[Mark]:
    for case in ("6 MiB", "12 MiB"):
        where = ("moov-last", case, OURS)
        yield plays(results, *where[:2], f"Moov last, {case}: its frames")
        yield at_most("moov-last", f"Moov last, {case}: requests",
                      results.worst(*where, "requests"), 2)
        yield at_most("moov-last", f"Moov last, {case}: taken twice",
                      results.worst(*where, "twice-kib"), 0, " KiB")
    yield plays(results, "no-ranges", "6 MiB", "No ranges, over 4 MiB")
    for case, what, limit in (
            ("moov first", "Seek to half, moov first", 1),
            ("fragmented", "Seek in a fragmented clip", 2)):
        yield plays(results, "seek", case, f"{what}: its frames")
        metric = "ranged" if limit == 1 else "requests"
        yield at_most("seek", f"{what}: {metric}",
                      results.worst("seek", case, OURS, metric), limit)


def slow_links(results: Results) -> Iterator[Mark]:
    for case in results.cases("slow"):
        shown = results.worst("slow", case, OURS, "shown")
        frames = max((results.worst("slow", case, subject, "shown") or 0
                      for subject in results.subjects("slow")), default=0)
        yield Mark("slow", f"Frames shown, {case}",
                   "" if shown is None else f"{shown:.0f} of {frames:.0f}",
                   None if shown is None else shown == frames)
        limit = 500 if case.endswith("800 kB/s") else 1000
        yield at_most("slow", f"PLAYING after the ideal, {case}",
                      results.worst("slow", case, OURS, "late"), limit, " ms")
    for case in results.cases("held"):
        yield at_most("held", f"{case}, ÷ buffering=false",
                      results.ratio("held", case, OURS,
                                    f"{OURS} buffering=false",
                                    "eos-since-url"), 1.05)


def stops(results: Results) -> Iterator[Mark]:
    for case in results.cases("stop"):
        yield at_most("stop", f"Stop: {case}",
                      results.median("stop", case, OURS, "stop"), 5, " ms")


def breaks(results: Results) -> Iterator[Mark]:
    """Of all twelve, or not at all."""
    verdicts = [results.word("break", case, OURS, "verdict")
                for case in results.cases("break")]
    wrong = sum("silently wrong" in one for one in verdicts)
    recovered = verdicts.count("recovered")
    if len(verdicts) < 12:
        return
    yield Mark("break", "Broken bodies: silently wrong", f"{wrong}, 0 wanted",
               wrong == 0)
    yield Mark("break", "Broken bodies: recovered",
               f"{recovered} of {len(verdicts)}, at least 8", recovered >= 8)


def many(results: Results) -> Iterator[Mark]:
    case = (results.cases("many") or ["0"])[-1]
    yield at_most("many", f"{case} sources at once: CPU ÷ {SOUP}",
                  results.ratio("many", case, OURS, SOUP, "cpu-each"), 1)
    for metric, what, limit, unit in (
            ("threads-beside", "threads beside N", 3, ""),
            ("rss-each-kib", "RSS each", 400, " KiB")):
        yield at_most("many", f"{case} sources at once: {what}",
                      results.median("many", case, OURS, metric), limit, unit)


def memory(results: Results) -> Iterator[Mark]:
    seen = results.worst("paused", "HTTP", OURS, "paused-kib")
    yield at_most("paused", "RSS grown while paused on the large body",
                  None if seen is None else seen / 1024, 4, " MiB")
    case = (results.cases("sizes") or ["0"])[-1]
    ours, fake = (results.worst("sizes", case, subject, "peak-kib")
                  for subject in (OURS, FAKE))
    yield at_most("sizes", f"RSS of a {case} MiB body above fakesrc's",
                  None if None in (ours, fake) else (ours - fake) / 1024, 64,
                  " MiB")


def orders(results: Results) -> Iterator[Mark]:
    for case in ("fast link", "2 MiB/s"):
        yield at_most("order", f"Order to last byte, {case} ÷ ideal",
                      results.ratio("order", case, OURS, "ideal", "wall"),
                      1.05)


def ledger(results: Results) -> Iterator[Mark]:
    cases = results.cases("ledger") or ["1", "1"]
    few, most = (results.median("ledger", case, OURS, "id-known")
                 for case in (cases[0], cases[-1]))
    yield at_most("ledger", f"Start with {cases[-1]} records ÷ with "
                  f"{cases[0]}",
                  None if None in (few, most) else most / few, 1.25)


def judge(results: Results) -> list[Mark]:
    rows = (throughput, memory, first_frame, playing, slow_links, stops, breaks,
            many, orders, ledger)
    return [mark for row in rows for mark in row(results)]
