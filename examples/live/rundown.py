#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Puts prompts on air one after the other, and tells what was shown.

  examples/live/rundown.py [--folder FOLDER] [--stay] [PROMPT…]

It feeds a rundown and follows the as-run log, both files in FOLDER (default:
on-air), as a newsroom's own program would. gst-launch-1.0 plays them, in a
process of its own. Without a PROMPT, prompts are read from the standard input as
they come, one a line.

One order for each prompt. The same again with the same FOLDER goes on behind
what was on air, and orders nothing that was ordered before. It ends when all of
it was on air; with --stay it goes on until Ctrl-C, with the slate.

CLIP, VIDEO_SINK and AUDIO_SINK in the environment mean what they mean for
play.sh. Nothing but Python and GStreamer's tools is needed.
"""

import argparse
import hashlib
import json
import os
import selectors
import signal
import subprocess
import sys

CLIP = os.environ.get("CLIP", "resolution=720p duration=5")
LOOK_INTERVAL = 0.2


def parse(line):
    """The object of a line; what a crash left of one is empty."""
    try:
        return json.loads(line)
    except ValueError:
        return {}


class Rundown:
    """The file that says what shall be played. Lines are only ever appended."""

    def __init__(self, path):
        self.path = path
        self.ids = set()
        self.given = {}  # how often this run got each prompt
        if os.path.exists(path):
            with open(path, "rb") as file:
                text = file.read()
            self.ids = {parse(line).get("id") for line in text.split(b"\n")}
            if text and not text.endswith(b"\n"):
                self.write("\n")

    def append(self, prompt):
        """The id depends on the prompt and on how often it came before, so that
        the same again, after a crash, is the same item and no other order."""
        nth = self.given[prompt] = self.given.get(prompt, 0) + 1
        digest = hashlib.sha256(prompt.encode()).hexdigest()[:8]
        item = {"id": f"{digest}-{nth}", "prompt": prompt,
                "metadata": {"by": "rundown.py", "nth": nth}}
        if item["id"] not in self.ids:
            self.write(json.dumps(item, ensure_ascii=False) + "\n")
            self.ids.add(item["id"])
        return item["id"]

    def write(self, text):
        """At once: the playout never sees half a line."""
        with open(self.path, "ab", buffering=0) as file:
            file.write(text.encode())


class AsRun:
    """The log of what was on air: whole lines as they come, also when somebody
    moves it away and a new one is begun."""

    def __init__(self, path):
        self.path = path
        self.file = None
        self.rest = b""

    def read(self):
        if self.file is None and os.path.exists(self.path):
            self.file = open(self.path, "rb")
        if self.file is None:
            return
        self.rest += self.file.read()
        *lines, self.rest = self.rest.split(b"\n")
        yield from filter(None, map(parse, lines))
        if not lines and self.is_another():
            self.file.close()
            self.file, self.rest = None, b""

    def is_another(self):
        try:
            named = os.stat(self.path)
        except FileNotFoundError:
            return False
        ours = os.fstat(self.file.fileno())
        return (named.st_dev, named.st_ino) != (ours.st_dev, ours.st_ino)


class Lines:
    """Lines of the standard input, without waiting for one."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.rest = b""
        self.open = True
        try:
            self.selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        except PermissionError:  # a file, which never blocks
            pass

    def read(self):
        if self.selector.get_map() and not self.selector.select(0):
            return []
        data = os.read(sys.stdin.fileno(), 65536)
        if not data:
            self.open = False
            data = b"\n"
        *lines, self.rest = (self.rest + data).split(b"\n")
        words = [line.decode(errors="replace").strip() for line in lines]
        return [word for word in words if word]


def quote(path):
    """A value as gst-launch-1.0 reads it."""
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


def start_playout(rundown, log):
    video = os.environ.get("VIDEO_SINK") or "autovideosink"
    audio = os.environ.get("AUDIO_SINK") or "autoaudiosink"
    words = ["seedanceplayout", "name=air", f"rundown={quote(rundown)}",
             f"as-run={quote(log)}", *CLIP.split(),
             *f"air.video ! queue ! videoconvert ! {video}".split(),
             *f"air.audio ! queue ! audioconvert ! audioresample ! {audio}"
             .split()]
    # In a session of its own, because on Ctrl-C this program ends it.
    return subprocess.Popen(["gst-launch-1.0", "-q", *words],
                            stdin=subprocess.DEVNULL, start_new_session=True)


def tell(entry):
    frames, reason = entry.get("frames", 0), entry.get("reason")
    if entry.get("started"):
        print(f"{entry['started']}  {entry['id']}  {frames} frames, {reason}",
              flush=True)
    else:
        print(f"{entry['id']} was passed over: {reason}", flush=True)


def items_of(log):
    """What is new in the log, without filler, repeats and notes."""
    return [entry for entry in log.read()
            if "id" in entry and not entry.get("replay")
            and not entry.get("filler")]


def is_done(entry):
    """Not if it is played again: it was cut off, or its disk stood still."""
    return entry.get("reason") != "stopped" and not entry.get("again")


def run(rundown, log, prompts, done, stay, playout):
    waiting = {rundown.append(prompt) for prompt in prompts} - done
    lines = None if prompts else Lines()
    while playout.poll() is None:
        if lines and lines.open:
            waiting |= {rundown.append(line) for line in lines.read()} - done
        for entry in items_of(log):
            tell(entry)
            if is_done(entry):
                waiting.discard(entry["id"])
        if not waiting and not stay and not (lines and lines.open):
            return 0
        try:
            playout.wait(LOOK_INTERVAL)
        except subprocess.TimeoutExpired:
            pass
    print("The playout has ended by itself.", file=sys.stderr)
    return 1


def interrupt(number, frame):
    raise KeyboardInterrupt


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", default="on-air")
    parser.add_argument("--stay", action="store_true")
    parser.add_argument("prompts", nargs="*", metavar="PROMPT")
    options = parser.parse_args()
    if not all(prompt.strip() for prompt in options.prompts):
        parser.error("A prompt is blank. Nothing was ordered.")
    signal.signal(signal.SIGTERM, interrupt)
    os.makedirs(options.folder, exist_ok=True)
    paths = [os.path.join(os.path.abspath(options.folder), name)
             for name in ("rundown.jsonl", "as-run.jsonl")]
    log = AsRun(paths[1])
    done = {entry["id"] for entry in items_of(log) if is_done(entry)}
    playout = start_playout(*paths)
    try:
        return run(Rundown(paths[0]), log, options.prompts, done,
                   options.stay, playout)
    except KeyboardInterrupt:
        print("Stopped. The same again goes on where this ended.")
        return 130
    finally:
        if playout.poll() is None:
            playout.send_signal(signal.SIGINT)
        playout.wait()


if __name__ == "__main__":
    sys.exit(main())
