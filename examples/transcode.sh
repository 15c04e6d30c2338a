#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Orders a clip and turns it into WebM with VP8 and Vorbis. The pictures are
# encoded here, with settings of this script. encodebin encodes the sound,
# because it makes a file without sound if the clip has none.
#
#   examples/transcode.sh "A paper boat on a rainy street" boat.webm
set -eu

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
check_arguments 'transcode.sh PROMPT FILE.webm' 2 2 "$@"
write_to "$2"

# shellcheck disable=SC2086 # several words
launch seedancesrc prompt="$(quote "$1")" $clip \
  ! decodebin name=decode \
  encodebin name=encode profile=video/webm:video/x-vp8:audio/x-vorbis \
  ! filesink location="$(quote "$part")" \
  decode. ! queue ! videoconvert \
  ! vp8enc target-bitrate=3000000 deadline=1 cpu-used=4 ! encode.video_0 \
  decode. ! encode.audio_0
finish_file
