#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Orders a clip for each prompt and plays them one after the other.

  examples/play.py [--start SECONDS] [--times N] PROMPT…

One order for each prompt, and none for what was bought before. A single clip is
played with its sound, from --start on, --times in a row; of several only the
pictures are.

This is all that an application has to do for every frame to be shown, on slow
links too: it goes to PLAYING when the pipeline has prerolled, no progress is
open, and no element wants to buffer. gst-launch-1.0 does the same.

CLIP, VIDEO_SINK and AUDIO_SINK in the environment mean what they mean for
play.sh. It needs Debian's python3-gi and gir1.2-gst-plugins-base-1.0.
"""

import argparse
import os
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402

CLIP = os.environ.get("CLIP", "resolution=720p duration=5")
ONE = """
seedancesrc name=clip0 reuse=always {clip} ! decodebin name=decode
playsink name=play video-sink="{video}" audio-sink="{audio}"
decode. ! play.video_sink decode. ! play.audio_sink"""
# concat plays one input after the other.
SEVERAL = "concat name=all ! videoconvert ! {video}"
EACH = """
seedancesrc name=clip{n} reuse=always {clip} ! decodebin ! videoconvert ! all."""


def make_pipeline(prompts):
    """With reuse=always a second run plays the clips of the first one and buys
    none. The parser refuses a mistake in CLIP, which would order another
    clip."""
    words = {
        "clip": CLIP,
        "video": os.environ.get("VIDEO_SINK") or "autovideosink",
        "audio": os.environ.get("AUDIO_SINK") or "autoaudiosink",
    }
    text = ONE if len(prompts) == 1 else SEVERAL
    text = text.format(**words)
    if len(prompts) > 1:
        text += "".join(EACH.format(n=n, **words) for n in range(len(prompts)))
    pipeline = Gst.parse_launch(text)
    for n, prompt in enumerate(prompts):
        pipeline.get_by_name(f"clip{n}").set_property("prompt", prompt)
    return pipeline


class Player:
    def __init__(self, prompts, start, times):
        self.pipeline = make_pipeline(prompts)
        self.loop = GLib.MainLoop()
        self.start = start
        self.times = times
        self.open = set()  # operations that have not ended
        self.buffering = 100
        self.prerolled = False
        self.status = 0

    def run(self):
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message", self.on_message)
        # From here on money may be spent.
        self.pipeline.set_state(Gst.State.PAUSED)
        try:
            self.loop.run()
        except KeyboardInterrupt:
            print("Stopped. What was ordered is kept: run the same again.")
            self.status = 130
        self.pipeline.set_state(Gst.State.NULL)
        return self.status

    def update(self):
        ready = self.prerolled and not self.open and self.buffering == 100
        self.pipeline.set_state(
            Gst.State.PLAYING if ready else Gst.State.PAUSED)

    def seek(self, seconds):
        self.pipeline.seek_simple(
            Gst.Format.TIME, Gst.SeekFlags.FLUSH | Gst.SeekFlags.ACCURATE,
            int(seconds * Gst.SECOND))

    def on_message(self, bus, message):
        handler = {
            Gst.MessageType.PROGRESS: self.on_progress,
            Gst.MessageType.BUFFERING: self.on_buffering,
            Gst.MessageType.ASYNC_DONE: self.on_async_done,
            Gst.MessageType.EOS: self.on_eos,
            Gst.MessageType.ERROR: self.on_error,
        }.get(message.type)
        if handler:
            handler(message)

    def on_progress(self, message):
        kind, code, text = message.parse_progress()
        print(text)
        key = (message.src, code)
        if kind in (Gst.ProgressType.START, Gst.ProgressType.CONTINUE):
            self.open.add(key)
        else:
            self.open.discard(key)
        self.update()

    def on_buffering(self, message):
        self.buffering = message.parse_buffering()
        self.update()

    def on_async_done(self, message):
        if not self.prerolled and self.start:
            self.seek(self.start)
        self.prerolled = True
        self.update()

    def on_eos(self, message):
        self.times -= 1
        if self.times > 0:
            self.seek(0)  # free: the clip is on the disk
        else:
            print("Played to its end.")
            self.loop.quit()

    def on_error(self, message):
        error, _ = message.parse_error()
        details = message.parse_error_details()
        # The reason is for programs; the error's text is for people.
        reason = details.get_string("reason") if details else None
        print(f"Error: {error.message}", file=sys.stderr)
        if reason == "moderation":
            print("Ask for something else.", file=sys.stderr)
        self.status = 1
        self.loop.quit()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--start", type=float, default=0, metavar="SECONDS")
    parser.add_argument("--times", type=int, default=1, metavar="N")
    parser.add_argument("prompts", nargs="+", metavar="PROMPT")
    options = parser.parse_args()
    if not options.start >= 0 or options.times < 1:
        parser.error("--start wants seconds from 0 on, --times a number from 1 "
                     "on. Nothing was ordered.")
    if len(options.prompts) > 1 and (options.start or options.times > 1):
        parser.error("--start and --times are for one prompt.")
    Gst.init(None)
    try:
        player = Player(options.prompts, options.start, options.times)
    except GLib.Error as error:
        parser.error(f"{error.message}. Nothing was ordered.")
    return player.run()


if __name__ == "__main__":
    sys.exit(main())
