#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# traits-test.sh
#
# Builds the library with each trait alone (none and all are built by .ci/run), and a package that depends on it, as its
# users have it: nothing is resolved that it does not use. Takes some minutes.

set -euo pipefail
root=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")
scratch=$root/.build/traits
consumer=$(mktemp -d "${TMPDIR:-/tmp}/class-tracker-consumer.XXXXXX")
trap 'rm -rf "$consumer"' EXIT

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
# swift-configuration's test kit has swift-service-lifecycle resolved, which is not built.
resolves '"Configuration"' \
    'swift-async-algorithms swift-collections swift-configuration swift-log swift-service-lifecycle swift-system'
