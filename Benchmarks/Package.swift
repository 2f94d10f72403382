// swift-tools-version: 6.2

import PackageDescription

// A package of its own, so that nobody who uses the library resolves or builds it.
let package = Package(
    name: "swift-class-tracker-benchmarks",
    dependencies: [
        .package(name: "swift-class-tracker", path: "../")
    ],
    targets: [
        .target(name: "CBenchmarkPeers"),
        .executableTarget(
            name: "tracking-benchmarks",
            dependencies: [
                "CBenchmarkPeers",
                .product(name: "ClassTracking", package: "swift-class-tracker"),
            ]
        ),
    ]
)

for target in package.targets {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ]
}
