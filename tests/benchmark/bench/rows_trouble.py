# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stopping in every state, and bodies that break."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from time import sleep

from .processes import until
from .results import Case
from .rows_bytes import pick
from .servers import DIRECT, deaf_port, dropping_port, tcp_states
from .sources import BARE, OURS, PIPELINES, SCRIPT, SOUP, Bench, Clip, stop_it

PATIENT = (*PIPELINES, BARE)
QUICK = (OURS, SOUP)
SINK = "fakesink name=sink sync=false"
# For what no counter tells: headers and bodies that are on their way.
UNDER_WAY_S = 0.15

# Name, fault, the counter that tells that it is there, a pause after it.
SERVED_STATES = (
    ("no answer", "clip:hang", "hangs", 0),
    ("headers dripping", "clip:drip=20", "clip_requests", UNDER_WAY_S),
    ("body stalled", "clip:stall=50%", "clips_stalled", UNDER_WAY_S),
    ("slow body", "clip:rate=200000", "clip_requests", UNDER_WAY_S),
)

BREAKS = (
    ("FIN at half, once", "clip@1:truncate=50%"),
    ("RST at half, once", "clip@1:cut-reset=50%"),
    ("FIN at half, always", "clip:truncate=50%", "end:truncate=50%"),
    ("FIN at half, then no ranges", "clip@1:truncate=50%", "clip@2-:no-range",
     "end:no-range"),
    ("FIN at half, then another object", "clip@1:truncate=50%",
     "clip@2-:other-object"),
    ("FIN at half, then a 206 from byte 0", "clip@1:truncate=50%",
     "clip@2-:wrong-range"),
    ("chunked, FIN at half", "clip@1:chunked+truncate=50%"),
    ("no length, FIN at half", "clip@1:no-length+truncate=50%"),
    ("503 first", "clip@1:status=503"),
    ("403, expired", "clip@1:expired"),
    ("200 with a page", "clip@1:html"),
    ("dropped before headers, once", "clip@1:drop"),
)


class OwnClip:
    """The clip as the local service serves it, with its faults."""

    def __init__(self, bench: Bench, name: str):
        self.service = bench.service
        self.path = bench.media.path(name)
        self.right = self.path.read_bytes()

    def new(self, *faults: str) -> Clip:
        """Everything at its beginning, and a task that was ordered."""
        self.service.reset()
        self.service.set_clip(self.right)
        clip = Clip(self.service.order(prompt="a paper boat")["video_url"],
                    self.path)
        self.service.faults(*faults)
        return clip


def stopped(bench: Bench, subject: str, clip: Clip, reached: Callable,
            extra: dict | None = None) -> dict:
    if subject == BARE:
        words = ["bench-curl", clip.url]
    else:
        words = ["bench-pipeline", f"{bench.source(subject, clip)} ! {SINK}"]
    with bench.until_input(*words, extra=extra) as process:
        reached()
        result = stop_it(process)
    return pick(result, ("stop", "error"))


def stop_served(bench, own, subject, fault, counter, pause) -> dict:
    clip = own.new(fault)

    def reached():
        bench.service.wait(counter)
        sleep(pause)

    return stopped(bench, subject, clip, reached)


def at_port(bench, subject, scheme, port, reached, **more) -> dict:
    clip = Clip(f"{scheme}://127.0.0.1:{port}/clip.mp4", Path(), False)
    bench.service.hand_out(clip.url)
    return stopped(bench, subject, clip, reached, **more)


def stop_unreached(bench: Bench, subject: str) -> dict:
    with dropping_port() as port:
        return at_port(bench, subject, "http", port, lambda: until(
            lambda: any(state == "02" for state, _ in tcp_states(port)),
            "a SYN"))


def stop_in_tls(bench: Bench, subject: str) -> dict:
    with deaf_port() as port:
        return at_port(bench, subject, "https", port, lambda: until(
            lambda: any(unread > 0 and state == "01"
                        for state, unread in tcp_states(port)),
            "a TLS hello"))


def stop_in_lookup(bench: Bench, subject: str) -> dict:
    mark = bench.places.scratch / "lookup"
    mark.unlink(missing_ok=True)
    clip = Clip("https://clips.mute/clip.mp4", Path(), False)
    bench.service.hand_out(clip.url)
    return stopped(
        bench, subject, clip, lambda: until(mark.exists, "a lookup"),
        extra={"LD_PRELOAD": str(bench.places.tools / "mute-resolver.so"),
               "MUTE_RESOLVER_MARK": str(mark)})


def stops(bench: Bench) -> Iterator[Case]:
    own = OwnClip(bench, bench.media.moov_first)

    def case(title, measure, rounds=None, subjects=PATIENT):
        return Case("stop", title, {
            subject: lambda s=subject: measure(s) for subject in subjects},
            rounds=rounds)

    yield case("SYN dropped", lambda s: stop_unreached(bench, s))
    yield case("TLS hung", lambda s: stop_in_tls(bench, s))
    for title, fault, counter, pause in SERVED_STATES:
        yield case(title, lambda s, f=fault, c=counter, p=pause:
                   stop_served(bench, own, s, f, c, p))
    # Some take nine seconds.
    yield case("DNS does not answer", lambda s: stop_in_lookup(bench, s),
               rounds=bench.level.few,
               subjects=QUICK if bench.level.small_clips else PATIENT)


def altered(bench: Bench, clip: Clip) -> bytes:
    """The other object that a fault puts in a clip's place."""
    bench.service.faults("clip:other-object")
    with DIRECT.open(clip.url, timeout=60) as answer:
        return answer.read()


def broken(bench: Bench, own: OwnClip, subject: str, faults: tuple) -> dict:
    """Whether what arrives is the clip: recovered, an error, or silently
    wrong."""
    others = [own.right]
    if any("other-object" in fault for fault in faults):
        others.append(altered(bench, own.new()))
    clip = own.new(*faults)
    with ExitStack() as stack:
        folder = stack.enter_context(bench.state())
        out = folder / "out"
        rest = f"filesink location={out} name=sink"
        if subject == SCRIPT:
            result = bench.by_hand(rest, url=clip.url)
        else:
            line = f"{bench.source(subject, clip)} ! {rest}"
            result = bench.pipeline(line, "--timeout=60", state=folder)
        got = out.read_bytes() if out.exists() else b""
    if "error" in result:
        verdict = "error"
    else:
        verdict = "recovered" if got in others else "silently wrong"
    return pick(result, ("error", "eos-since-url")) | {"verdict": verdict}


def breaks(bench: Bench) -> Iterator[Case]:
    own = OwnClip(bench, bench.media.moov_last)
    chosen = BREAKS[:2] if bench.level.small_clips else BREAKS
    for title, *faults in chosen:
        yield Case("break", title, {
            subject: lambda s=subject, f=tuple(faults):
                broken(bench, own, s, f)
            for subject in (*PIPELINES, SCRIPT)}, rounds=1)
