// swift-tools-version: 6.2

import PackageDescription

// The benchmarks measure parts that users of the library do not see. So their code is compiled as part of the measured package,
// whose name is for the compiler that of its directory, as SwiftPM writes it: in small letters, and as an identifier.
let directory = (Context.packageDirectory.split(separator: "/").dropLast().last ?? "").lowercased()
let measured = String(
    directory.enumerated().map { $1.isLetter || $1.isNumber && $0 > 0 ? $1 : "_" }
)

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
            ],
            packageAccess: false,
            swiftSettings: [.unsafeFlags(["-package-name", measured])]
        ),
    ]
)

for target in package.targets {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        ]
}
