# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Completes the options of seedance-local in bash: those that --help prints.

_seedance_local() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local words=''

  # "--codec=h265" comes as three words.
  if [ "$word" = '=' ]; then
    word=
  elif [ "$previous" = '=' ]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  case $previous in
  --layout) words='moov-last moov-first fragmented' ;;
  --codec) words='h264 h265' ;;
  --clip-file | --cache-dir)
    compopt -o filenames 2>/dev/null || true
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
    return
    ;;
  *)
    [[ $word == -* ]] || return 0
    words=$("${COMP_WORDS[0]}" --help 2>/dev/null |
      sed -n 's/^  \(-[a-z], \)\{0,1\}\(--[a-z-]*\).*/\2/p')
    ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _seedance_local seedance-local
