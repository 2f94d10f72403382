#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# journald-test.sh CLASS_TRACKER_BINARY
#
# Tests `class-tracker demo` with a journald that works, is stalled, killed or absent, with a name made to forge journal fields,
# and with logrotate moving its file. Runs itself under `with-journald`.

set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
[[ $# -eq 1 ]] || { echo "usage: $0 CLASS_TRACKER_BINARY" >&2; exit 64; }
[[ -x $1 ]] || { echo "$0: no program: $1" >&2; exit 66; }
if [[ -z ${TRACKING_TEST_JOURNALD:-} ]]; then exec "$here/with-journald" "${BASH_SOURCE[0]}" "$1"; fi

set +e  # what fails is a failed check, and the ones after it still tell something
# shellcheck source=checks.bash
source "$here/checks.bash"
binary=$(readlink -f "$1")
journald=$TRACKING_TEST_JOURNALD
# In the private /run: on a tmpfs of its own that is removed with it. Not world-readable, because logrotate refuses such a
# directory.
directory=/run/journald-test
mkdir -m 0750 "$directory"
cd "$directory" || exit 1
unset LOGS_DIRECTORY NOTIFY_SOCKET INVOCATION_ID

# demo NAME ARGUMENT...: starts a demo that writes NAME.jsonl, and what it prints to NAME.out; sets pid
demo() {
    "$binary" demo --quiet --file "$directory/$1.jsonl" "${@:2}" >"$directory/$1.out" 2>&1 &
    pid=$!
}
# ends: waits for the demo; sets code
ends() { code=0; wait "$pid" || code=$?; }
ours() { entries "_PID=$pid" SYSLOG_IDENTIFIER=class-tracker _TRANSPORT=journal "$@"; }
# largest_gap FILE: seconds between two successive samples
largest_gap() {
    jq -r 'select(.record == "sample") | .t_seconds' "$1" |
        awk 'NR > 1 && $1 - last > gap { gap = $1 - last } { last = $1 } END { printf "%.3f\n", gap }'
}

# samples FILE...: the sequence numbers of its samples
samples() { jq -r 'select(.record == "sample") | .seq' "$@"; }
# journal_seqs FILE: those of the records that the journal receives, too: no objects and traces
journal_seqs() { jq -r 'select(.record | IN("object", "trace") | not) | .seq // empty' "$1"; }

echo "# journald is fine"
demo fine --duration 6 --interval 0.5
ends
equal "the demo exits with 0" "$code" 0
between "samples arrive, found by field" "$(ours CLASS_TRACKER_RECORD=sample | count)" 12 15
equal "by MESSAGE_ID the same" \
    "$(ours MESSAGE_ID=438e2a7dc70942c682e922ca59366a12 | field CLASS_TRACKER_SEQ | paste -sd' ')" \
    "$(ours CLASS_TRACKER_RECORD=sample | field CLASS_TRACKER_SEQ | paste -sd' ')"
equal "CLASS_TRACKER_SEQ is dense" "$(ours | field CLASS_TRACKER_SEQ | numbers_missing)" 0
equal "first the header, at last the end" "$(ours | field CLASS_TRACKER_RECORD | sed -n '1p;$p' | paste -sd' ')" "header end"
equal "every record of the file is in the journal too, but objects and traces" \
    "$(ours | field CLASS_TRACKER_RECORD_SEQ | sort -n | sed '/^0$/d' | paste -sd' ')" \
    "$(journal_seqs fine.jsonl | paste -sd' ')"
equal "no field is repeated, unprintable or cut" "$(ours | no_forgery)" ""
matches "journalctl -x explains" "$(journalctl -q -x --no-pager "_PID=$pid" CLASS_TRACKER_RECORD=end)" \
    'Subject: Memory monitoring of class-tracker has ended'

# After a failure, the agent tries the journal again after 1, 2, 4, ... at most 10 s: hence the long ends.
echo "# journald stands still for 30 s"
demo stalled --duration 52 --interval 0.1
sleep 3
"$journald" pause
before=$(samples stalled.jsonl | count)
sleep 30
during=$(($(samples stalled.jsonl | count) - before))
"$journald" resume
ends
equal "the demo exits with 0" "$code" 0
between "while journald stood still the file got its 300 samples" "$during" 285 330
equal "the file has no hole" "$(record_seqs stalled.jsonl | numbers_missing)" 0
between "the sampling was never held up (largest gap in s)" "$(largest_gap stalled.jsonl)" 0.05 1
equal "all lines are whole" "$(jq -e .record stalled.jsonl >/dev/null 2>&1; echo $?)" 0
journal_seqs stalled.jsonl | sort >in-file
ours | field CLASS_TRACKER_RECORD_SEQ | sort >in-journal
lost=$(comm -23 in-file in-journal | count)
# (with each sample a snapshot and its three classes)
between "entries were lost, so the test says something" "$lost" 500 2250
equal "and CLASS_TRACKER_DROPPED says how many" "$(ours | field CLASS_TRACKER_DROPPED | awk '{ n += $1 } END { print n + 0 }')" "$lost"
between "after that samples arrive again" \
    "$(ours CLASS_TRACKER_RECORD=sample | jq -r '.CLASS_TRACKER_T_SECONDS | select(tonumber > 45)' | count)" 60 80

echo "# journald is killed and started again"
demo killed --duration 18 --interval 0.2
sleep 3
"$journald" kill
sleep 3
"$journald" start
started=$(date +%s%6N)
ends
equal "the demo exits with 0" "$code" 0
between "the same process is heard again" \
    "$(ours CLASS_TRACKER_RECORD=sample | jq -r '.__REALTIME_TIMESTAMP | select(tonumber > '"$started"')' | count)" 20 75
equal "the file has no hole" "$(record_seqs killed.jsonl | numbers_missing)" 0
between "what was lost is told" "$(ours | field CLASS_TRACKER_DROPPED | awk '{ n += $1 } END { print n + 0 }')" 25 300

echo "# journald is absent"
"$journald" remove
"$binary" demo --duration 3 --interval 0.2 --file "$directory/absent.jsonl" >absent.out 2>&1 &
pid=$!
ends
equal "the demo exits with 0" "$code" 0
matches "it says that there is no journal" \
    "$(grep -i journal absent.out | grep -iwE 'no|not|without|absent|unavailable|missing|cannot|connection refused' | head -n 1)" '.+'
equal "the file has no hole" "$(record_seqs absent.jsonl | numbers_missing)" 0
between "and all samples" "$(jq -c 'select(.record == "sample")' absent.jsonl | count)" 14 20
"$journald" start
equal "nothing of it is in the journal" "$(ours | count)" 0

echo "# a program whose name tries to forge a field"
evil=$directory/$'evil\nCLASS_TRACKER_FORGED=1\nPRIORITY=0\e[31m\xff"}'
cp "$binary" "$evil"
"$evil" demo --quiet --duration 2 --interval 0.2 --file "$directory/evil.jsonl" >evil.out 2>&1 &
pid=$!
ends
equal "the demo exits with 0" "$code" 0
between "its entries arrive" "$(entries "_PID=$pid" CLASS_TRACKER_RECORD=sample | count)" 8 20
equal "no entry has the forged field" "$(entries CLASS_TRACKER_FORGED=1 | count)" 0
equal "nor the forged priority" "$(entries "_PID=$pid" PRIORITY=0 | count)" 0
# _COMM, _EXE and _CMDLINE are journald's own and have the name as it is.
equal "nor an unprintable or repeated field of ours" \
    "$(entries "_PID=$pid" | jq -c 'with_entries(select(.key | startswith("_") | not))' | no_forgery)" ""
equal "the file has one record a line" "$(jq -R 'fromjson? // "damaged" | .record? // "damaged"' evil.jsonl | grep -c damaged)" 0

echo "# logrotate moves the file away"
demo rotated --duration 14 --interval 0.05
cat >logrotate.conf <<CONF
$directory/rotated.jsonl {
    rotate 3
    create 0640 root root
    nocompress
    missingok
}
CONF
sleep 3
succeeds "logrotate --force" logrotate --force --state "$directory/logrotate.state" "$directory/logrotate.conf"
ends
equal "the demo exits with 0" "$code" 0
between "the file moved away has samples" "$(samples rotated.jsonl.1 | count)" 40 280
between "the new one too" "$(samples rotated.jsonl | count)" 40 280
equal "each record is in exactly one of them" "$(record_seqs rotated.jsonl.1 rotated.jsonl | numbers_missing)" 0
equal "the first is number 1" "$(record_seqs rotated.jsonl.1 | head -n 1)" 1
equal "each begins with a header" "$(head -qn 1 rotated.jsonl.1 rotated.jsonl | jq -r .record | paste -sd' ')" "header header"
equal "the last record is the end" "$(tail -n 1 rotated.jsonl | jq -r .record)" end

summary
