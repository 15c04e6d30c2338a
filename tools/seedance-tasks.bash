# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Completes the words of seedance-tasks in bash. Commands and options are those
# that --help prints, so they are never out of date.

# The words after which the command line goes on: commands, and which of them
# want a word of their own ("forget TASK").
_seedance_tasks_commands() {
  sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\)\( [A-Z]*\)\{0,1\}  .*/\1\2/p'
}

# The options of a command, or all of them without one. What begins with the
# names of commands ("forget, prune: …") is for these alone.
_seedance_tasks_options() {
  awk -v command="$1" '
    match ($0, /^  (-[a-z], )?--[a-z0-9-]+/) {
      name = substr ($0, RSTART, RLENGTH)
      sub (/^.*--/, "--", name)
      text = substr ($0, RSTART + RLENGTH)
      sub (/^(=[A-Z]+)? +/, "", text)
      takers = ""
      if (match (text, /^[a-z, -]+: /))
        takers = ", " substr (text, 1, RLENGTH - 2) ", "
      if (command == "" || takers == "" ||
          index (takers, ", " command ", ") > 0)
        print name
    }'
}

# Ids, or names of records that have none. What a service calls its tasks is
# not for the shell to read: only plain words are offered.
_seedance_tasks_ids() {
  "$@" list --json 2>/dev/null |
    tr -d '\t' |
    sed -n 's/^ *"\(id\|record\)": *"\([A-Za-z0-9._-]*\)",*$/\1 \2/p' |
    awk '$1 == "id" { print $2; known = 1 }
      $1 == "record" { if (!known) print $2; known = 0 }'
}

_seedance_tasks_providers() {
  local file

  { "$1" provider '?' 2>&1 || true; } |
    sed -n 's/.*one of these: \([a-z0-9, ]*\), to .*/\1/p' | tr -d , | tr ' ' '\n'
  for file in "${XDG_CONFIG_HOME:-$HOME/.config}"/gst-seedance/providers/*.json; do
    [ ! -f "$file" ] || basename "$file" .json
  done
}

# _seedance_tasks_offer BEGINNING: what of the lines begins so. No word is ever
# evaluated, as "compgen -W" would do.
_seedance_tasks_offer() {
  local line

  while IFS= read -r line; do
    [[ $line != "$1"* ]] || COMPREPLY+=("$line")
  done
}

# The value of an option, if the word is one.
_seedance_tasks_value() {
  case $1 in
  --state-dir | --as-run)
    compopt -o filenames 2>/dev/null || true
    _seedance_tasks_offer "$2" \
      < <(compgen "$([ "$1" = --as-run ] && echo -f || echo -d)" -- "$2")
    ;;
  --by) _seedance_tasks_offer "$2" < <(printf '%s\n' day provider key) ;;
  --max-size | --since | --port) ;;
  *) return 1 ;;
  esac
}

_seedance_tasks() {
  local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]}
  local previous=${COMP_WORDS[COMP_CWORD - 1]} help command='' dir='' i

  COMPREPLY=()
  # "--by=day" comes as three words.
  if [ "$word" = '=' ]; then
    word=
  elif [ "$previous" = '=' ]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  ! _seedance_tasks_value "$previous" "$word" || return 0
  help=$("$program" --help 2>/dev/null)
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
    --state-dir)
      ((i++))
      [ "${COMP_WORDS[i]}" != '=' ] || ((i++))
      dir=${COMP_WORDS[i]/#\~/$HOME}
      ;;
    --max-size | --since | --by | --port | --as-run)
      ((i++))
      [ "${COMP_WORDS[i]}" != '=' ] || ((i++))
      ;;
    -*) ;;
    *) command=${COMP_WORDS[i]} && break ;;
    esac
  done
  if [[ $word == -* ]]; then
    _seedance_tasks_offer "$word" < <(_seedance_tasks_options "$command" <<<"$help")
    return
  fi
  if [ -z "$command" ]; then
    _seedance_tasks_offer "$word" \
      < <(_seedance_tasks_commands <<<"$help" | cut -d ' ' -f 1)
    return
  fi
  case $(_seedance_tasks_commands <<<"$help" | grep "^$command ") in
  *' TASK')
    _seedance_tasks_offer "$word" \
      < <(_seedance_tasks_ids "$program" ${dir:+"--state-dir=$dir"})
    ;;
  *' NAME')
    compopt -o filenames 2>/dev/null || true
    _seedance_tasks_offer "$word" < <(_seedance_tasks_providers "$program")
    _seedance_tasks_offer "$word" < <(compgen -f -X '!*.json' -- "$word")
    ;;
  esac
}

complete -F _seedance_tasks seedance-tasks
