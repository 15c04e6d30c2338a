#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Measures seedancesrc against what else fetches a clip, and writes
# docs/benchmark.md. Installs what is missing and builds first.
#
#   tests/benchmark/run.sh            all of it, a quarter of an hour
#   tests/benchmark/run.sh --quick    fewer rounds, within five minutes
#   tests/benchmark/run.sh --smoke    only whether it works; writes nothing
#   tests/benchmark/run.sh --before   all of it, with the marks of the run before
#                                     beside: is it the same story?
#
# More options: --docs FOLDER writes there; --rows NAME… measures these rows
# only and shows their marks.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
export BUILD_DIR=${BUILD_DIR:-$root/build-benchmark}
# shellcheck source-path=SCRIPTDIR/../.. source=tests/setup.sh
. "$root/tests/setup.sh"

level=full
docs=(--docs "$root/docs")
before=()
rest=()
while [ $# -gt 0 ]; do
  case $1 in
  --quick) level=quick ;;
  --smoke) level=smoke docs=() ;;
  --before) before=(--before) ;;
  --docs) docs=(--docs "${2:?--docs wants a folder}") && shift ;;
  --rows) docs=() && rest=("$@") && break ;;
  *) die "What is $1? See the head of $0." ;;
  esac
  shift
done

packages+=(jq openssl python3 util-linux glib-networking)
[ ${#docs[@]} -eq 0 ] || packages+=(python3-matplotlib)
install_packages

# A machine that had all packages may have no lists of them.
fetch_nginx() {
  local as_root=()

  apt-get download nginx >/dev/null 2>&1 && return
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  quietly "${as_root[@]}" apt-get update && quietly apt-get download nginx
}

# nginx is unpacked and not installed: its package would start a web server
# for all of the network, and again whenever the machine starts.
if ! command -v nginx >/dev/null && [ ! -x /usr/sbin/nginx ]; then
  mkdir -p "$build_dir/nginx"
  if [ ! -x "$build_dir/nginx/usr/sbin/nginx" ]; then
    [ -z "${NO_INSTALL-}" ] || die 'There is no nginx.'
    (
      cd "$build_dir/nginx" &&
        fetch_nginx &&
        dpkg-deb -x nginx_*.deb .
    ) || die 'nginx could not be fetched.'
  fi
  export PATH=$build_dir/nginx/usr/sbin:$PATH
fi

# A build of its own, optimized as a distribution's is.
build_options+=(--buildtype=release)
build gst/seedance/libgstseedance.so tests/service/seedance-local \
  bench-programs

# Hundreds of sources have thousands of files open.
ulimit -n "$(ulimit -H -n)"
cd "$root/tests/benchmark"
export PYTHONDONTWRITEBYTECODE=1
# Debian's, which is the one that has matplotlib.
exec /usr/bin/python3 -m bench "$level" --build "$build_dir" "${docs[@]}" \
  "${before[@]}" "${rest[@]}"
