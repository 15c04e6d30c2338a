#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What one would write without seedancesrc: order with curl, poll, download,
# play the file. Arguments go to bench-pipeline, which stands in for
# gst-launch-1.0; the environment says the rest. CLIP_URL: it was ordered.
set -euo pipefail

ask() {
  curl -fsS -H "Authorization: Bearer $SEEDANCE_API_KEY" \
    -H 'Content-Type: application/json' "$@"
}

order_and_wait() {
  local task answer

  task=$(ask -d "$(jq -n '{prompt: "a paper boat"}')" \
    "$SEEDANCE_BASE_URL/v1/videos/text-to-video" | jq -r .task_id)
  while :; do
    answer=$(ask "$SEEDANCE_BASE_URL/v1/videos/$task")
    case $(jq -r .status <<<"$answer") in
    succeeded) break ;;
    failed) exit 1 ;;
    esac
    sleep "$POLL"
  done
  jq -r .video_url <<<"$answer"
}

url=${CLIP_URL:-$(order_and_wait)}
curl -fsS --retry 5 --retry-all-errors --retry-delay 1 -o "$FILE" "$url"
exec "$BENCH_PIPELINE" "$@"
