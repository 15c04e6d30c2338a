# SPDX-License-Identifier: LGPL-2.1-or-later
"""Why a mark is not met, and what is the limit, as far as it was measured."""

from functools import partial

from .marks import Mark, number
from .results import Results
from .sources import BARE, CURL, DISK, OURS, SOUP


def wall(results: Results, case: str) -> str:
    disk = results.median("throughput", "HTTP", DISK, "eos-since-url")
    ours = results.median("throughput", case, OURS, "eos-since-url")
    return f"""\
`seedancesrc` reports the end when the clip is durable on the disk; the other
programs keep nothing. The disk is the limit: `dd` writes as many bytes past
the page cache in {number(disk)} ms, and `seedancesrc` takes
{number(ours / disk)} × that."""


def cpu(results: Results, case: str) -> str:
    bare, ours, kernel = (
        results.median("throughput", case, subject, metric)
        for subject, metric in ((BARE, "cpu"), (OURS, "cpu"),
                                (OURS, "system-ms")))
    peer = SOUP if case == "HTTP" else CURL
    peers = results.values("throughput", case, peer, "cpu")
    return f"""\
Bare libcurl takes {number(bare)} ms of CPU time to fetch the bytes.
`seedancesrc` takes {number(ours)} ms to fetch and keep them, of which
{number(kernel)} ms are in the kernel. Most of the kernel's time goes into new
pages of the page cache. They cost several times as much on a machine that
gives unused memory back as on others. The rest goes into a copy out of
libcurl's buffer, and into waking the readers and the disk. `{peer}`, which
keeps nothing, took between {number(min(peers))} and {number(max(peers))} ms in
these rounds; the mark compares with the least of them."""


def index_last(results: Results) -> str:
    def rounds(layout):
        values = results.values("first-frame", f"{layout}, 2 MiB/s, 30 ms",
                                OURS, "first-since-url")
        return f"{number(min(values))} to {number(max(values))} ms"

    return f"""\
The request for the last 24 KiB goes out together with the first one, and its
bytes share the link with the first bytes. They take 12 ms on this link, and
the index is at their end. The rounds took {rounds("moov last")}, and with the
index first {rounds("moov first")}."""


def cpu_of_many(results: Results) -> str:
    case = results.cases("many")[-1]
    soup, bare = (results.median("many", case, one, "cpu-each")
                  for one in (SOUP, BARE))
    ours = results.median("many", case, OURS, "cpu-each")
    return f"""\
Each source takes {number(ours)} ms. It orders, polls and writes its clip into
the page cache, and makes the order, its task and its clip durable before it
goes on, so that nothing that was paid for is lost. `souphttpsrc`, which only
fetches, takes {number(soup)} ms, and bare libcurl {number(bare)} ms."""


def threads(results: Results) -> str:
    return """\
Three threads stay: the main thread, the network thread, and that of the state
folder. Others run for a moment: threads of GStreamer's pool, which post the
messages of a source that is not asked for bytes, and now and then a thread
that deletes old clips from the state folder."""


def fragmented(results: Results) -> str:
    return """\
The message that says 100 % comes after 0.2 to 0.3 s. Then the pipeline itself
waits: `qtdemux`, which pulls, asks for the header behind the first fragment of
the pictures before it shows anything. That fragment is a second of the clip,
and takes as long on this link with any source in pull mode."""


def at_once(results: Results) -> str:
    first = results.worst("slow", "moov first, 800 kB/s", SOUP,
                          "played-since-url")
    return f"""\
This link is faster than the clip, so the ideal is 0, which no source can
reach. `souphttpsrc`, which plays at once, takes {number(first or 0)} ms for
its first picture, and some of its later frames come too late. `seedancesrc`
takes longer for three reasons: it has to measure the speed of the link, keeps
a margin of 70 ms, and checks only every 20 ms."""


REASONS = (("Large body, HTTP: wall", partial(wall, case="HTTP")),
           ("Large body, TLS: wall", partial(wall, case="TLS")),
           ("Large body, HTTP: CPU", partial(cpu, case="HTTP")),
           ("Large body, TLS: CPU", partial(cpu, case="TLS")),
           ("30 ms: moov last ÷ moov first", index_last),
           ("sources at once: CPU", cpu_of_many),
           ("sources at once: threads", threads),
           ("PLAYING after the ideal, fragmented", fragmented),
           ("PLAYING after the ideal", at_once))


def section(results: Results, marks: list[Mark]) -> str:
    """A paragraph for each mark that is not met."""
    said = []
    for mark in marks:
        if mark.met is not False:
            continue
        reason = next((text(results) for words, text in REASONS
                       if words in mark.what), "The reason is not known.")
        said.append(f"**{mark.what}** ({mark.seen}). {reason}\n")
    return "\n".join(said)
