#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Tests where the plugin is installed, and whether a build can be used without
# being installed.
set -eu

# shellcheck source-path=SCRIPTDIR/../.. source=tests/examples/lib.sh
. "$(dirname "$0")/../examples/lib.sh"

unset GST_PLUGIN_PATH GST_PLUGIN_PATH_1_0
export GST_REGISTRY=${scratch:?}/registry.bin

# Prints the folder that GStreamer loads its own plugins from.
gstreamer_folder() {
  gst-inspect-1.0 coreelements |
    sed -n 's/^ *Filename *\(.*\)\/[^/]*$/\1/p'
}

# Prints where a build with the prefix $1 would install the plugin. Meson asks
# dpkg-architecture for the library folder. The failing program of that name
# makes meson guess, as on systems without it.
folder_for() {
  mkdir -p bin
  printf '#!/bin/sh\nexit 1\n' >bin/dpkg-architecture
  chmod +x bin/dpkg-architecture
  rm -rf configured
  PATH=$PWD/bin:$PATH meson setup configured "$SEEDANCE_SOURCE_ROOT" \
    --prefix="$1" -Dtests=disabled -Dlocal-service=disabled >setup.log ||
    { cat setup.log && return 1; }
  meson introspect --installed configured |
    sed -n 's/.*: "\([^"]*\)\/libgstseedance\.so".*/\1/p'
}

prefix_of_gstreamer() {
  local folder

  folder=$(folder_for "$(pkg-config --variable=prefix gstreamer-1.0)")
  echo "installed in $folder, looked for in $(gstreamer_folder)"
  [ -n "$folder" ]
  [ "$(realpath -m "$folder")" = "$(realpath "$(gstreamer_folder)")" ]
}

another_prefix() {
  local folder

  folder=$(folder_for /opt/seedance)
  echo "installed in $folder, GStreamer's is $(gstreamer_folder)"
  [[ $folder == /opt/seedance/* ]]
  [ "${folder#/opt/seedance}" = \
    "$(pkg-config --variable=pluginsdir gstreamer-1.0 |
      sed "s|^$(pkg-config --variable=prefix gstreamer-1.0)||")" ]
}

# An installation with DESTDIR is complete, and works from there.
staged() {
  local plugin

  DESTDIR=$PWD/stage meson install -C "$BUILD_DIR" --no-rebuild >install.log
  plugin=$(find "$PWD/stage" -name libgstseedance.so)
  [ -n "$plugin" ]
  GST_PLUGIN_PATH=$(dirname "$plugin") gst-inspect-1.0 seedancesrc >inspected
  grep -q "Filename *.*/stage/" inspected
  "$(find "$PWD/stage" -path '*/bin/seedance-tasks')" --help
}

devenv() {
  meson devenv -C "$BUILD_DIR" gst-inspect-1.0 seedancesrc >inspected
  grep -q "Filename *$BUILD_DIR/" inspected
  meson devenv -C "$BUILD_DIR" seedance-tasks --help
}

# The plugin folders that the user has set are kept.
devenv_adds() {
  # shellcheck disable=SC2016 # The inner shell expands it.
  GST_PLUGIN_PATH=/the/users/own meson devenv -C "$BUILD_DIR" \
    sh -c 'echo "$GST_PLUGIN_PATH"' | grep -q "^$BUILD_DIR/.*:/the/users/own$"
}

test_case 'with the prefix of GStreamer it is where GStreamer looks' \
  prefix_of_gstreamer
test_case 'with another prefix it is in the same folder below' another_prefix
test_case 'DESTDIR is honoured' staged
test_case 'meson devenv finds the plugin' devenv
test_case 'meson devenv keeps the plugin folders of the user' devenv_adds
end_tests
