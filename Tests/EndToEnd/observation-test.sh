#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Tests births and deaths in a program that contains the Swift runtime, and on systems that forbid what observation needs:
#
#     Tests/EndToEnd/observation-test.sh STATIC_HOST DYNAMIC_HOST
#
# Both are observation-host. Run as root, because /proc is hidden from a process. Exit code 77 if the kernel lacks a feature.

set -euo pipefail
static=$1
dynamic=$2

# Forbids making memory executable: prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN), as MemoryDenyWriteExecute=.
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
# Without it the loader fills in slots while they are compared.
export LD_BIND_NOW=1
expect_well "static runtime" "$static" entries
expect_well "static runtime, done and undone while threads allocate" "$static" toggle
expect_well "dynamic runtime, done and undone while threads allocate" "$dynamic" toggle
expect_well "static runtime, memory must not become code" perl -e "$denied" "$static" entries
expect_well "dynamic runtime, memory must not become code" perl -e "$denied" "$dynamic" any
expect_well "dynamic runtime, memory must not become code, slots" perl -e "$denied" "$dynamic" slots

# Libraries that are opened and closed while everything is tracked.
libraries=$(mktemp -d)
trap 'rm -rf "$libraries"' EXIT
for name in q1 q2 q3 q4; do
    cat >"$libraries/$name.swift" <<EOF
struct Pay { var a = [1, 2]; var b: [String: [Int]] = ["x": [1]]; var c: Any = [3, 4]; var padding$name = (0, 0) }
final class Hold<T> { var value: T; var pay = Pay(); init(_ value: T) { self.value = value } }
enum Choice { case text(String), things([Thing]), none }
final class Thing {
    var any: Any = Pay()
    var hold: AnyObject = Hold([Pay()])
    var choice = Choice.none
    var function: () -> Int
    init(_ n: Int) {
        let numbers = [n, n]
        function = { numbers.count }
        if n % 2 == 0 { choice = .text(String(repeating: "x", count: 20 + n)) }
    }
}
@_cdecl("work") public func work() {
    var all: [AnyObject] = []
    for n in 0..<200 { all += [Thing(n), Hold(n), Hold("t")] }
    withExtendedLifetime(all) {}
}
EOF
    swiftc -O -emit-library -module-name "$name" "$libraries/$name.swift" -o "$libraries/lib$name.so"
done
for isolation in inProcess forked; do
    expect_well "libraries are unloaded, $isolation" \
        "$dynamic" unload "${UNLOAD_SECONDS:-20}" "$isolation" "$libraries"/libq*.so
done

# Allocators that can be asked about blocks that are being freed, and one that ends the process then.
libraries_of_system=/usr/lib/$(uname -m)-linux-gnu
expect_well "glibc" "$static" churn 2
for name in libjemalloc.so.2 libmimalloc.so.2 libtcmalloc_minimal.so.4; do
    expect_well "$name" env "LD_PRELOAD=$libraries_of_system/$name" "$dynamic" churn 4
done
clang=$(dirname "$(readlink -f "$(command -v swiftc)")")/../lib/clang
scudo=$(find -L "$clang" -name "libclang_rt.scudo_standalone-$(uname -m).so" | head -1)
expect_well "Scudo" env "LD_PRELOAD=$scudo" "$dynamic" churn 4 refused
clang -shared -fPIC -O1 -fno-builtin -o "$libraries/libmisleading.so" "$(dirname "$0")/misleading-malloc.c"
expect_well "an unknown allocator" env "LD_PRELOAD=$libraries/libmisleading.so" "$dynamic" churn 4 refused
# Memory that is populated when it is mapped, or written when it is allocated.
for host in "$static" "$dynamic"; do
    expect_well "all memory is locked" env MALLOC_PERTURB_=1 "$host" lock
    expect_well "memory that cannot be read" timeout 300 "$host" block
done

# Without /proc, code cannot be changed either: the error reports it, and the process continues.
for host in "$static" "$dynamic"; do
    output=$(unshare --mount sh -c 'umount -l /proc && OBSERVATION_FORBIDDEN=1 exec "$@"' sh perl -e "$denied" "$host")
    grep -q 'link the Swift runtime dynamically' <<<"$output" || { echo "no remedy is named: $output"; exit 1; }
    echo "ok refused: $output"
done
