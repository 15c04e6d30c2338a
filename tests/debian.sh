#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Runs a command on another Debian release: in a copy of this clone, in a root
# made with debootstrap. Without a command it builds with gcc and with clang,
# with warnings as errors, and runs the suites check, unit, install, serve and
# examples. With SHORT=1 it runs of check only the suites in which GStreamer
# itself does most of the work, and of examples only the tests of the documents.
#
#   tests/debian.sh trixie
#   tests/debian.sh bookworm examples/quickstart.sh "A paper boat" /tmp/out
#   FRESH=1 tests/debian.sh trixie bash
#   CLEAN=1 tests/debian.sh trixie tests/package/install.sh
#
# With CLEAN=1 the command runs in a root that has only what every Debian has.
# What it changes there is lost afterwards, except for apt's downloads.
#
# Needs root. The packages come from the mirror of this machine's apt. The root
# is kept in ~/.cache/gst-seedance for the next run; FRESH=1 makes it anew. Each
# run copies the clone to /src in it. The results are left beside the build, in
# build-trixie/.
#
# If no root can be made, the script says so loudly and exits with 77.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source-path=SCRIPTDIR/.. source=tests/setup.sh
. "$root/tests/setup.sh"

[ $# -gt 0 ] || die "Which Debian? $0 trixie"
release=$1
shift
cache=${XDG_CACHE_HOME:-~/.cache}/gst-seedance
system=$cache/$release${CLEAN:+-clean}
left=$build_dir-$release

skip() {
  printf '\n*** SKIPPED: nothing was tried on Debian %s. %s ***\n\n' \
    "$release" "$1" >&2
  mkdir -p "$left"
  printf 'ok - Debian %s # SKIP %s\n' "$release" "$1" >"$left/skipped.tap"
  [ -z "${RESULTS-}" ] || echo "$left/skipped.tap" >>"$RESULTS"
  exit 77
}

# Prints the mirror from which apt gets this system's packages. It has the other
# releases, too.
mirror() {
  local codename

  # shellcheck source=/dev/null
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
  # shellcheck disable=SC2016 # apt fills these in.
  apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' \
    'Created-By: Packages' 2>/dev/null |
    awk -v codename="$codename" \
      '$1 == codename && $2 == "main" && !seen++ { print $3 }'
}

# Copies apt's settings for downloads, such as proxies, into the root.
settle_apt() {
  local target=$1

  mkdir -p "$target/etc/apt/apt.conf.d" "$target/etc/dpkg/dpkg.cfg.d"
  apt-config dump | grep '^Acquire::' >"$target/etc/apt/apt.conf.d/90host"
  # The root can be made again, so it need not survive a power failure.
  echo force-unsafe-io >"$target/etc/dpkg/dpkg.cfg.d/unsafe"
  {
    printf 'path-exclude=/usr/share/%s/*\n' doc man locale
    printf 'path-include=/usr/share/%s/*seedance*\n' doc man
  } >"$target/etc/dpkg/dpkg.cfg.d/small"
}

make_root() {
  local from new=$system.new

  from=$(mirror)
  printf 'Making a root of Debian %s in %s, once.\n' "$release" "$system" >&2
  rm -rf "$system" "$new"
  mkdir -p "$new"
  settle_apt "$new"
  quietly debootstrap --variant=minbase "$release" "$new" ${from:+"$from"} ||
    return
  mv "$new" "$system"
}

# Copies the tracked and the new files, but no build.
copy_clone() {
  rm -rf "$system/src"
  mkdir "$system/src"
  if git -C "$root" rev-parse 2>/dev/null; then
    git -C "$root" ls-files -z --cached --others --exclude-standard |
      tar -C "$root" --null --ignore-failed-read -cf - -T - 2>/dev/null |
      tar -C "$system/src" -xf -
  else
    tar -C "$root" --exclude='./build*' -cf - . | tar -C "$system/src" -xf -
  fi
}

# Runs the command in the root. Its mounts and processes vanish with the
# namespace.
enter() {
  [ ! -e /etc/resolv.conf ] || cp -L /etc/resolv.conf "$system/etc/resolv.conf"
  # shellcheck disable=SC2016 # The inner shell expands these.
  unshare --mount --pid --fork --kill-child bash -euc '
    system=$1
    shift
    if [ -n "${CLEAN-}" ]; then
      over=$system.over
      mkdir -p "$over"
      mount -t tmpfs tmpfs "$over"
      mkdir "$over/upper" "$over/work" "$over/root"
      mount -t overlay overlay "$over/root" \
        -o "lowerdir=$system,upperdir=$over/upper,workdir=$over/work"
      mount --bind "$system/var/cache/apt/archives" \
        "$over/root/var/cache/apt/archives"
      system=$over/root
    fi
    mount -t proc proc "$system/proc"
    mount --rbind --make-rslave /dev "$system/dev"
    mount -t tmpfs tmpfs "$system/tmp"
    exec chroot "$system" env -i HOME=/root TERM="${TERM-dumb}" LANG=C.UTF-8 \
      PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin \
      ${CI:+"CI=$CI"} ${http_proxy:+"http_proxy=$http_proxy"} \
      sh -ec "cd /src; exec \"\$@\"" sh "$@"
  ' bash "$system" "$@"
}

[ "$(id -u)" -eq 0 ] || skip 'That needs root.'
unshare --mount --pid --fork true 2>/dev/null ||
  skip 'This system allows no namespaces.'
packages=(debootstrap)
(install_packages) >&2 || skip 'debootstrap could not be installed.'
command -v debootstrap >/dev/null || skip 'There is no debootstrap.'

mkdir -p "$cache"
exec 9>"$system.lock"
flock 9
if [ -n "${FRESH-}" ] || [ ! -d "$system" ]; then
  make_root || skip 'The root could not be made.'
fi
copy_clone
if [ $# -gt 0 ]; then
  enter "$@"
  exit
fi

results=("$left/testlog-$release.json" "$left/$release-compilers.tap")
rm -rf "$left"
mkdir -p "$left"
[ -z "${RESULTS-}" ] || printf '%s\n' "${results[@]}" >>"$RESULTS"
status=0
suites=(--suite unit --suite install --suite serve)
if [ -n "${SHORT-}" ]; then
  for name in around branches bytes decode inherited inside linked playing seek states \
    submit; do
    suites+=(--suite "$name")
  done
  suites+=(--suite documents)
else
  suites+=(--suite check --suite examples)
fi
# A few moments for the stop tests suffice there: what is stopped matters more
# than when. CI is unset to leave out the browser, as the page is the same on
# every Debian.
enter env CI= WERROR=1 SEEDANCE_STOP_MOMENTS=5 tests/run.sh "${suites[@]}" \
  --num-processes "$(($(nproc) * 2))" || status=1
enter tests/compilers.sh || status=1
cp "$system/src/build/meson-logs/testlog.json" "${results[0]}" || status=1
cp "$system/src/build-compilers/compilers.tap" "${results[1]}" || status=1
exit "$status"
