#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cuts clips together with GStreamer Editing Services.

  examples/edit.py [--order] FILE.webm URI URI…

The clips follow each other in the order of the URIs, with a fade of half a second
between two, and are written to FILE.webm with their sound. Only what was ordered
before is used, and nothing is spent, unless --order allows an order for each
URI. The editor opens a clip more than once; that costs one order.

It needs Debian's python3-gi, gir1.2-gst-plugins-base-1.0 and gir1.2-ges-1.0.
"""

import argparse
import os
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstPbutils", "1.0")
from gi.repository import GLib, Gst, GstPbutils  # noqa: E402

FADE = Gst.SECOND // 2
# Seconds to wait for a clip; one that is not made yet takes minutes.
PATIENCE = 3600


def import_ges():
    try:
        gi.require_version("GES", "1.0")
    except ValueError:
        sys.exit("edit.py needs Debian's gir1.2-ges-1.0. Nothing was ordered.")
    from gi.repository import GES
    GES.init()
    return GES


def make_timeline(ges, uris):
    """Here the editor looks at each clip, and waits until it is made."""
    timeline = ges.Timeline.new_audio_video()
    timeline.set_auto_transition(True)
    layer = timeline.append_layer()
    at = 0
    for uri in uris:
        asset = ges.UriClipAsset.request_sync(uri)
        length = asset.get_duration()
        print(f"{uri}: {length / Gst.SECOND:.2f} s")
        layer.add_asset(asset, at, 0, length, ges.TrackType.UNKNOWN)
        at += max(length - FADE, length // 2)
    timeline.commit()
    return timeline


def make_profile():
    profile = GstPbutils.EncodingContainerProfile.new(
        "webm", None, Gst.Caps.from_string("video/webm"), None)
    for kind, caps in (
            (GstPbutils.EncodingVideoProfile, "video/x-vp8"),
            (GstPbutils.EncodingAudioProfile, "audio/x-vorbis")):
        profile.add_profile(
            kind.new(Gst.Caps.from_string(caps), None, None, 0))
    return profile


def render(ges, timeline, path):
    pipeline = ges.Pipeline()
    pipeline.set_timeline(timeline)
    pipeline.set_render_settings(Gst.filename_to_uri(path), make_profile())
    pipeline.set_mode(ges.PipelineFlags.RENDER)
    pipeline.set_state(Gst.State.PLAYING)
    message = pipeline.get_bus().timed_pop_filtered(
        Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    pipeline.set_state(Gst.State.NULL)
    if message.type == Gst.MessageType.ERROR:
        raise message.parse_error()[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--order", action="store_true",
                        help="allow an order for each URI")
    parser.add_argument("file", metavar="FILE.webm")
    parser.add_argument("uris", nargs="+", metavar="URI")
    options = parser.parse_args()
    # The editor makes its source elements itself, so only the environment can
    # allow them to order.
    if options.order:
        os.environ["SEEDANCE_URI_SUBMIT"] = "1"
    os.environ.setdefault("GES_DISCOVERY_TIMEOUT", str(PATIENCE))
    Gst.init(None)
    ges = import_ges()
    part = f"{options.file}.part"
    try:
        open(part, "wb").close()
    except OSError as error:
        parser.error(f"{part}: {error.strerror}. Nothing was ordered.")
    try:
        render(ges, make_timeline(ges, options.uris), part)
    except GLib.Error as error:
        print(f"Error: {error.message}", file=sys.stderr)
        if os.path.exists(part):
            os.unlink(part)
        return 1
    os.rename(part, options.file)
    print(f"Wrote {options.file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
