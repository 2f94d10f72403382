#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# copies-test.sh RELEASE
#
# Tests several copies of the tracker in one process: the preloaded agent, the program's own, and those of its libraries, one of
# another version. RELEASE is the folder of a release build without traits of ClassTrackerAgent and ClassTrackerAgentCore, whose
# object files the copies are linked from.

set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=$(readlink -f "$here/../..")
[[ $# -eq 1 ]] || { echo "usage: $0 RELEASE" >&2; exit 64; }
release=$(readlink -f "$1")
# shellcheck source=checks.bash
source "$here/checks.bash"
directory=$(mktemp -d "${TMPDIR:-/tmp}/class-tracker-copies.XXXXXX")
trap 'rm -rf "$directory"' EXIT
cd "$directory"
export SWIFT_BACKTRACE=enable=no
unset LD_PRELOAD

# MARK: The programs

tr -d "'" <"$release/ClassTrackerAgentCore.product/Objects.LinkFileList" | grep -v '/ClassTrackerAgentCore.build/' >objects
# Another version: the tables in C have another layout. Their Swift interface is the same.
cp -r "$root/Sources/CTrackingRuntime" other
sed -i -e 's/CT_INLINE_KINDS = 16/CT_INLINE_KINDS = 24/' -e 's/CT_DEFERRED = 128/CT_DEFERRED = 64/' \
    -e 's/^struct ct_registry {/&\n    char another_version[4096];/' other/Objects/tracked_objects_internal.h
! diff -q other/Objects/tracked_objects_internal.h "$root/Sources/CTrackingRuntime/Objects/tracked_objects_internal.h" >/dev/null
grep -v '/CTrackingRuntime.build/' objects >other-objects
for file in other/*/*.c; do
    clang -O2 -fPIC -I other/include -c -o "${file%.c}.o" "$file"
    echo "$directory/${file%.c}.o" >>other-objects
done
# Named as the package manager names the package, for package access.
package=$(basename "$root" | tr -c 'A-Za-z0-9\n' _)
compile=(swiftc -O -package-name "$package" -I "$release/Modules" -I "$root/Sources/CTrackingRuntime/include")
for map in "$release"/*.build/module.modulemap "$release"/../../checkouts/swift-system/Sources/CSystem/include/module.modulemap; do compile+=(-Xcc "-fmodule-map-file=$map"); done
for name in first second; do
    "${compile[@]}" -parse-as-library -emit-library -module-name "$name" -o "lib$name.so" "$root/Tests/Copies/copy.swift" @objects
done
"${compile[@]}" -parse-as-library -emit-library -module-name third -o libother.so "$root/Tests/Copies/copy.swift" @other-objects
swiftc -O -module-name host -o host "$root/Tests/Copies/host.swift"
mkdir linked
cp "$root/Tests/Copies/host.swift" linked/main.swift
"${compile[@]}" -D LINKED -module-name host -o linked/host "$root/Tests/Copies/copy.swift" linked/main.swift @objects

set +e  # what fails is a failed check, and the ones after it still tell something

# MARK: Discovery

exports() { nm -D --defined-only "$1" | awk '$2 ~ /[B-Z]/ { print $3 }' | grep -vE '^(_edata|_end|__bss_start|_init|_fini)$'; }
equal "what the core shows" "$(exports "$release/libClassTrackerAgentCore.so" | paste -sd' ')" class_tracker_agent_start
equal "what the agent shows" "$(exports "$release/libClassTrackerAgent.so" | paste -sd' ')" __libc_start_main
for library in libfirst.so libother.so linked/host; do
    equal "C symbols that $library shows" "$(exports "$library" | grep -E '^(ct_|class_tracker)' | paste -sd' ')" ""
done

# MARK: Counts

# run NAME EXPECTED_STREAMS COMMAND...: each stream has all births, and the objects that are alive at the end
run() {
    local name=$1 streams=$2 output code=0 stream made living
    shift 2
    rm -f ./*.jsonl
    output=$(timeout 300 "$@" 2>&1) || code=$?
    equal "$name: the host ends as it would" "$code $(tail -n 1 <<<"$output")" "0 crash reporter: 0"
    if [[ $code -ne 0 ]]; then echo "$output" | tail -n 5; fi
    read -r made living < <(sed -n 's/^made \([0-9]*\) living \([0-9]*\)$/\1 \2/p' <<<"$output")
    equal "$name: streams" "$(find . -maxdepth 1 -name 'copy*.jsonl' -o -maxdepth 1 -name 'agent.jsonl' | count)" "$streams"
    for stream in copy*.jsonl agent.jsonl; do
        [[ -e $stream ]] || continue
        # Objects that live when a copy ends die before the agent does.
        [[ $stream == copy* ]] || living=0
        equal "$name: ${stream%.jsonl} has all births and deaths" \
            "$(jq -sr 'map(select(.record == "class" and .name == "tracked")) | "\(map(.created) | add) \(map(.destroyed) | add)"' "$stream")" \
            "$made $((made - living))"
    done
    run_output=$output
}
objects=40000
agent=(env LD_PRELOAD="$release/libClassTrackerAgent.so" CLASS_TRACKER_FILE_PATH="$directory/agent.jsonl"
    CLASS_TRACKER_OVERHEAD_BUDGET=none COPIES_STREAM="$directory/agent.jsonl"
    CLASS_TRACKER_INTERVAL=20ms CLASS_TRACKER_TRACK="host.Session name=tracked")
for flags in local global; do
    if [[ $flags == global ]]; then export COPIES_GLOBAL=1; fi
    run "two libraries, $flags" 1 ./host $objects . ./libfirst.so ./libsecond.so
    run "two libraries of two versions, $flags" 1 ./host $objects . ./libfirst.so ./libother.so
done
unset COPIES_GLOBAL
run "a library that is closed" 1 ./host $objects . ./libfirst.so
run "program and library" 2 linked/host $objects . ./libfirst.so ./libother.so
COPIES_SLOTS=copy run "a copy by slots, another one by the entry" 1 ./host $objects . ./libfirst.so ./libother.so
COPIES_SLOTS=jsonl run "two copies by slots" 1 ./host $objects . ./libfirst.so ./libother.so
matches "two copies by slots: the second one stands back" "$run_output" 'stands back: .*another copy of the tracker in this process'
run "agent and program" 2 "${agent[@]}" linked/host $objects .
run "agent and library" 2 "${agent[@]}" ./host $objects . ./libfirst.so
run "agent, and libraries of another version" 2 "${agent[@]}" ./host $objects . ./libother.so ./libfirst.so
summary
