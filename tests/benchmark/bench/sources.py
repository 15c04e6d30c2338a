# SPDX-License-Identifier: LGPL-2.1-or-later
"""Those who fetch, and how each is run on a clip."""

import json
import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .media import Media
from .processes import cost_of, running
from .servers import KEY, Nginx, Service
from .settings import Level, Places

OURS = "seedancesrc"
SOUP = "souphttpsrc"
CURL = "curlhttpsrc"
BUFFER = "souphttpsrc ! downloadbuffer"
FILE = "filesrc"
BARE = "bare libcurl"
SCRIPT = "curl + jq script"
FAKE = "fakesrc"
DISK = "the disk alone"

PIPELINES = (OURS, SOUP, CURL)
BY_HAND = Path(__file__).parent.parent / "by-hand.sh"


@dataclass(frozen=True)
class Clip:
    """Where a clip is: on the network, and on the disk."""

    url: str
    path: Path
    tls: bool = False


class Bench:
    """All that a row needs to measure."""

    def __init__(self, places: Places, level: Level, media: Media,
                 nginx: Nginx, service: Service):
        self.places = places
        self.level = level
        self.media = media
        self.nginx = nginx
        self.service = service
        self.count = 0

    def run_name(self) -> str:
        """Marks the requests of one run in nginx' log."""
        self.count += 1
        return f"r{self.count}"

    def clip(self, name: str, port: int | None = None, run: str = "",
             tls: bool = False, folder: str = "") -> Clip:
        scheme = "https" if tls else "http"
        port = port or (self.nginx.tls if tls else self.nginx.plain)
        return Clip(f"{scheme}://127.0.0.1:{port}{folder}/{name}?run={run}",
                    self.media.path(name), tls)

    def source(self, subject: str, clip: Clip, more: str = "") -> str:
        """The beginning of a launch line."""
        trust = f" ssl-ca-file={self.nginx.ca}" if clip.tls else ""
        if clip.tls and subject in (SOUP, BUFFER):
            # Debian 12's takes no ssl-ca-file, so it is spared the check.
            trust = " ssl-strict=false"
        if subject == OURS:
            return (f'seedancesrc prompt="a paper boat %COPY%" max-size=0'
                    f" poll-interval=100{trust} {more}")
        if subject == FILE:
            return f"filesrc location={clip.path} {more}"
        if subject == BUFFER:
            return (f'souphttpsrc location="{clip.url}"{trust}'
                    " ! downloadbuffer temp-template="
                    f"{self.places.scratch}/buffer-XXXXXX")
        return f'{subject} location="{clip.url}"{trust}'

    def environment(self, state: Path) -> dict:
        kept = {name: value for name, value in os.environ.items()
                if not name.lower().endswith("_proxy")
                and not name.startswith(("SEEDANCE_", "GST_"))}
        return kept | {
            "GST_PLUGIN_PATH_1_0": str(self.places.plugin),
            "GST_REGISTRY_1_0": str(self.places.build / "benchmark.registry"),
            "SEEDANCE_API_KEY": KEY,
            "SEEDANCE_BASE_URL": self.service.base,
            "SEEDANCE_STATE_DIR": str(state),
            "SEEDANCE_STATE_MAX_SIZE": str(1 << 40),
            "BENCH_PIPELINE": str(self.places.tools / "bench-pipeline"),
        }

    @contextmanager
    def state(self):
        """A folder of its own for every run: each orders and downloads. Its
        files are emptied and not removed: for half a minute after many were, a
        file system without a journal makes new ones slowly."""
        folder = Path(tempfile.mkdtemp(prefix="state-",
                                       dir=self.places.scratch))
        try:
            yield folder
        finally:
            for path in folder.rglob("*"):
                if path.is_file():
                    os.truncate(path, 0)

    def pipeline(self, line: str, *options, state: Path | None = None) -> dict:
        if state is None:
            with self.state() as folder:
                return self.pipeline(line, *options, state=folder)
        return self.driver("bench-pipeline", *options, line, state=state)

    def driver(self, program: str, *words, state: Path) -> dict:
        output, cost = cost_of([self.places.tools / program, *words],
                               self.environment(state), 300)
        if not output:
            raise RuntimeError(cost.get("error", "no result"))
        return from_url(json.loads(output))

    def fetch(self, subject: str, clip: Clip, rest: str, *options,
              more: str = "") -> dict:
        """One run of a source on a clip."""
        if subject == BARE:
            trust = [f"--ca-file={self.nginx.ca}"] if clip.tls else []
            with self.state() as state:
                return self.driver("bench-curl", *trust, *options, clip.url,
                                   state=state)
        if subject == OURS:
            self.service.hand_out(clip.url)
        return self.pipeline(self.source(subject, clip, more) + " ! " + rest,
                             *options)

    def write(self, size: int) -> dict:
        """What the disk takes for so many bytes that are to last."""
        with self.state() as state:
            command = ["dd", "if=/dev/zero", f"of={state}/clip", "bs=2M",
                       f"count={size >> 21}", "conv=fsync"]
            _, cost = cost_of([*command, "oflag=direct"],
                              self.environment(state), 300)
            # Not every file system knows how.
            if "error" in cost:
                _, cost = cost_of(command, self.environment(state), 300)
        return {"eos-since-url": cost["wall"],
                "cpu": cost["user-ms"] + cost["system-ms"]}

    def by_hand(self, rest: str, *options, poll: float = 2,
                url: str = "") -> dict:
        """The script: order, poll, download, play. With a URL it has been
        ordered before."""
        with self.state() as state:
            clip = state / "clip.mp4"
            environment = self.environment(state) | {
                "CLIP_URL": url, "POLL": str(poll), "FILE": str(clip),
                "CURL_CA_BUNDLE": str(self.nginx.ca)}
            output, cost = cost_of(
                ["bash", BY_HAND, *options,
                 f"filesrc location={clip} ! {rest}"], environment, 300)
        if not output:
            return {"error": cost.get("error", "no result")}
        result = json.loads(output)
        return with_download(result, cost)

    @contextmanager
    def until_input(self, program: str, *words, extra: dict | None = None):
        """A driver that stops when it is told so; stop_it() reads its
        result."""
        with self.state() as state:
            environment = self.environment(state) | (extra or {})
            command = [self.places.tools / program, "--end=input", *words]
            with running(command, self.places.scratch / "stops.log",
                         env=environment) as process:
                yield process


def stop_it(process) -> dict:
    output, _ = process.communicate(b"\n", timeout=60)
    return json.loads(output)


def from_url(result: dict) -> dict:
    """Peers are given the clip's URL; for ours the clock starts when it has
    found it out. What came before is told beside."""
    known = result.get("url-known") or 0
    for name in ("first", "eos", "played"):
        at = result.get(name)
        result[name + "-since-url"] = None if at is None else at - known
    result["cpu"] = result["user-ms"] + result["system-ms"]
    return result


def with_download(result: dict, cost: dict) -> dict:
    """All that the script did counts, not its last step alone."""
    before = cost["wall"] - (result.get("eos") or result.get("first") or 0)
    if result.get("first") is not None:
        result["first-since-url"] = before + result["first"]
    result["eos-since-url"] = cost["wall"]
    result["cpu"] = cost["user-ms"] + cost["system-ms"]
    if "error" in cost:
        result["error"] = cost["error"]
    return result
