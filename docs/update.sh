#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Makes the picture of the README anew: the contact sheet that the quick start
# leaves, with the clip of the local service.
#
#   docs/update.sh
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

env -u SEEDANCE_API_KEY -u SEEDANCE_BASE_URL \
  CLIP="resolution=720p duration=5 seed=5" \
  "$root/examples/quickstart.sh" \
  'A paper boat on a rainy street' "$folder/made"
# Small enough to live in the repository.
gst-launch-1.0 -q filesrc "location=$folder/made/contact-sheet.png" ! pngdec \
  ! videoconvert ! videoscale method=lanczos ! video/x-raw,width=800,height=487 \
  ! jpegenc quality=75 snapshot=true \
  ! filesink "location=$root/docs/quickstart.jpg"
