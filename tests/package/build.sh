#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# First half of tests/package.sh: builds the packages, from a copy of the clone
# and in the root that tests/debian.sh keeps. Writes a tar of the packages and
# the results (TAP) to the standard output. With --short it builds the packages
# once, without the tarball and the debug symbols, and lintian looks for errors
# only.
set -euo pipefail

short=${1-}

SEEDANCE_SOURCE_ROOT=$(cd "$(dirname "$0")/../.." && pwd)
BUILD_DIR=$SEEDANCE_SOURCE_ROOT/build
# shellcheck source-path=SCRIPTDIR/../.. source=tests/setup.sh
root=$SEEDANCE_SOURCE_ROOT . "$SEEDANCE_SOURCE_ROOT/tests/setup.sh"
packages+=(build-essential debhelper dpkg-dev lintian)
[ -n "$short" ] || packages+=(faketime git)
install_packages >&2
# shellcheck source-path=SCRIPTDIR/../.. source=tests/examples/lib.sh
. "$SEEDANCE_SOURCE_ROOT/tests/examples/lib.sh"
first=${scratch:?}/build
second=$scratch/another/place
mkdir -p "$first" "$second"
export DEB_BUILD_OPTIONS=nocheck

# Commits all files to a new repository, because `meson dist` takes them from
# git.
tarball() {
  cp -a "$SEEDANCE_SOURCE_ROOT" clone
  cd clone
  rm -rf .git build*
  git init --quiet
  git add --all
  git -c user.name=test -c user.email=test@localhost commit --quiet -m all
  meson setup build -Dtests=disabled -Dlocal-service=disabled
  meson dist -C build --no-tests
  mv build/meson-dist/gst-seedance-*.tar.xz "$scratch"
}

# Debian's changelog, meson and CHANGELOG.md name the same version.
versions() {
  local version

  version=$(dpkg-parsechangelog -l "$SEEDANCE_SOURCE_ROOT/debian/changelog" \
    -S Version)
  [ -e "gst-seedance-$version.tar.xz" ]
  grep -m 1 '^## ' "$SEEDANCE_SOURCE_ROOT/CHANGELOG.md" | grep -F "$version"
}

build_in() {
  tar -C "$1" -xf gst-seedance-*.tar.xz
  cd "$1"/gst-seedance-*/
  shift
  "$@" dpkg-buildpackage --no-sign
}

from_tarball() {
  local name

  build_in "$first" env
  for name in gstreamer1.0-seedance seedance-tools seedance-local \
    {gstreamer1.0-seedance,seedance-tools,seedance-local}-dbgsym; do
    compgen -G "$first/${name}_*.deb" || { echo "no $name"; return 1; }
  done
}

# Builds only the binary packages, which is all that an installation needs.
from_clone() {
  local name

  cp -a "$SEEDANCE_SOURCE_ROOT" "$first/clone"
  cd "$first/clone"
  rm -rf build*
  DEB_BUILD_OPTIONS='nocheck noautodbgsym' \
    dpkg-buildpackage --no-sign --build=binary
  for name in gstreamer1.0-seedance seedance-tools seedance-local; do
    compgen -G "$first/${name}_*.deb" || { echo "no $name"; return 1; }
  done
}

no_errors() {
  lintian --allow-root --tag-display-limit 0 --fail-on error "$first"/*.changes
}

# lintian finds nothing, apart from three tags that do not apply: seedance-local
# calls no function that has a fortified form; "$(dirname "$0")" works in every
# shell, not in bash alone; and the version of Debian's policy is that of the
# older of the two releases.
nothing_found() {
  lintian --allow-root --display-info --pedantic --tag-display-limit 0 \
    --suppress-tags hardening-no-fortify-functions \
    --suppress-tags bash-term-in-posix-shell \
    --suppress-tags out-of-date-standards-version \
    --fail-on error,warning,info,pedantic "$first"/*.changes
}

# A build in another folder, a year later, in another time zone and language,
# gives the same bytes.
again() {
  local file

  build_in "$second" env TZ=Pacific/Kiritimati LC_ALL=C HOME=/nowhere \
    faketime -f +400d
  for file in "$first"/*.{deb,tar.xz}; do
    cmp "$file" "$second/${file##*/}"
  done
}

{
  if [ -n "$short" ]; then
    test_case 'the packages build' from_clone
    test_case 'lintian finds no errors' no_errors
  else
    test_case 'meson dist makes a tarball' tarball
    test_case 'all agree on the version' versions
    test_case 'its packages build' from_tarball
    test_case 'lintian finds nothing' nothing_found
    test_case 'they are the same bytes when built elsewhere and later' again
  fi
  end_tests
} >"$first/build.tap"
cd "$first"
shopt -s nullglob
tar -cf - -- *.tap *.deb *.changes
