#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Orders a clip and serves it by RTSP, to any number of viewers.

  examples/rtsp.py [--port PORT] PROMPT

One order, however many viewers come: reuse=always. The clip is fetched before
the server starts, because no viewer waits for minutes. Only the pictures are
served; they are not encoded again, so the clip has to be H.264.

It needs Debian's gir1.2-gst-rtsp-server-1.0. CLIP in the environment means what
it means for play.sh.
"""

import argparse
import os
import signal
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

CLIP = os.environ.get("CLIP", "resolution=720p duration=5")


def source(prompt):
    quoted = prompt.replace("\\", "\\\\").replace('"', '\\"')
    return f'seedancesrc prompt="{quoted}" reuse=always {CLIP}'


def fetch(prompt):
    """Whether the clip is there now; what it costs, it costs here."""
    pipeline = Gst.parse_launch(source(prompt) + " ! fakesink")
    pipeline.set_state(Gst.State.PLAYING)
    kinds = (Gst.MessageType.EOS | Gst.MessageType.ERROR |
             Gst.MessageType.PROGRESS)
    while True:
        message = pipeline.get_bus().timed_pop_filtered(
            Gst.CLOCK_TIME_NONE, kinds)
        if message.type != Gst.MessageType.PROGRESS:
            break
        print(message.parse_progress()[2], flush=True)
    pipeline.set_state(Gst.State.NULL)
    if message.type == Gst.MessageType.ERROR:
        print(f"Error: {message.parse_error()[0].message}", file=sys.stderr)
        return False
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8554)
    parser.add_argument("prompt", metavar="PROMPT")
    options = parser.parse_args()
    if not 0 <= options.port <= 65535:
        parser.error("--port wants a number from 0 to 65535; 0 is any free one. "
                     "Nothing was ordered.")
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    Gst.init(None)
    try:
        fetched = fetch(options.prompt)
    except GLib.Error as error:
        parser.error(f"{error.message}. Nothing was ordered.")
    if not fetched:
        return 1

    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(
        f"( {source(options.prompt)} ! qtdemux ! h264parse "
        "! rtph264pay name=pay0 pt=96 config-interval=-1 )")
    # All viewers share one pipeline.
    factory.set_shared(True)
    server = GstRtspServer.RTSPServer()
    server.set_service(str(options.port))
    server.get_mount_points().add_factory("/clip", factory)
    if not server.attach(None):
        print(f"Port {options.port} is in use. Name another one with --port.",
              file=sys.stderr)
        return 1
    print(f"rtsp://127.0.0.1:{server.get_bound_port()}/clip", flush=True)
    GLib.MainLoop().run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
