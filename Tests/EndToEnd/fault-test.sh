#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Tests a service with the agent while something fails that the agent needs:
#
#     Tests/EndToEnd/fault-test.sh FAULT_HOST CLASS_TRACKER [MODE...]
#
# FAULT_HOST continues its work through each fault, and compares its own counts of objects, its errno, its signals and its time
# with the expected ones. This script reads its records: every line is one, missing numbers are reported, and the stream names the
# fault, once for each time. Ends with a table of all faults. Run as root, for mounts, control groups and other users.

set -euo pipefail
# shellcheck source=checks.bash
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/checks.bash"
host=$(readlink -f "$1")
tracker=$(readlink -f "$2")
shift 2
wanted=("$@")
# The host's own end by a signal has to be visible as such.
export SWIFT_BACKTRACE=enable=no
[[ $(id -u) -eq 0 ]] || { echo "fault-test.sh needs root" >&2; exit 77; }

export LC_ALL=C

scratch=$(mktemp -d)
nobody=61234
# A program that another user may run.
install -m 0755 "$host" "$scratch/fault-host"
chmod 0755 "$scratch"
host=$scratch/fault-host
group=
end() {
    if [[ -n $group ]]; then rmdir "$group" 2>/dev/null || true; fi
    rm -rf "$scratch"
}
trap end EXIT
table=("fault | caused by | what the host saw | what the stream says")

# notices FILE...: the agent's notices about itself, each with its number; except records that a slow machine's queue refused
notices() {
    cat "$@" | jq -r 'select(.record == "notice" or .record == "drop") | .message // "dropped: \(.reason)"' |
        grep -vx 'dropped: the queue was full' | sort | uniq -c || true
}

# joined: lines as one, without the temporary directory
joined() { sed "s|$scratch|…|g" | paste -sd '\t' | sed 's/\t/; /g'; }

# fault MODE NAME CAUSE EXIT_CODE [WORDS...] [-- COMMAND...]: runs the host in MODE, through COMMAND
#
# WORDS are regular expressions for the expected notices; without any, no notice is expected.
fault() {
    local mode=$1 name=$2 cause=$3 expected_code=$4 directory file output code=0 said most words expected=()
    shift 4
    while [[ $# -gt 0 && $1 != -- ]]; do
        expected+=("$1")
        shift
    done
    if [[ $# -gt 0 ]]; then shift; fi
    if [[ ${#wanted[@]} -gt 0 && " ${wanted[*]} " != *" $mode "* ]]; then return; fi
    directory=$scratch/$mode
    file=$directory/records.jsonl
    mkdir -m 0700 "$directory"
    if [[ " $* " == *" --reuid "* ]]; then chown "$nobody:$nobody" "$directory"; fi
    output=$(timeout 300 "$@" "$host" "$mode" "$file" 2>&1) || code=$?
    if [[ $code -ne $expected_code ]]; then
        fail "$name: the host" "exit code $code: $(tail -n 8 <<<"$output")"
    else
        pass "$name: the host" "$(sed -n 's/^host: //p' <<<"$output" | tail -n 1)"
    fi
    # A process that is ended within a line leaves it incomplete.
    if [[ $mode == exit ]]; then printf '\n' >>"$file"; grep '}$' "$file" >"$file.whole" || true; mv "$file.whole" "$file"; fi
    equal "$name: numbers missing without a word" "$(unaccounted "$directory"/*.jsonl 2>&1)" 0
    succeeds "$name: class-tracker report reads it" "$tracker" report --summary "$file"
    said=$(notices "$directory"/*.jsonl)
    if [[ ${#expected[@]} -eq 0 ]]; then equal "$name: the stream" "$said" ""; fi
    for words in "${expected[@]}"; do matches "$name: the stream" "$said" "$words"; done
    most=$(awk '{ if ($1 > most) most = $1 } END { print most + 0 }' <<<"$said")
    between "$name: nothing is said again and again" "$most" 0 "${most_often:-4}"
    table+=("$name | $cause | $(sed -n 's/^host: //p' <<<"$output" | joined) | $(sed -E 's/^ *([0-9]+) /\1 x /' <<<"${said:-nothing}" | joined)")
    rm -rf "$directory"
}

other_user=(setpriv --reuid "$nobody" --regid "$nobody" --clear-groups)
own_mounts=(unshare --mount --propagation private)

fault none "none" "-" 0

# Memory
fault malloc "malloc fails" "malloc, calloc, realloc of the agent's threads give NULL" 0 'no snapshots: the process gets no' 'snapshots are taken again'
fault mmap "mmap fails" "all, then each 2nd, 3rd, 7th mmap of the agent's threads" 0
fault address-space "address space is short" "RLIMIT_AS 12 MiB above what there is, while it runs" 0 \
    'no snapshots: the process gets no' 'snapshots are taken again'

memory_group() {
    local bytes=$1 parent own
    shift
    if [[ -f /sys/fs/cgroup/cgroup.controllers ]]; then
        group=/sys/fs/cgroup/class-tracker-faults
        mkdir -p "$group"
        grep -q memory "$group/cgroup.controllers" || return 77
        echo "$bytes" >"$group/memory.max"
    elif [[ -d /sys/fs/cgroup/memory ]]; then
        group=/sys/fs/cgroup/memory/class-tracker-faults
        mkdir -p "$group"
        echo "$bytes" >"$group/memory.limit_in_bytes"
    else
        return 77
    fi
}
limit=$((160 << 20))
if memory_group "$limit" 2>/dev/null; then
    # shellcheck disable=SC2016
    fault memory-limit "memory limit is near" "control group of 160 MiB, 5 MiB left" 0 \
        'no snapshots: the process has' 'snapshots are taken again' -- \
        env FAULT_MEMORY_LIMIT=$limit sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group"
else
    echo "skip - memory limit is near: this machine has no control group for memory that can be made here"
    skipped=1
fi

# Threads
CLASS_TRACKER_INTERVAL=1 CLASS_TRACKER_JOURNAL_ENABLED=false \
    fault threads-before "no threads, before the start" "RLIMIT_NPROC of another user, then raised" 0 -- "${other_user[@]}"
fault threads-while "no threads, while it runs" "RLIMIT_NPROC of another user" 0 -- "${other_user[@]}"
fault threads-forbidden-before "threads forbidden, before the start" "seccomp: clone gives EAGAIN, then EPERM" 0
fault threads-forbidden-while "threads forbidden, while it runs" "seccomp: clone gives EPERM" 0

# Descriptors and file systems
fault descriptors-before "no descriptors, before the start" "RLIMIT_NOFILE used up, then freed" 0 'is written again' 'dropped: .*Too many open files'
fault descriptors-while "no descriptors, while it runs" "RLIMIT_NOFILE used up, then freed" 0 'dropped: .*Too many open files'
fault descriptors-taken "descriptors become the host's" "dup2 of its own files and connections, 8 times" 0 \
    'has closed descriptors that it did not open'
fault descriptors-of-dispatch "Dispatch's descriptors become the host's" "dup2 at all numbers, during a tick" 0 \
    "closed descriptors that it did not open, Dispatch's among them"
fault proc-before "no /proc" "a tmpfs over /proc" 0 '/proc/self/status cannot be read' -- "${own_mounts[@]}"
fault proc-while "no /proc, while it runs" "a tmpfs over /proc, kept descriptors closed" 0 \
    '/proc/self/status cannot be read' 'memory figures are complete again' -- "${own_mounts[@]}"
# shellcheck disable=SC2016
fault none-hidepid "others' /proc is hidden" "hidepid=2, another user" 0 -- "${own_mounts[@]}" \
    sh -c 'mount -o remount,hidepid=2 /proc && exec "$@"' sh "${other_user[@]}"
fault read-only "read-only file system" "a read-only tmpfs over the file's directory, twice" 0 \
    'dropped: .*Read-only file system' 'is written again' -- "${own_mounts[@]}"

# Signals and processes
fault signals "signals" "SIGPROF at 1 kHz without SA_RESTART" 0
fault signals-to-threads "signals to threads" "each thread interrupted by eight signals, as profilers and collectors do" 0
fault signals-awaited "signals that are waited for" "nine signals, blocked and waited for by the main thread alone" 0
fault stopped "stopped" "SIGSTOP and SIGCONT, 20 times" 0
fault handlers-before "handlers before ours" "own SIGSEGV and SIGBUS, siglongjmp" 0
fault handlers-before-on-stack "handlers before ours, own stack" "the same, SA_ONSTACK" 0
fault handlers-after "handlers after ours" "own SIGSEGV and SIGBUS, siglongjmp" 0
fault handlers-after-on-stack "handlers after ours, own stack" "the same, SA_ONSTACK" 0
fault children "children" "posix_spawn, fork and exec all the time; SIGCHLD with waitpid(-1)" 0
fault fork "fork without exec" "30 children that allocate, ask the tracker, exit" 0
fault exit "exit" "exit(7) during snapshots; atexit handlers and destructors allocate" 7

# Libraries and threads
if command -v swiftc >/dev/null; then
    cat >"$scratch/plugin.swift" <<'SWIFT'
final class PluginObject { var numbers = [1, 2, 3]; var text = "x" }
final class PluginBox<Value> { var value: Value; init(_ value: Value) { self.value = value } }
@_cdecl("make_plugin_object") public func makePluginObject() -> UnsafeMutableRawPointer {
    Unmanaged.passRetained(PluginObject()).toOpaque()
}
SWIFT
    swiftc -emit-library -parse-as-library -module-name FaultPlugin "$scratch/plugin.swift" -o "$scratch/libFaultPlugin.so"
    FAULT_LIBRARY=$scratch/libFaultPlugin.so \
        fault unload "a library is unloaded" "dlopen, track its classes, dlclose, 5 times" 0 \
        '^( *[0-9]+ tracking FaultPlugin\.PluginBox, FaultPlugin\.PluginObject, loaded just now)?$'
else
    echo "skip - a library is unloaded: there is no swiftc"
    skipped=1
fi
fault cancel "threads are cancelled" "pthread_cancel while the agent's locks are held" 0
fault lost-lock "a thread ends with a lock" "the locks of all tables with objects are never given back" 0

echo
printf '%s\n' "${table[@]}"
if [[ -n ${skipped:-} ]]; then
    echo "$passed passed, $failed failed, some were skipped"
    exit $((failed > 0 ? 1 : 77))
fi
summary
