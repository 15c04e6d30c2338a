#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Second half of tests/package.sh: installs the packages in a root that has only
# what every Debian has. The standard input is what build.sh wrote. With --short
# only the quick start of debian/tests runs.
set -euo pipefail

SEEDANCE_SOURCE_ROOT=$(cd "$(dirname "$0")/../.." && pwd)
BUILD_DIR=$SEEDANCE_SOURCE_ROOT/build
# shellcheck source-path=SCRIPTDIR/../.. source=tests/examples/lib.sh
. "$SEEDANCE_SOURCE_ROOT/tests/examples/lib.sh"
export DEBIAN_FRONTEND=noninteractive
tar -C "${scratch:?}" -xf -
chmod -R a+rX "$scratch"

# The packages depend on everything that a plain pipeline needs.
installs() {
  apt-get update
  apt-get -y --no-install-recommends install ./*seedance*.deb
  gst=$(find /usr/lib -name libgstseedance.so)
  [ -n "$gst" ]
  seedance-tasks --version
}

# Prints the packages that a test in debian/tests/control depends on; @, which
# stands for the packages of this source, is left out.
needs_of() {
  awk -v test="$1" 'BEGIN { RS = "" }
    $2 == test {
      sub (/.*Depends:/, "")
      sub (/Restrictions:.*/, "")
      gsub (/[ \n]+/, " ")
      print
    }' "$SEEDANCE_SOURCE_ROOT/debian/tests/control" | tr ',' '\n' |
    sed -e 's/ //g' -e '/^@$/d' -e '/^$/d'
}

run_test() {
  local needs

  mapfile -t needs < <(needs_of "$1")
  apt-get -y --no-install-recommends install "${needs[@]}"
  "$SEEDANCE_SOURCE_ROOT/debian/tests/$1"
}

quickstart() {
  run_test quickstart
}

tasks() {
  run_test tasks
}

# A purge leaves no file of the packages behind.
purges() {
  apt-get -y purge gstreamer1.0-seedance seedance-tools seedance-local
  [ -z "$(find /usr /etc /var/lib -name '*seedance*' -not -path '*/dpkg/*' \
    -not -path '/var/lib/apt/*')" ]
}

test_case 'the packages install where there is nothing else' installs
test_case 'debian/tests/quickstart' quickstart
if [ -z "${1-}" ]; then
  test_case 'debian/tests/tasks' tasks
  test_case 'they are purged whole' purges
fi
end_tests
