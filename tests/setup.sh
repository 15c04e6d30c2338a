# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the quick start and the test scripts share: the list of Debian 12's and
# 13's packages that are needed, and the build. To be sourced, with $root set to
# the folder of the clone. BUILD_DIR names the build folder (default: build in
# the clone). NO_INSTALL=1 installs nothing. WERROR=1 builds with warnings as
# errors, and without the deprecated functions of GLib and GStreamer.

build_dir=${BUILD_DIR:-$root/build}

packages=(
  # To build.
  gcc libc6-dev meson ninja-build pkgconf
  libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev
  libcurl4-openssl-dev libcjson-dev libsqlite3-dev libsoup-3.0-dev
  # To run pipelines: tools, demuxers, decoders and encoders.
  gstreamer1.0-tools gstreamer1.0-x gstreamer1.0-plugins-base
  gstreamer1.0-plugins-base-apps
  gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
  gstreamer1.0-plugins-ugly gstreamer1.0-libav
  # To talk to services, and to draw prompts in any script.
  ca-certificates curl openssl fonts-dejavu-core fonts-droid-fallback
  # To inspect files with tools other than GStreamer.
  ffmpeg gstreamer1.0-plugins-base-apps jq
  # To run the examples in Python.
  python3-gi gir1.2-gst-plugins-base-1.0 gir1.2-gst-rtsp-server-1.0
  gir1.2-ges-1.0
)

die() {
  printf '%s\n' "$*" >&2
  exit 1
}

# The tests set their own values, and a user's limit would fail them.
unset_settings() {
  unset SEEDANCE_API_KEY SEEDANCE_BASE_URL SEEDANCE_PROVIDER \
    SEEDANCE_STATE_DIR SEEDANCE_STATE_MAX_SIZE SEEDANCE_BUDGET \
    SEEDANCE_URI_SUBMIT
}

# Runs a command and shows its output only if it fails.
quietly() {
  local log status=0

  log=$(mktemp)
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ "$status" -ne 0 ]; then
    cat "$log" >&2
    printf 'Failed: %s\n' "$*" >&2
  fi
  rm -f "$log"
  return "$status"
}

missing_packages() {
  dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" \
    2>/dev/null |
    awk -v wanted="${packages[*]}" '
      $1 == "installed" { there[$2] = 1 }
      END {
        n = split (wanted, names, " ")
        for (i = 1; i <= n; i++)
          if (!(names[i] in there))
            print names[i]
      }'
}

install_packages() {
  local missing as_root=()

  if [ -n "${NO_INSTALL-}" ]; then
    return
  fi
  if ! command -v dpkg-query >/dev/null; then
    printf 'This is not Debian; going on with what is installed.\n' >&2
    return
  fi
  mapfile -t missing < <(missing_packages)
  [ "${#missing[@]}" -gt 0 ] || return 0

  printf 'Installing %d packages with apt, once; this can take minutes.\n' \
    "${#missing[@]}"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || lack "There is no sudo."
    sudo -v || lack "sudo does not let you."
    as_root=(sudo)
  fi
  as_root+=(flock /var/cache/apt/gst-seedance.lock
    env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
  # If two of these scripts run at once, apt waits for only one of its locks.
  # flock makes the second script wait.
  quietly "${as_root[@]}" update || lack
  quietly "${as_root[@]}" -y --no-install-recommends install "${missing[@]}" ||
    lack "Is there a network?"
}

# Ends the script and says how to install the missing packages by hand.
lack() {
  die "These packages are missing. $*
Install them as root, and run the same again:

  apt-get update
  apt-get install --no-install-recommends ${missing[*]}

NO_INSTALL=1 goes on without them."
}

# The tests and the local service are enabled explicitly: otherwise a missing
# library would leave them out silently.
build_options=(-Dtests=enabled -Dlocal-service=enabled)
if [ -n "${WERROR-}" ]; then
  build_options+=(--werror
    -Dc_args='-DGST_DISABLE_DEPRECATED -DG_DISABLE_DEPRECATED')
fi

# Builds the given targets, or all of them.
build() {
  if [ ! -f "$build_dir/build.ninja" ]; then
    quietly meson setup "$build_dir" "$root" "${build_options[@]}" || return
  fi
  quietly ninja -C "$build_dir" "$@"
}
