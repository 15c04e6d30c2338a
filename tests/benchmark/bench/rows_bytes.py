# SPDX-License-Identifier: LGPL-2.1-or-later
"""How fast bytes pass, and what they cost: large bodies, long pauses, many
sources."""

from collections.abc import Iterator

from .results import Case
from .settings import MIB
from .sources import (BARE, BUFFER, CURL, DISK, FAKE, FILE, OURS, PIPELINES,
                      SCRIPT, SOUP, Bench, Clip)

SINK = "fakesink name=sink sync=false"
KEPT = ("eos-since-url", "eos", "url-known", "cpu", "user-ms", "system-ms",
        "peak-kib", "bytes", "most-threads", "error")


def pick(result: dict, names=KEPT) -> dict:
    return {name: result[name] for name in names
            if result.get(name) is not None}


def whole(result: dict, size: int) -> dict:
    """A run counts only if every byte came."""
    kept = pick(result)
    if "error" not in kept and result["bytes"] != size:
        kept["error"] = f"{result['bytes']:.0f} bytes of {size}"
    return kept


def transfer(bench: Bench, clip: Clip, size: int, subject: str) -> dict:
    more = "blocksize=262144" if subject == FILE else ""
    if subject == SCRIPT:
        result = bench.by_hand(SINK, url=clip.url)
    else:
        result = bench.fetch(subject, clip, SINK, more=more)
    return whole(result, size)


def throughput(bench: Bench) -> Iterator[Case]:
    size = bench.level.body
    name = bench.media.body(size)
    links = {"HTTP": bench.clip(name), "TLS": bench.clip(name, tls=True)}
    if bench.level.name != "quick":
        # libsoup's windows are small there: it takes a minute.
        links["TLS, HTTP/2"] = bench.clip(name, port=bench.nginx.h2, tls=True)
    for title, clip in links.items():
        subjects = [*PIPELINES, BARE, SCRIPT]
        if not clip.tls:
            subjects.append(FILE)
        measures = {
            subject: lambda s=subject, c=clip: transfer(bench, c, size, s)
            for subject in subjects}
        if not clip.tls:
            measures[DISK] = lambda: bench.write(size)
        rounds = {"HTTP": bench.level.many, "TLS, HTTP/2": 1}
        yield Case("throughput", title, measures, rounds=rounds.get(title))


def stand_still(bench: Bench, clip: Clip, subject: str) -> dict:
    """How memory grows between the preroll and the end of a long pause."""
    result = bench.fetch(subject, clip, "fakesink name=sink",
                         "--end=paused", f"--hold={bench.level.hold_ms}")
    since = result.get("since-preroll", {})
    kept = pick(result, ("error", "peak-kib"))
    return kept | {"paused-kib": since.get("peak-kib")}


def paused(bench: Bench) -> Iterator[Case]:
    clip = bench.clip(bench.media.body(bench.level.body))
    yield Case("paused", "HTTP", {
        subject: lambda s=subject: stand_still(bench, clip, s)
        for subject in PIPELINES}, rounds=bench.level.few)


def fake(bench: Bench, size: int) -> dict:
    piece = 256 * 1024
    result = bench.pipeline(
        f"fakesrc num-buffers={size // piece} sizetype=fixed sizemax={piece}"
        f" ! {SINK}")
    return whole(result, size)


def sizes(bench: Bench) -> Iterator[Case]:
    for size in bench.level.sizes:
        clip = bench.clip(bench.media.body(size))
        subjects = [OURS, SOUP, CURL, BARE]
        if size > 512 * MIB:
            # It would hold all of it in memory.
            subjects.remove(CURL)
        measures = {
            subject: lambda s=subject, c=clip, n=size: transfer(bench, c, n, s)
            for subject in subjects}
        measures[FAKE] = lambda n=size: fake(bench, n)
        yield Case("sizes", str(size // MIB), measures,
                   rounds=bench.level.small if size <= 128 * MIB
                   else bench.level.few)


def crowd(bench: Bench, subject: str, count: int) -> dict:
    """Figures for each of many sources in one process."""
    size = bench.level.sizes[0]
    name = bench.media.body(size)
    result = bench.fetch(subject, bench.clip(name), SINK, f"--copies={count}")
    kept = whole(result, count * size)
    kept["cpu-each"] = kept["cpu"] / count
    kept["rss-each-kib"] = kept["peak-kib"] / count
    if "most-threads" in kept:
        kept["threads-beside"] = kept["most-threads"] - count
    return kept


def many(bench: Bench) -> Iterator[Case]:
    for count in bench.level.copies:
        yield Case("many", str(count), {
            subject: lambda s=subject, n=count: crowd(bench, s, n)
            for subject in (*PIPELINES, FILE, BARE)}, rounds=bench.level.few)


def first_frames(bench: Bench, links: dict[str, int]) -> Iterator[Case]:
    """Links are ports that lead to nginx."""
    rest = f"decodebin ! video/x-raw ! {SINK}"

    def one(clip: Clip, subject: str) -> dict:
        if subject == SCRIPT:
            result = bench.by_hand(rest, "--end=frame", url=clip.url)
        else:
            result = bench.fetch(subject, clip, rest, "--end=frame")
        return pick(result, ("first-since-url", "first", "url-known", "error"))

    for link, port in links.items():
        for title, name in (("moov first", bench.media.moov_first),
                            ("moov last", bench.media.moov_last)):
            clip = bench.clip(name, port=port)
            yield Case("first-frame", f"{title}, {link}", {
                subject: lambda s=subject, c=clip: one(c, s)
                for subject in (*PIPELINES, BUFFER, SCRIPT, FILE)},
                       rounds=bench.level.many)
