#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# traits-test.sh
#
# Builds everything without a trait, the library with each trait alone (all traits together are built by .ci/run), and a package
# that depends on the library: it resolves only the packages of the traits that it enables. Takes some minutes.

set -euo pipefail
root=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")
scratch=$root/.build/traits
consumer=$(mktemp -d "${TMPDIR:-/tmp}/class-tracker-consumer.XXXXXX")
trap 'rm -rf "$consumer"' EXIT

swift build --package-path "$root" --scratch-path "$scratch" >"$consumer/log" 2>&1 ||
    { cat "$consumer/log"; exit 1; }
echo "ok - everything without a trait"

# A service that imports ClassTracking alone; the second one uses a name that is not exported.
modules=$(swift build --package-path "$root" --scratch-path "$scratch" --show-bin-path)
compile=(swiftc -typecheck -swift-version 6 -I "$modules/Modules")
for map in "$modules"/*.build/module.modulemap "$scratch"/checkouts/*/Sources/*/include/module.modulemap; do
    compile+=(-Xcc "-fmodule-map-file=$map")
done
"${compile[@]}" "$root/Tests/EndToEnd/consumer.swift" >"$consumer/log" 2>&1 || { cat "$consumer/log"; exit 1; }
echo "ok - a service needs no import but ClassTracking, and its own types may be called Record and End"
for name in Record Header Sample Spike Notice Drop End SortKey FilePath; do
    printf 'import ClassTracking\nlet type = %s.self\n' "$name" >"$consumer/general.swift"
    if "${compile[@]}" "$consumer/general.swift" >"$consumer/log" 2>&1; then
        echo "FAIL - import ClassTracking brings the name $name"
        exit 1
    fi
    grep -q "cannot find '$name' in scope" "$consumer/log" || { cat "$consumer/log"; exit 1; }
done
echo "ok - import ClassTracking brings no general names"

for trait in Configuration HTML Logging Metrics ServiceLifecycle Configuration,ServiceLifecycle; do
    swift build --package-path "$root" --scratch-path "$scratch" --traits "$trait" --target ClassTracking \
        -Xswiftc -warnings-as-errors >"$consumer/log" 2>&1 || { cat "$consumer/log"; exit 1; }
    echo "ok - trait $trait alone"
done

mkdir -p "$consumer/Sources/consumer"
echo 'import ClassTracking' >"$consumer/Sources/consumer/main.swift"
# resolves TRAITS EXPECTED: what a consumer with these traits resolves
resolves() {
    local resolved
    cat >"$consumer/Package.swift" <<PACKAGE
// swift-tools-version: 6.2
import PackageDescription
let package = Package(
    name: "consumer",
    dependencies: [.package(name: "swift-class-tracker", path: "$root", traits: [$1])],
    targets: [
        .executableTarget(
            name: "consumer", dependencies: [.product(name: "ClassTracking", package: "swift-class-tracker")])
    ]
)
PACKAGE
    rm -f "$consumer/Package.resolved"
    swift package --package-path "$consumer" resolve >/dev/null
    resolved=$(jq -r '.pins[].identity' "$consumer/Package.resolved" | sort | paste -sd' ')
    if [[ $resolved != "$2" ]]; then
        echo "FAIL - with the traits [$1] a consumer resolves: $resolved, expected: $2"
        exit 1
    fi
    echo "ok - with the traits [$1] a consumer resolves $resolved"
}
resolves '' 'swift-system'
resolves '"Logging"' 'swift-log swift-system'
resolves '"Metrics"' 'swift-metrics swift-system'
# swift-configuration's test kit makes the package manager resolve swift-service-lifecycle, which is not built.
resolves '"Configuration"' \
    'swift-async-algorithms swift-collections swift-configuration swift-log swift-service-lifecycle swift-system'
