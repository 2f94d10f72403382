#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Births and deaths in a program that has the Swift runtime linked into it, and where the system forbids what is needed:
#
#     Tests/EndToEnd/observation-test.sh STATIC_HOST DYNAMIC_HOST
#
# Both are observation-host. As root, because /proc is taken away from a process. What the kernel lacks is exit code 77.

set -euo pipefail
static=$1
dynamic=$2

# No memory becomes code that was none before: prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN), as MemoryDenyWriteExecute=.
denied='syscall(157, 65, 1, 0, 0, 0) == 0 or exit 77; exec @ARGV or exit 126'

# expect_well NAME COMMAND...
expect_well() {
    local name=$1 output code=0
    shift
    output=$("$@") || code=$?
    if [[ $code -ne 0 ]]; then
        printf '%s: exit code %d\n%s\n' "$name" "$code" "$(grep -v '^ok' <<<"$output" || true)"
        exit "$code"
    fi
    echo "ok $name: $(grep -c '^ok' <<<"$output" || true) promises"
}

if ldd "$static" | grep -q libswiftCore; then
    echo "$static does not have the Swift runtime linked into it"
    exit 1
fi
# Otherwise the loader fills in slots while they are compared.
export LD_BIND_NOW=1
expect_well "static runtime" "$static" entries
expect_well "static runtime, done and undone while threads allocate" "$static" toggle
expect_well "dynamic runtime, done and undone while threads allocate" "$dynamic" toggle
expect_well "static runtime, memory must not become code" perl -e "$denied" "$static" entries
expect_well "dynamic runtime, memory must not become code" perl -e "$denied" "$dynamic" any
expect_well "dynamic runtime, memory must not become code, slots" perl -e "$denied" "$dynamic" slots

# Without /proc as well, code cannot be changed: the error says so, and the process goes on.
for host in "$static" "$dynamic"; do
    output=$(unshare --mount sh -c 'umount -l /proc && OBSERVATION_FORBIDDEN=1 exec "$@"' sh perl -e "$denied" "$host")
    grep -q 'link the Swift runtime dynamically' <<<"$output" || { echo "no remedy is named: $output"; exit 1; }
    echo "ok refused: $output"
done
