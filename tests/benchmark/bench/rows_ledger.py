# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a long memory costs at the start: ledgers with many records."""

import shutil
from collections.abc import Iterator
from itertools import count as count_from
from pathlib import Path

from . import media
from .results import Case
from .rows_bytes import SINK, pick
from .sources import OURS, Bench


def template(bench: Bench) -> Path:
    """The ledger with the record that a played clip leaves."""
    clip = bench.clip(bench.media.tiny)
    bench.service.hand_out(clip.url)
    ledger = bench.places.scratch / "ledger.db"
    with bench.state() as state:
        bench.pipeline(f"{bench.source(OURS, clip)} ! {SINK}", state=state)
        media.copy_ledger(state / "ledger.db", ledger)
    return ledger


def starts(bench: Bench) -> Iterator[Case]:
    record = template(bench)
    clip = bench.clip(bench.media.tiny)
    for count in bench.level.records:
        folder = bench.places.scratch / f"ledger-{count}"
        media.records(folder, record, count)

        def one(folder=folder, numbers=count_from(1)):
            bench.service.hand_out(clip.url)
            # Another prompt each time, so that each run orders.
            line = bench.source(OURS, clip).replace(
                "%COPY%", str(next(numbers)))
            result = bench.pipeline(f"{line} ! {SINK}", state=folder)
            return pick(result, ("id-known", "eos", "cpu", "error",
                                 "peak-kib"))

        yield Case("ledger", str(count), {OURS: one}, rounds=bench.level.many)
        shutil.rmtree(folder)
