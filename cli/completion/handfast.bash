# shellcheck shell=bash
# Completion of handfast for bash. Commands, roles of identity and options are read from the tool's own
# help, so there is no list here to grow old. Anything else is completed as a file name.
#
# Installed as share/bash-completion/completions/handfast; or: source handfast.bash

# The first words of the indented list that "handfast WORD... --help" shows.
_handfast_commands() {
    "$@" --help 2>/dev/null | sed -n 's/^  \([a-z][a-z0-9]*\)   *[^ ].*/\1/p'
}

# All options that stand in that help, one a line.
_handfast_options() {
    "$@" --help 2>/dev/null | grep -oE '(^|[ ,|])--?[A-Za-z][A-Za-z0-9-]*' | tr -d ' ,|' | sort -u
}

_handfast() {
    local tool=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} words=
    local command=("$tool")
    [ "$COMP_CWORD" -gt 1 ] && command+=("${COMP_WORDS[1]}")
    [ "$COMP_CWORD" -gt 2 ] && [ "${COMP_WORDS[1]}" = identity ] && command+=("${COMP_WORDS[2]}")
    if [ "$COMP_CWORD" = 1 ]; then
        words="$(_handfast_commands "$tool") --help --version"
    elif [ "$COMP_CWORD" = 2 ] && [ "${COMP_WORDS[1]}" = identity ]; then
        words="$(_handfast_commands "$tool" identity) --help"
    elif [ "${word#-}" != "$word" ]; then
        words="$(_handfast_options "${command[@]}") --help"
    fi
    # shellcheck disable=SC2207  # words without blanks
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}

complete -o default -F _handfast handfast
