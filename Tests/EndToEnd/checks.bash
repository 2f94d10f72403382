# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The checks of the end-to-end tests: each prints one line with its evidence,
#     ok - what (evidence)        FAIL - what: evidence
# and summary prints "N passed, N failed" and exits with 1 if any failed.

passed=0
failed=0

pass() { passed=$((passed + 1)); echo "ok - $1${2:+ ($2)}"; }
fail() { failed=$((failed + 1)); echo "FAIL - $1: ${2:-no output}"; }

# equal WHAT ACTUAL EXPECTED
equal() {
    if [[ $2 == "$3" ]]; then pass "$1" "$2"; else fail "$1" "'$2', expected '$3'"; fi
}
# matches WHAT ACTUAL REGEX
matches() {
    if [[ $2 =~ $3 ]]; then pass "$1" "${BASH_REMATCH[0]}"; else fail "$1" "'${2:0:600}' does not match '$3'"; fi
}
# between WHAT ACTUAL LOWEST HIGHEST; integers or decimals
between() {
    if [[ $2 =~ ^-?[0-9.]+$ ]] && awk -v n="$2" -v l="$3" -v h="$4" 'BEGIN { exit !(n >= l && n <= h) }'; then
        pass "$1" "$2"
    else
        fail "$1" "'$2' is not from $3 to $4"
    fi
}
# succeeds WHAT COMMAND [ARGUMENT...]; the evidence is the exit code and the end of its output
succeeds() {
    local what=$1 output code=0
    shift
    output=$("$@" 2>&1) || code=$?
    if [[ $code -eq 0 ]]; then pass "$what"; else fail "$what" "exit code $code: $(tail -n 8 <<<"$output")"; fi
}
# wait_for SECONDS COMMAND [ARGUMENT...]; returns 1 when the time is over, which the check after it reports
wait_for() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        if ((SECONDS >= deadline)); then return 1; fi
        sleep 0.2
    done
}
summary() {
    echo "$passed passed, $failed failed"
    exit $((failed > 0))
}

# entries MATCH...: journal entries, one JSON object a line. --sync first: journald writes lazily.
entries() {
    journalctl --sync
    journalctl --quiet --all --no-pager --output=json "$@"
}
# field NAME: the values of a field in the output of entries
field() { jq -r --arg name "$1" '.[$name] // empty'; }
# count: the number of lines
count() { wc -l | tr -d ' '; }
# numbers_missing: the number of integers missing between the smallest and the largest, "repeated" if any occurs twice
numbers_missing() {
    sort -n | awk 'NR == 1 { first = $1 } NR > 1 && $1 == last { twice = 1 } { last = $1 }
        END { if (NR == 0) print "none at all"; else if (twice) print "repeated"; else print last - first + 1 - NR }'
}
# record_seqs FILE...: the seq of all records in files that have one; fails on a line that is not JSON
record_seqs() { cat "$@" | jq -r 'select(.seq != null and .seq > 0) | .seq'; }

# unaccounted FILE...: the number of numbers missing between the first and the last one in the files of one run, except those that
# a drop reports; "repeated" if any occurs twice; fails on a line that is not JSON
unaccounted() {
    cat "$@" | jq -r 'if .record == "drop" then "\(.first_seq) \(.last_seq)" elif (.seq // 0) > 0 then "\(.seq) \(.seq)" else empty end' |
        sort -n | awk 'NR == 1 { next_one = $1 } $1 > next_one { missing += $1 - next_one } $1 < next_one { again++ }
            $2 >= next_one { next_one = $2 + 1 } END { if (NR == 0) print "none at all"; else if (again) print "repeated"; else print missing + 0 }'
}

# no_forgery: checks the output of entries: only one value for each field, all of them text (journalctl prints repeated fields and
# unprintable values as arrays), and every field of ours has a valid name
no_forgery() {
    jq -r 'to_entries[] | select((.value | type) != "string") | "\(.key) is \(.value | type)"' | sort | uniq -c | head -n 5
}
