# shellcheck shell=sh
# shellcheck disable=SC2154  # root and program come from the script that sources this
# How ./check and ./demo run their steps: one line for each, output to a log of its own, and when
# one fails: its name, the end of its log and where the rest is. Sourced; needs $root and $program.
# With keep_going=1 a failed step is noted in $steps_failed, and the next one runs.

logs=$root/build/logs
mkdir -p "$logs"
steps_begun=$(date +%s)
keep_going=0
steps_failed=

say() {
    printf '%s\n' "$*"
}

# stop WHY: ends the whole run.
stop() {
    printf '\n%s: FAILED: %s\n' "$program" "$*" >&2
    exit 1
}

elapsed() {
    echo $(($(date +%s) - steps_begun))
}

# step LOG TITLE COMMAND...: runs the command quietly; its output is in build/logs/LOG.log.
step() {
    step_log=$logs/$1.log
    step_title=$2
    shift 2
    printf '  %-76s ' "$step_title"
    step_begun=$(date +%s)
    step_code=0
    "$@" >"$step_log" 2>&1 </dev/null || step_code=$?
    if [ "$step_code" = 0 ]; then
        printf 'ok (%s s)\n' $(($(date +%s) - step_begun))
        return 0
    fi
    printf 'FAILED (exit %s)\n\n' "$step_code"
    printf -- '---- the last lines of %s\n' "$step_log"
    tail -n 60 "$step_log"
    step_failure="step \"$step_title\" (exit $step_code). Its whole log: $step_log"
    [ "$keep_going" = 1 ] || stop "$step_failure"
    printf '\n'
    steps_failed="$steps_failed
  $step_failure"
}

# step_shows PATTERN: prints the lines of the last step's log that match, indented.
step_shows() {
    grep -E "$1" "$step_log" | sed 's/^/      /' || true
}
