# SPDX-License-Identifier: LGPL-2.1-or-later
"""python3 -m bench LEVEL --build FOLDER [--docs FOLDER [--before]]
[--rows NAME…]"""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path

from . import (marks, media, report, rows_bytes, rows_ledger, rows_playing,
               rows_trouble, servers)
from .results import Case, Results, measure
from .settings import LEVELS, MIB, SLOW, Level, Places
from .sources import Bench


@contextmanager
def workshop(places: Places, level: Level):
    """Media, nginx, the local service and the links."""
    made = media.make(places, level)
    with ExitStack() as stack:
        nginx = stack.enter_context(
            servers.nginx(places.scratch, places.media))
        service = stack.enter_context(servers.service(
            places.service, places.scratch / "service.log",
            "--clip-file", made.path(made.tiny)))

        def link(rate: int, round_trip: int) -> int:
            port = stack.enter_context(servers.relay(
                places.tools / "bench-relay", places.scratch / "relay.log",
                nginx.plain, rate, round_trip))
            servers.check_link(port, made.tiny, made.size(made.tiny), rate,
                               round_trip)
            return port

        links = {"2 MiB/s": link(SLOW, 0), "2 MiB/s, 30 ms": link(SLOW, 30),
                 "16 MiB/s": link(16 * MIB, 0)}
        links |= {name: link(rate, 0)
                  for name, rate in rows_playing.SLOW_LINKS.items()}
        yield Bench(places, level, made, nginx, service), links


def all_cases(bench: Bench, links: dict[str, int]) -> Iterator[Case]:
    fast = links["16 MiB/s"]
    below = {name: port for name, port in links.items()
             if name in rows_playing.SLOW_LINKS}
    slow = {name: port for name, port in links.items()
            if port != fast and name not in below}
    # The ledgers last: for half a minute after so many files were removed, a
    # file system without a journal makes new ones slowly.
    return chain(
        rows_bytes.first_frames(bench, slow),
        rows_bytes.many(bench),
        rows_bytes.paused(bench),
        rows_bytes.throughput(bench),
        rows_bytes.sizes(bench),
        rows_playing.layouts(bench, fast, links["2 MiB/s"]),
        rows_playing.slow_links(bench, below),
        rows_playing.transcoded(bench, below["800 kB/s"]),
        rows_trouble.stops(bench),
        rows_trouble.breaks(bench),
        rows_playing.order_times(bench, links["2 MiB/s"]),
        rows_ledger.starts(bench))


def check(results: Results) -> list[str]:
    """What kept a part of the benchmark from working."""
    found = []
    for row in results.samples:
        for case in results.cases(row):
            for subject, samples in results.samples[row][case].items():
                found += [f"{row}, {case}, {subject}: {one['broken']}"
                          for one in samples if "broken" in one]
    found += [f"not measured: {mark.what}" for mark in marks.judge(results)
              if mark.met is None]
    return found


def keep_before(docs: Path) -> Results:
    """The run that is about to be overwritten."""
    kept = (docs / "benchmark.json").rename(docs / "benchmark-before.json")
    return Results.load(kept)


def main() -> int:
    parser = argparse.ArgumentParser(prog="run.sh")
    parser.add_argument("level", choices=LEVELS)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--docs", type=Path)
    parser.add_argument("--before", action="store_true")
    parser.add_argument("--rows", nargs="*", default=[])
    options = parser.parse_args()
    level = LEVELS[options.level]
    if options.before and not (
            options.docs and (options.docs / "benchmark.json").exists()):
        parser.error("--before: there is no benchmark.json of a run before")

    # So that the blocks that end the programs are left.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as scratch:
        places = Places(options.build.resolve(), Path(scratch))
        with workshop(places, level) as (bench, links):
            cases = all_cases(bench, links)
            if options.rows:
                cases = (one for one in cases if one.row in options.rows)
            results = measure(cases, level.rounds)
    seconds = time.monotonic() - begin

    print(report.summary(results), flush=True)
    problems = [] if options.rows else check(results)
    for problem in problems:
        print(f"Broken: {problem}", file=sys.stderr)
    if not options.rows:
        before = keep_before(options.docs) if options.before else None
        report.write(results, options.docs, level, seconds, before)
    print(f"In {seconds:.0f} s.")

    return 1 if problems else 0


sys.exit(main())
