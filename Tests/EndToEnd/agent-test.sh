#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# agent-test.sh CLASS_TRACKER_BINARY AGENT_HOST STATIC_AGENT_HOST
#
# Tests `class-tracker run`, and the library that it preloads, in programs without the tracker: Swift, Swift with the runtime
# linked into it, Swift of another version, and programs in other languages. The libraries are in the directory of the binary.
# Runs itself with a journald of its own.

set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
[[ $# -eq 3 ]] || { echo "usage: $0 CLASS_TRACKER_BINARY AGENT_HOST STATIC_AGENT_HOST" >&2; exit 64; }
for program in "$@"; do [[ -x $program ]] || { echo "$0: no program: $program" >&2; exit 66; }; done
if [[ -z ${TRACKING_TEST_JOURNALD:-} ]]; then exec "$here/with-journald" "$0" "$@"; fi

set +e  # what fails is a failed check, and the ones after it still tell something
# shellcheck source=checks.bash
source "$here/checks.bash"
tracker=$(readlink -f "$1") host=$(readlink -f "$2") static=$(readlink -f "$3")
agent=$(dirname "$tracker")/libClassTrackerAgent.so
directory=$(mktemp -d "${TMPDIR:-/tmp}/class-tracker-agent.XXXXXX")
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 1
unset LOGS_DIRECTORY NOTIFY_SOCKET INVOCATION_ID LD_PRELOAD

# run ARGUMENT...: class-tracker run; its code, output and errors are in "code", out and err then
run() {
    code=0
    "$tracker" run "$@" >out 2>err || code=$?
}
# why PROGRAM: the latest reason for which the agent did not start in it
why() { entries SYSLOG_IDENTIFIER=class-tracker CLASS_TRACKER_RECORD=notice | jq -r .MESSAGE | grep "^agent: $1 " | tail -n 1; }

equal "the library that is preloaded needs libc alone" \
    "$(readelf -d "$agent" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | paste -sd' ')" libc.so.6

# A Swift program, tracked.
run --track 'agent_host.*' --track 'agent_host.Session trace' --interval 0.1 --file work.jsonl -- "$host" work 2.5
equal "work: exit code" "$code" 0
matches "work: its own output, and no other" "$(cat out)" '^made [0-9]+ sessions, [0-9]+ cached$'
equal "work: where the records are, and how to see them" "$(cat err)" \
    "class-tracker: records go to $directory/work.jsonl; follow them with: class-tracker tail $directory/work.jsonl"
made=$(sed 's/made \([0-9]*\).*/\1/' out)
# of NAME FILTER: evaluates a filter for the records of a class
of() { jq -s "map(select(.record == \"class\" and .name == \"$1\")) | $2" work.jsonl; }
equal "work: all sessions are counted" "$(of agent_host.Session 'map(.created) | add')" "$made"
equal "work: a generic class by its bare name" "$(of agent_host.Cache 'map(.active) | max')" 1
between "work: bytes of a session" "$(of agent_host.Session 'map(select(.active > 0) | .sum_bytes / .active) | max | floor')" 1032 1200
spike=$(jq -c 'select(.record == "spike" and .state == "ended")' work.jsonl | head -n 1)
between "work: a spike of 64 MiB" "$(jq -r .excess_bytes <<<"$spike")" $((60 << 20)) $((80 << 20))
matches "work: attributed to the pages" "$(jq -r '.grown[0][0]' <<<"$spike")" '^agent_host.ReportPage$'
equal "work: the last record" "$(tail -n 1 work.jsonl | jq -r .record)" end
matches "work: the line that creates sessions" "$("$tracker" report --class Session --limit 1 work.jsonl)" \
    'work\(_:\) at [^ ]*main.swift:[0-9]+'
between "work: samples in the journal" \
    "$(entries SYSLOG_IDENTIFIER=class-tracker CLASS_TRACKER_RECORD=sample | count)" 1 100

# A climb over several intervals: all of it is compared with the moment before, and the figures add up.
run --quiet --track 'agent_host.ReportPage' --interval 0.1 --set journal.enabled=no --file climb.jsonl -- "$host" climb
climb=$(jq -c 'select(.record == "spike" and .state == "ended")' climb.jsonl | head -n 1)
equal "climb: what grew" "$(jq -r '.grown[0][0]' <<<"$climb")" agent_host.ReportPage
# The snapshot before may contain the first page without its bytes.
between "climb: by instances" "$(jq '.grown[0][2]' <<<"$climb")" 95 96
between "climb: and bytes" "$(jq '.grown[0][1]' <<<"$climb")" $((96 << 20)) $((97 << 20))
between "climb: hardly anything is not tracked" "$(jq .untracked_bytes <<<"$climb")" 0 $((8 << 20))
equal "climb: the figures of every record add up" "$(jq -s 'map(select(.record == "spike")
    | ((.grown | map(.[1] // .[5]) | add) + (.grown_omitted_bytes // 0) + .untracked_bytes - (.surplus_bytes // 0) == .excess_bytes)
    and .excess_bytes == .peak_bytes - .baseline_bytes) | all' climb.jsonl)" true
between "climb: it is told again as it doubles" "$(jq -s 'map(select(.record == "spike")) | length' climb.jsonl)" 2 5

# Killed at the height of a spike: all readers show the highest recorded peak.
run --quiet --track 'agent_host.ReportPage' --interval 0.1 --set journal.enabled=no --file killed.jsonl -- "$host" climb kill
highest=$(jq -s 'map(.peak_rss_bytes // .vm_rss_bytes // .peak_bytes // 0) | max' killed.jsonl)
between "killed: the height" "$("$tracker" spikes --json killed.jsonl | jq .peak_bytes)" $((highest - (4 << 20))) "$highest"
equal "killed: report has the same as spikes" "$("$tracker" report --json --summary killed.jsonl | jq 'select(.record == "spike").peak_bytes')" \
    "$("$tracker" spikes --json killed.jsonl | jq .peak_bytes)"
matches "killed: it goes on in the table" "$("$tracker" spikes killed.jsonl)" '1 .* ongoing'

# The program behaves as without the agent.
run -- "$host" exit 42
equal "an exit code is handed through" "$code" 42
run -- "$host" show LD_PRELOAD CLASS_TRACKER_FILE_PATH
equal "the program and its children do not see the preloaded library" "$(head -n 1 out)" "LD_PRELOAD=-"
export LD_PRELOAD=libm.so.6
run -- "$host" show LD_PRELOAD
equal "what else is preloaded stays" "$(cat out)" "LD_PRELOAD=libm.so.6"
unset LD_PRELOAD
"$tracker" run --quiet --file signal.jsonl -- "$host" work 60 >/dev/null &
pid=$!
is_sampled() { grep -q '"record":"sample"' signal.jsonl; }
wait_for 20 is_sampled
equal "the program has the process that was started" "$(cat "/proc/$pid/comm")" agent-host
equal "no Foundation comes into it" "$(grep -c Foundation "/proc/$pid/maps")" 0
matches "while it runs: class-tracker report" "$("$tracker" report --summary signal.jsonl)" 'still running'
matches "while it runs: class-tracker tail" "$("$tracker" tail --no-follow signal.jsonl | tail -n 1)" 'still running$'
"$tracker" tail --lines 1 signal.jsonl >followed &
follower=$!
kill -TERM "$pid"
code=0
wait "$pid" || code=$?
matches "killed: class-tracker tail" "$("$tracker" tail --no-follow signal.jsonl | tail -n 1)" 'no end was written: '
is_seen() { grep -q 'no end was written: the process was killed' followed; }
wait_for 20 is_seen
equal "killed: seen by class-tracker tail that follows" "$(grep -c 'no end was written' followed)" 1
kill -TERM "$follower"
wait "$follower"
equal "a signal is the program's own" "$code" 143
run --quiet --file in.jsonl -- /bin/cat <<<"through"
equal "standard input is the program's own" "$(cat out)" through

# Ways to end, while other threads create and release tracked objects. The last record: "exit" or "stop" of an end record.
ended() { tail -n 1 end.jsonl | jq -r 'if .record == "end" then .cause else "no end" end' 2>/dev/null || echo "no end"; }
for how in exit:3:exit quick_exit:3:exit thread:3:exit threads:3:any child:3:exit daemon:3:exit _exit:3:"no end" abort:134:"no end"; do
    IFS=: read -r name expected last <<<"$how"
    rm -f end.jsonl
    run --quiet --track 'agent_host.*' --interval 0.02 --set journal.enabled=false --file end.jsonl -- "$host" end "$name"
    equal "end by $name: exit code" "$code" "$expected"
    # Of several threads that exit, one may end the process while another one waits.
    if [[ $last != any ]]; then equal "end by $name: the last record" "$(ended)" "$last"; fi
    if [[ $name == daemon ]]; then
        matches "end by $name: says that the daemon is not followed" "$(jq -r 'select(.record == "notice").message' end.jsonl)" \
            'the process ends, and one that it forked \([0-9]+\) .* is not followed'
    else
        equal "end by $name: no word of a daemon" "$(jq -r 'select(.record == "notice").message' end.jsonl | grep -c followed)" 0
    fi
    matches "end by $name: class-tracker report" "$("$tracker" report --summary end.jsonl)" \
        "$(if [[ $(ended) == exit ]]; then echo "ended in order: the process exited"; else echo "no end was written: the process was killed"; fi)"
    if [[ $name == child ]]; then equal "end by $name: the child wrote none" "$(grep -c '"record":"end"' end.jsonl)" 1; fi
done
# exit in a signal handler, which interrupted malloc. If the program's own exit waits for malloc's lock, the program hangs by
# itself, not through the tracker.
hung=0
for _ in 1 2 3 4 5 6; do
    rm -f end.jsonl
    LD_PRELOAD=$agent CLASS_TRACKER_TRACK='agent_host.*' CLASS_TRACKER_INTERVAL=20ms CLASS_TRACKER_FILE_PATH=$directory/end.jsonl \
        timeout -s KILL 60 "$host" end handler
    if [[ $? -ne 3 ]]; then hung=$((hung + 1)); fi
done
equal "exit in a signal handler: how often it hung" "$hung" 0
# held SETTING: seconds from the return of main to the end of a program with many live objects
held() {
    run --quiet --track 'agent_host.*' --interval 0.3 --set journal.enabled=false --set "$1" --file end.jsonl -- "$host" hold 1500000
    python3 -c 'import sys, time; print("%.2f" % (time.clock_gettime(time.CLOCK_MONOTONIC) - float(sys.argv[1])))' "$(cat out)"
}
rm -f end.jsonl
between "1.5 million live objects: seconds to end with exit-timeout=500ms" "$(held exit-timeout=500ms)" 0 5
equal "1.5 million live objects: the last record" "$(ended)" exit
rm -f end.jsonl
between "exit-timeout=0: seconds to end" "$(held exit-timeout=0)" 0 5
equal "exit-timeout=0: the last record" "$(ended)" "no end"
equal "a limit on threads of Dispatch: none but the tracker's before the program makes some" \
    "$(run --quiet --interval 0.05 --set journal.enabled=false --file threads.jsonl -- "$host" work 1; jq -s 'map(select(.record == "sample").threads) | max' threads.jsonl)" 4

# Child processes.
run --quiet --file child.jsonl -- "$host" run "$host" exit 5
equal "a program that the program becomes has no agent: exit code" "$code" 5
# (its predecessor may have ended before it wrote anything)
between "a program that the program becomes has no agent: runs in the file" "$(grep -c '"record":"header"' child.jsonl)" 0 1
run --quiet --follow --file follow.jsonl -- /bin/sh -c "true; $host exit 6"
equal "--follow reaches what a shell starts: exit code" "$code" 6
equal "--follow reaches what a shell starts: it is there" "$(head -n 1 follow.jsonl | jq -r .program)" agent-host
LD_PRELOAD=$agent CLASS_TRACKER_EXE=agent-host CLASS_TRACKER_FILE_PATH=$directory/named.jsonl \
    /bin/sh -c "$host exit 8; echo \$?" >out
equal "a program can be named: exit code" "$(cat out)" 8
equal "a program can be named: it is there" "$(head -n 1 named.jsonl | jq -r .program)" agent-host

# Programs in which the agent does not start.
run -- /bin/true
equal "no Swift: exit code" "$code" 0
matches "no Swift: said beforehand" "$(cat err)" '^class-tracker: /bin/true does not load libswiftCore.so: '
matches "no Swift: and in the journal" "$(why true)" 'runs without memory tracking: it has no libswiftCore.so'
equal "no Swift: no file" "$(ls class-tracker-true.jsonl 2>/dev/null)" ""
run -- "$static" exit 9
equal "runtime linked into it: exit code" "$code" 9
matches "runtime linked into it: in the journal" "$(why "$(basename "$static")")" 'or has the runtime linked into it'
runtime=$(ldd "$host" | awk '$1 == "libswiftCore.so" { print $3 }')
mkdir other
python3 - "$runtime" other/libswiftCore.so <<'PYTHON'
import re, sys
code = open(sys.argv[1], "rb").read()
code, count = re.subn(rb"(llvm-project\.git )[0-9a-f]{40}", rb"\g<1>" + b"0123456789" * 4, code)
assert count > 0, "the runtime does not say what it was compiled with"
open(sys.argv[2], "wb").write(code)
PYTHON
export LD_LIBRARY_PATH=$directory/other
LD_PRELOAD=$agent "$host" exit 10
equal "another version of Swift: exit code" "$?" 10
unset LD_LIBRARY_PATH
matches "another version of Swift: in the journal" "$(why agent-host)" 'is of another version than the one the agent was built with'
equal "the journal's line has the ids of a notice" \
    "$(entries SYSLOG_IDENTIFIER=class-tracker CLASS_TRACKER_COMPONENT=agent | jq -r '"\(.MESSAGE_ID) \(.PRIORITY)"' | sort -u)" \
    "$(entries SYSLOG_IDENTIFIER=class-tracker CLASS_TRACKER_RECORD=notice | jq -r .MESSAGE_ID | sort -u) 4"
# The notice is read like those of the tracker.
journalctl --sync
"$tracker" tail --journal --json --no-follow --lines 100 >read 2>read-errors
matches "the journal's line is read: it is a notice of a program" \
    "$(jq -r 'select(.record == "notice" and .program == "agent-host" and .severity == "warning" and .unix_seconds > 1e9) | .message' \
        read | tail -n 1)" '^agent-host runs without memory tracking: its Swift runtime .* build the agent with the toolchain of the program$'
equal "the journal's line is read: nothing is skipped" "$(grep -c skipped read-errors)" 0
mkdir alone && cp "$agent" alone
LD_PRELOAD=$directory/alone/libClassTrackerAgent.so "$host" exit 11
equal "without the core beside it: exit code" "$?" 11
matches "without the core beside it: in the journal" "$(why agent-host)" 'libClassTrackerAgentCore.so'
LD_PRELOAD=$agent CLASS_TRACKER_INTERVAL=often "$host" work 1 >out
equal "a wrong configuration: the program runs" "$? $(cut -d' ' -f1 out)" "0 made"
is_told() { [[ $(why agent-host) == *CLASS_TRACKER_INTERVAL* ]]; }
wait_for 5 is_told
matches "a wrong configuration: in the journal" "$(why agent-host)" 'CLASS_TRACKER_INTERVAL'
LD_PRELOAD=$agent CLASS_TRACKER_INTERVALL=1s CLASS_TRACKER_FILE_PATH=$directory/variable.jsonl "$host" work 1 >out
equal "a variable that does not exist: the program runs" "$? $(cut -d' ' -f1 out)" "0 made"
equal "a variable that does not exist: and is sampled" "$(tail -n 1 variable.jsonl | jq -r .record)" end
matches "a variable that does not exist: is told once" "$(jq -r 'select(.record == "notice").message' variable.jsonl)" \
    '^environment: there is no key "CLASS_TRACKER_INTERVALL"; did you mean "CLASS_TRACKER_INTERVAL"\?$'
run --set interval=100ms --set spike.window=9 --set file.path=set.jsonl -- "$host" show CLASS_TRACKER_SPIKE_WINDOW
equal "--set: is handed on" "$(cat out)" "CLASS_TRACKER_SPIKE_WINDOW=9"
equal "--set: is in force" "$(head -n 1 set.jsonl | jq -r .interval_seconds)" 0.1
run --set spike.flor=64MiB -- "$host" exit 0
equal "--set: a key that does not exist is told, and nothing runs" "$code $(cat err)" \
    '78 class-tracker: argument --set: there is no key "spike.flor"; did you mean "spike.floor"?'

# A unit that filters its system calls is killed for one that is not allowed: all have to be in @system-service.
strace -f -qq -o calls env LD_PRELOAD="$agent" CLASS_TRACKER_TRACK='agent_host.* trace' CLASS_TRACKER_INTERVAL=100ms \
    CLASS_TRACKER_FILE_PATH="$directory/calls.jsonl" "$host" work 2 >/dev/null
allowed() {
    local line
    systemd-analyze syscall-filter "$1" | sed -n '2,$s/^ *//p' | grep -v '^#' | while read -r line; do
        if [[ $line == @* ]]; then allowed "$line"; else echo "$line"; fi
    done
}
between "system calls of a tracked program" "$(sed -En 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p' calls | sort -u | tee used | count)" 30 100
equal "none that a service is not allowed as a rule" \
    "$({ allowed @system-service; allowed @default; } | sort -u | comm -13 - used | paste -sd' ')" ""

# Errors are reported before anything runs.
expect() { run "${@:3}"; equal "$1: code, lines" "$code $(wc -l <err)" "$2 1"; }
expect "no command" 64 --quiet
expect "a command that is not there" 127 -- no-such-command
touch no-program
expect "a file that is no program" 126 -- ./no-program
expect "a wrong pattern" 78 --track 'agent_host.Session tracee' -- "$host" exit 0
matches "a wrong pattern: names it" "$(cat err)" tracee
expect "a file that cannot be made" 73 --file /no/such/directory/file.jsonl -- "$host" exit 0
expect "no library" 69 --agent nowhere.so -- "$host" exit 0

summary
