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
The end is told when the clip is on the disk, durably; the others keep nothing.
The limit is the disk: `dd` writes as many bytes around the page cache in
{number(disk)} ms, and `seedancesrc` takes {number(ours / disk)} × that."""


def cpu(results: Results, case: str) -> str:
    bare, ours, kernel = (
        results.median("throughput", case, subject, metric)
        for subject, metric in ((BARE, "cpu"), (OURS, "cpu"),
                                (OURS, "system-ms")))
    peer = SOUP if case == "HTTP" else CURL
    peers = results.values("throughput", case, peer, "cpu")
    return f"""\
Bare libcurl fetches the bytes for {number(bare)} ms of CPU, and `seedancesrc`
fetches and keeps them for {number(ours)} ms, of which {number(kernel)} ms are
the kernel's. Most of that is new pages of the page cache, which cost a machine
whose memory is given back when it is not used several times what they cost
another one. The rest is a copy out of libcurl's buffer, and waking the readers
and the disk. `{peer}`, which keeps nothing, took between
{number(min(peers))} and {number(max(peers))} ms in these rounds; the mark holds
against the least of them."""


def index_last(results: Results) -> str:
    def rounds(layout):
        values = results.values("first-frame", f"{layout}, 2 MiB/s, 30 ms",
                                OURS, "first-since-url")
        return f"{number(min(values))} to {number(max(values))} ms"

    return f"""\
The last 24 KiB are asked for together with the first ones and share the link with
them, which is 12 ms on this one; the index is the end of them. The rounds are
from {rounds("moov last")}, and with the index first from
{rounds("moov first")}."""


def cpu_of_many(results: Results) -> str:
    case = results.cases("many")[-1]
    soup, bare = (results.median("many", case, one, "cpu-each")
                  for one in (SOUP, BARE))
    return f"""\
Each source orders and polls, writes its clip into the page cache, and has the
order, its task and its clip made durable before it goes on, so that nothing that
was paid for is lost. `souphttpsrc`, which only fetches, takes {number(soup)} ms here and bare libcurl
{number(bare)} ms; on the machine of the mark `souphttpsrc` took 5.9 ms."""


def threads(results: Results) -> str:
    return """\
Three stay: the main and the network thread, and that of the state folder. Others
come for a moment: GStreamer's pool, which brings an application the news of a
source that is not asked for bytes, and, once per process, one that tidies the
state folder."""


def fragmented(results: Results) -> str:
    return """\
The message that says 100 % comes after 0.2 to 0.3 s. Then the pipeline itself
waits: before it shows anything `qtdemux`, which pulls, asks for the header behind
the first fragment of the pictures. That is a second of the clip, and takes as
long on this link with any source that can be pulled from."""


def at_once(results: Results) -> str:
    first = results.worst("slow", "moov first, 800 kB/s", SOUP,
                          "played-since-url")
    return f"""\
This link is faster than the clip, so the ideal is 0, which no source can reach:
`souphttpsrc`, which plays at once, takes {number(first or 0)} ms for its first picture, and
some of its later frames come too late. What is more here is the time until
the pace of the link can be told, a margin of 70 ms in front of what is shown,
and up to 20 ms until the next look."""


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
                       if words in mark.what), "Why is not known.")
        said.append(f"**{mark.what}** ({mark.seen}). {reason}\n")
    return "\n".join(said)
