#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plays seedance: URIs, and any others, one after the other.

  examples/uri.py [--order] [--discover] [--times N] [--start SECONDS]
                  [--set NAME=VALUE]… URI…

Only what was ordered before is played, and nothing is spent, unless --order
allows an order for each URI. What --order bought is not bought again, however
often it is discovered, played or looped.

--discover tells what is in each clip instead of playing it. --set sets any
property of seedancesrc, such as provider=ark. VIDEO_SINK and AUDIO_SINK in the
environment name other sinks than the desktop's own.

It shows all that an application can know of a clip: progress, buffering, the
task and what became of it, tags, statistics, and errors with their reason. It
needs Debian's python3-gi and gir1.2-gst-plugins-base-1.0.
"""

import argparse
import os
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstPbutils", "1.0")
from gi.repository import GLib, Gst, GstPbutils  # noqa: E402

# Seconds to wait for a clip; one that is not made yet takes minutes.
PATIENCE = 3600
EXIT_INTERRUPTED = 130


def set_up(source, options):
    """Players and the discoverer call this when the source has its URI, and
    before it starts."""
    if source.get_factory().get_name() != "seedancesrc":
        return False
    source.set_property("uri-submit", options.order)
    for text in options.set:
        name, value = text.split("=", 1)
        Gst.util_set_object_arg(source, name, value)
    return True


def fields_of(structure):
    names = [structure.nth_field_name(n) for n in range(structure.n_fields())]
    return {name: structure.get_value(name) for name in names}


class Player:
    def __init__(self, options):
        self.options = options
        self.left = list(options.uris)
        self.loop = GLib.MainLoop()
        self.status = 0
        self.source = None
        self.playbin = Gst.ElementFactory.make("playbin")
        for kind in "video", "audio":
            line = os.environ.get(f"{kind.upper()}_SINK")
            if line:
                sink = Gst.parse_bin_from_description(line, True)
                self.playbin.set_property(f"{kind}-sink", sink)
        self.playbin.connect("source-setup", self.on_source_setup)
        bus = self.playbin.get_bus()
        bus.add_signal_watch()
        bus.connect("message", self.on_message)

    def run(self):
        self.play_next()
        try:
            self.loop.run()
        except KeyboardInterrupt:
            print("Stopped. What was ordered is kept: run the same again.")
            self.status = EXIT_INTERRUPTED
        self.playbin.set_state(Gst.State.NULL)
        return self.status

    def play_next(self):
        self.playbin.set_state(Gst.State.READY)
        self.open = set()  # operations that have not ended
        self.buffering = 100
        self.prerolled = False
        self.times = self.options.times
        self.playbin.set_property("uri", self.left.pop(0))
        # From here on money may be spent.
        self.playbin.set_state(Gst.State.PAUSED)

    def on_source_setup(self, playbin, source):
        if set_up(source, self.options):
            self.source = source
            # Called on the thread that posts the messages.
            source.connect("notify::current-task-id", self.on_task_id)
            print(f"Opens {source.get_uri()}")

    def on_task_id(self, source, pspec):
        print(f"Task {source.get_property('current-task-id')}")

    def update(self):
        ready = self.prerolled and not self.open and self.buffering == 100
        self.playbin.set_state(
            Gst.State.PLAYING if ready else Gst.State.PAUSED)

    def seek(self, seconds):
        self.playbin.seek_simple(
            Gst.Format.TIME, Gst.SeekFlags.FLUSH | Gst.SeekFlags.ACCURATE,
            int(seconds * Gst.SECOND))

    def on_message(self, bus, message):
        handler = {
            Gst.MessageType.PROGRESS: self.on_progress,
            Gst.MessageType.BUFFERING: self.on_buffering,
            Gst.MessageType.ASYNC_DONE: self.on_async_done,
            Gst.MessageType.ELEMENT: self.on_element,
            Gst.MessageType.TAG: self.on_tag,
            Gst.MessageType.WARNING: self.on_warning,
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
        if not self.prerolled and self.options.start:
            self.seek(self.options.start)
        self.prerolled = True
        self.update()

    def on_element(self, message):
        structure = message.get_structure()
        if structure.get_name() == "seedance-task":
            fields = fields_of(structure)
            # Seed, tokens, cost and more, if the service reports them.
            print(", ".join(f"{name}: {fields[name]}" for name in fields))

    def on_tag(self, message):
        found, title = message.parse_tag().get_string(Gst.TAG_TITLE)
        if found:
            print(f"Title: {title}")

    def on_warning(self, message):
        print(f"Warning: {message.parse_warning()[0].message}")

    def on_eos(self, message):
        self.times -= 1
        if self.times > 0:
            self.seek(0)  # free: the clip is on the disk
            return
        self.tell_end()
        if self.left:
            self.play_next()
        else:
            self.loop.quit()

    def tell_end(self):
        if not self.source:
            print("Played to its end.")
            return
        query = Gst.Query.new_uri()
        self.source.query(query)
        stats = fields_of(self.source.get_property("stats"))
        print(f"Played {query.parse_uri()} to its end, {stats['size']} bytes. "
              f"Orders sent: {stats['submits']}")
        self.source = None

    def on_error(self, message):
        error, _ = message.parse_error()
        details = message.parse_error_details()
        print(f"Error: {error.message}", file=sys.stderr)
        # The details are for programs; the error's text is for people.
        for name, value in fields_of(details).items() if details else ():
            print(f"  {name}: {value}", file=sys.stderr)
        if details and details.get_string("reason") == "uri-submit":
            print("Run it with --order to order it.", file=sys.stderr)
        self.status = 1
        self.loop.quit()


def discover(options):
    discoverer = GstPbutils.Discoverer.new(PATIENCE * Gst.SECOND)
    discoverer.connect("source-setup", lambda _, source: set_up(source, options))
    for uri in options.uris:
        try:
            info = discoverer.discover_uri(uri)
        except GLib.Error as error:
            print(f"Error: {error.message}", file=sys.stderr)
            return 1
        seconds = info.get_duration() / Gst.SECOND
        print(f"{uri}: {seconds:.2f} s")
        for stream in info.get_video_streams():
            print(f"  video {stream.get_width()}x{stream.get_height()}, "
                  f"{stream.get_framerate_num()} frames a second")
        for stream in info.get_audio_streams():
            print(f"  audio, {stream.get_sample_rate()} Hz")
    return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--order", action="store_true",
                        help="allow an order for each URI")
    parser.add_argument("--discover", action="store_true",
                        help="tell what is in the clips")
    parser.add_argument("--times", type=int, default=1, metavar="N")
    parser.add_argument("--start", type=float, default=0, metavar="SECONDS")
    parser.add_argument("--set", action="append", default=[],
                        metavar="NAME=VALUE")
    parser.add_argument("uris", nargs="+", metavar="URI")
    options = parser.parse_args()
    if not options.start >= 0 or options.times < 1:
        parser.error("--start wants seconds from 0 on, --times a number from 1 "
                     "on. Nothing was ordered.")
    for uri in options.uris:
        if not Gst.uri_is_valid(uri):
            parser.error(f"{uri} is no URI.")
    for text in options.set:
        if "=" not in text:
            parser.error(f"{text} is not NAME=VALUE.")
    Gst.init(None)
    # A setting that was ignored would order another clip.
    try:
        Gst.parse_launchv(["seedancesrc", *options.set])
    except GLib.Error as error:
        parser.error(f"{error.message}. Nothing was ordered.")
    return discover(options) if options.discover else Player(options).run()


if __name__ == "__main__":
    sys.exit(main())
