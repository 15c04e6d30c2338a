# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is asked of the server to play a clip, to seek in it, and to play it
where it is hard."""

from collections.abc import Iterator

from .results import Case
from .rows_bytes import pick
from .servers import Request
from .sources import (BUFFER, FILE, OURS, PIPELINES, SCRIPT, SOUP, Bench,
                      Clip)

DECODE = "decodebin ! video/x-raw ! fakesink name=sink sync=false"


def told(requests: list[Request]) -> dict:
    return {"requests": len(requests),
            "ranged": sum(one.range != "-" for one in requests),
            "sent": sum(one.sent for one in requests)}


class Reference:
    """What filesrc makes of a file: the same every time, so it is run once."""

    def __init__(self, bench: Bench):
        self.bench = bench
        self.known: dict[tuple, dict] = {}

    def of(self, clip: Clip, *options) -> dict:
        key = (clip.path, options)
        if key not in self.known:
            self.known[key] = self.bench.fetch(FILE, clip, DECODE, *options)
        return self.known[key]

    def verdict(self, result: dict, clip: Clip, *options) -> str:
        wanted = self.of(clip, *options)
        if result.get("seek") == "refused":
            return "refused"
        if "error" in result:
            return "fails"
        if result["checksum"] == wanted["checksum"]:
            return "right"
        return f"{result['buffers']:.0f} of {wanted['buffers']:.0f} frames"


def play(bench: Bench, reference: Reference, name: str, port: int | None,
         subject: str, *options, folder: str = "") -> dict:
    """Plays a clip to its end and holds its frames against filesrc's."""
    run = bench.run_name()
    clip = bench.clip(name, port=port, run=run, folder=folder)
    options = ("--checksum", "--timeout=60", *options)
    if subject == SCRIPT:
        result = bench.by_hand(DECODE, *options, url=clip.url)
    else:
        result = bench.fetch(subject, clip, DECODE, *options)
    kept = pick(result, ("error", "eos-since-url"))
    kept |= told(bench.nginx.requests(run))
    kept["verdict"] = reference.verdict(result, clip, *options)
    # What a server sends and what its client takes are not the same when a
    # transfer is ended early; ours counts what it took.
    taken = result.get("stats", {}).get("bytes", kept["sent"])
    kept["taken"] = taken
    kept["twice-kib"] = max(0, taken - bench.media.size(name)) / 1024
    kept["sent-twice-kib"] = max(
        0, kept["sent"] - bench.media.size(name)) / 1024
    return kept


def layouts(bench: Bench, fast: int, slow: int) -> Iterator[Case]:
    """Ports of a fast link and of a slow one."""
    reference = Reference(bench)
    media = bench.media

    def case(row, title, name, port, subjects, *options, **more):
        return Case(row, title, {
            subject: lambda s=subject: play(
                bench, reference, name, port, s, *options, **more)
            for subject in subjects}, rounds=bench.level.few)

    players = (*PIPELINES, BUFFER, SCRIPT)
    yield case("moov-last", "6 MiB", media.moov_last_6, fast, players)
    yield case("moov-last", "12 MiB", media.moov_last_12, fast, players)
    yield case("no-ranges", "6 MiB", media.moov_last_6, fast, players,
               folder="/no-ranges")
    yield case("seek", "moov first", media.moov_first, slow,
               (*PIPELINES, BUFFER), "--seek=50")
    yield case("seek", "moov last", media.moov_last, slow,
               (*PIPELINES, BUFFER), "--seek=50")
    yield case("seek", "fragmented", media.fragmented, slow,
               (*PIPELINES, BUFFER), "--seek=50")


SHOW = ("video/x-h264 ! queue ! fakesink name=sink sync=true qos=true"
        " max-lateness=20000000 signal-handoffs=true")
# Bytes a second, by what a user would call the link.
SLOW_LINKS = {"800 kB/s": 800_000, "400 kB/s": 400_000, "150 kB/s": 150_000}


def show(bench: Bench, name: str, port: int, rate: int, subject: str) -> dict:
    """Plays a clip in time, by an application that heeds what it is told. The
    pictures are not decoded, as the machine may be too slow for that."""
    clip = bench.clip(name, port=port)
    result = bench.fetch(subject, clip, "parsebin ! " + SHOW, "--heed",
                         "--timeout=60")
    kept = pick(result, ("error", "shown", "played-since-url"))
    wait = bench.media.size(name) / rate - bench.media.seconds(name)
    kept["ideal"] = max(wait, 0) * 1000
    kept["late"] = kept["played-since-url"] - kept["ideal"]
    return kept


def slow_links(bench: Bench, ports: dict[str, int]) -> Iterator[Case]:
    """Clips that come more slowly than they play, and one that does not."""
    layouts = {"moov first": bench.media.moov_first,
               "moov last": bench.media.moov_last,
               "fragmented": bench.media.fragmented}
    for link, port in ports.items():
        for layout, name in layouts.items():
            yield Case("slow", f"{layout}, {link}", {
                subject: lambda s=subject, n=name, p=port, r=SLOW_LINKS[link]:
                    show(bench, n, p, r, s)
                for subject in (OURS, SOUP, BUFFER)}, rounds=1)


def transcoded(bench: Bench, port: int) -> Iterator[Case]:
    """A transcoding keeps to no clock: nothing may hold it up."""
    rest = ("decodebin ! video/x-raw ! videoconvert ! x264enc"
            " speed-preset=ultrafast ! matroskamux ! filesink name=sink"
            " location=/dev/null")

    def run(more: str) -> dict:
        clip = bench.clip(bench.media.moov_last, port=port)
        result = bench.fetch(OURS, clip, rest, "--heed", more=more)
        return pick(result, ("error", "eos-since-url"))

    yield Case("held", "transcoding at 800 kB/s", {
        OURS: lambda: run(""),
        f"{OURS} buffering=false": lambda: run("buffering=false")},
        rounds=bench.level.few)


def order_times(bench: Bench, slow: int) -> Iterator[Case]:
    """From the order to the last byte of a transcoded clip, against the least
    that it can take: the generation, and then the transcoding or the link."""
    generation = 0.5 if bench.level.small_clips else 3.0
    name = bench.media.moov_last
    rest = ("decodebin ! video/x-raw ! videoconvert ! x264enc"
            " speed-preset=ultrafast ! matroskamux ! fakesink name=sink"
            " sync=false")

    def least(clip: Clip, rate: float) -> dict:
        result = bench.fetch(FILE, clip, rest)
        link = bench.media.size(name) / rate * 1000 if rate else 0
        return {"wall": generation * 1000 + max(result["eos"], link),
                "transcode": result["eos"], "link": link}

    def ordered(clip: Clip, subject: str, poll: int) -> dict:
        bench.service.hand_out(clip.url)
        bench.service.settings(generation_time=generation)
        try:
            if subject == SCRIPT:
                result = bench.by_hand(rest, poll=poll / 1000)
                wall = result.get("eos-since-url")
            else:
                result = bench.fetch(OURS, clip, rest,
                                     more=f"poll-interval={poll}")
                wall = result.get("eos")
        finally:
            bench.service.settings(generation_time=0)
        kept = pick(result, ("error", "url-known"))
        return kept | {"wall": wall}

    for title, port, rate in (("fast link", None, 0),
                              ("2 MiB/s", slow, 2 << 20)):
        clip = bench.clip(name, port=port)
        yield Case("order", title, {
            "ideal": lambda c=clip, r=rate: least(c, r),
            OURS: lambda c=clip: ordered(c, OURS, 100),
            f"{OURS}, 2 s poll": lambda c=clip: ordered(c, OURS, 2000),
            SCRIPT: lambda c=clip: ordered(c, SCRIPT, 2000)},
            rounds=bench.level.few)
