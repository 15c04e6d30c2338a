#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The least that an application does with a clip: order it once, show how far
it is, play it without a stutter, and act on errors.

  clip.py PROMPT "decodebin ! videoconvert ! autovideosink"
  clip.py PROMPT "filesink location=clip.mp4"
"""

import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402


class App:
    def __init__(self, prompt, rest):
        self.loop = GLib.MainLoop()
        # A prompt may contain anything, so it is set as a property, not parsed.
        self.pipeline = Gst.parse_launch(
            f"seedancesrc name=clip resolution=480p duration=5 ! {rest}")
        clip = self.pipeline.get_by_name("clip")
        clip.set_property("prompt", prompt)
        # A second run plays the same clip and costs nothing.
        clip.set_property("reuse", "always")
        self.prerolled = False  # the first picture is there
        self.open = 0  # operations that have begun and not ended
        self.buffering = 100  # percent of what is needed to play through
        self.status = 0

    def run(self):
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message::progress", self.on_progress)
        bus.connect("message::buffering", self.on_buffering)
        bus.connect("message::async-done", self.on_async_done)
        bus.connect("message::error", self.on_error)
        bus.connect("message::eos", lambda bus, message: self.loop.quit())
        # From here on money may be spent.
        self.pipeline.set_state(Gst.State.PAUSED)
        self.loop.run()
        self.pipeline.set_state(Gst.State.NULL)
        return self.status

    # The pipeline stays in PAUSED while the clip is being made or arrives too
    # slowly. To play then would lose frames.
    def update(self):
        ready = self.prerolled and self.open == 0 and self.buffering == 100
        self.pipeline.set_state(
            Gst.State.PLAYING if ready else Gst.State.PAUSED)

    def on_progress(self, bus, message):
        kind, _, text = message.parse_progress()
        print(text)
        if kind == Gst.ProgressType.START:
            self.open += 1
        elif kind != Gst.ProgressType.CONTINUE:
            self.open -= 1
        self.update()

    def on_buffering(self, bus, message):
        self.buffering = message.parse_buffering()
        self.update()

    def on_async_done(self, bus, message):
        self.prerolled = True
        self.update()

    # The error's text is for people. A program looks at the reason, one word.
    def on_error(self, bus, message):
        error, _ = message.parse_error()
        details = message.parse_error_details()
        reason = details.get_string("reason") if details else None
        print(error.message, file=sys.stderr)
        if reason == "moderation":
            print("Ask for something else.", file=sys.stderr)
        elif reason == "maybe-billed":
            print("Look at the service's list of tasks first.", file=sys.stderr)
        self.status = 1
        self.loop.quit()


def main():
    if len(sys.argv) != 3 or "--help" in sys.argv:
        print('usage: clip.py PROMPT PIPELINE')
        return 0 if "--help" in sys.argv else 1
    Gst.init(None)
    return App(*sys.argv[1:]).run()


if __name__ == "__main__":
    sys.exit(main())
