#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Compiles the C shim for aarch64, and runs its processor-dependent parts in an emulator: redirected entries of functions, guarded
# reads, the counter.
#
#     Tests/EndToEnd/aarch64-test.sh
#
# Needs Debian's libc6-dev-arm64-cross, libgcc-12-dev-arm64-cross and qemu-user-static.

set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

headers=/usr/aarch64-linux-gnu/include
if [[ ! -d $headers ]] || ! command -v qemu-aarch64-static >/dev/null || [[ ! -d /usr/lib/gcc-cross/aarch64-linux-gnu ]]; then
    echo "skipped: needs libc6-dev-arm64-cross, libgcc-12-dev-arm64-cross and qemu-user-static"
    exit 77
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
runtime=Sources/CTrackingRuntime
compile=(clang --target=aarch64-linux-gnu -isystem "$headers" -I "$runtime/include" -Wall -Wextra -Werror)

for file in "$runtime"/*/*.c Sources/ClassTrackerAgent/*.c; do
    "${compile[@]}" -I Sources/ClassTrackerAgent/include -O2 -c -o "$scratch/object.o" "$file"
done
echo "ok: all of it compiles for aarch64"

gcc=$(printf '%s\n' /usr/lib/gcc-cross/aarch64-linux-gnu/* | tail -n 1)
"${compile[@]}" -Wno-unused-parameter -O1 -ffunction-sections -Wl,--gc-sections -static -fuse-ld=lld -L "$gcc" -B "$gcc" -B /usr/aarch64-linux-gnu/lib \
    -L /usr/aarch64-linux-gnu/lib -o "$scratch/redirection" Tests/Aarch64/redirection.c \
    "$runtime"/{Architecture/{aarch64_code,architecture_aarch64},Descriptors/owned_descriptor,GuardedReads/guard}.c \
    "$runtime"/{Heap/allocator,Hooks/redirected_entries,Images/images,Protection/code_pages,TrackerCopies/copies}.c \
    "$runtime"/Shims/{clocks,locks,pages,stay_loaded}.c
qemu-aarch64-static "$scratch/redirection"
