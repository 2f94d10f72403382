// swift-tools-version: 6.2

import PackageDescription

// Every package but swift-system is used behind a trait: one ungated use would make each consumer of the library
// resolve it. `swift build --traits CLI` builds the command line.
let package = Package(
    name: "swift-class-tracker",
    products: [
        .library(name: "ClassTracking", targets: ["ClassTracking"]),
        .library(name: "TrackingStatistics", targets: ["TrackingStatistics"]),
        // For LD_PRELOAD; it loads the core, which lies beside it, into Swift programs only.
        .library(name: "ClassTrackerAgent", type: .dynamic, targets: ["ClassTrackerAgent"]),
        .library(name: "ClassTrackerAgentCore", type: .dynamic, targets: ["ClassTrackerAgentCore"]),
        .executable(name: "class-tracker", targets: ["class-tracker"]),
    ],
    traits: [
        .trait(
            name: "CLI",
            description: "The class-tracker command line; needs libsystemd.",
            enabledTraits: ["HTML"]
        ),
        .trait(
            name: "Configuration",
            description: "ClassTracker.Configuration(config:): the keys from the providers of swift-configuration."
        ),
        .trait(name: "HTML", description: "Statistics as a page of HTML, HTMLStats; brings in swift-mustache."),
        .trait(name: "Logging", description: "LogSink: the agent's own words to swift-log."),
        .trait(name: "Metrics", description: "MetricsSink: samples, classes and spikes as gauges of swift-metrics."),
        .trait(name: "ServiceLifecycle", description: "ClassTrackerService, for groups of swift-service-lifecycle."),
        .trait(
            name: "PackageTests",
            description: "Tests with types of swift-collections and swift-nio, and with files of swift-configuration."
        ),
        .default(enabledTraits: []),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.6.0"),
        .package(url: "https://github.com/onevcat/Rainbow", from: "4.1.0"),
        .package(url: "https://github.com/ordo-one/TextTable", from: "0.0.2"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/apple/swift-log", from: "1.10.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.5.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.6.0"),
        .package(
            url: "https://github.com/apple/swift-configuration",
            from: "1.4.0",
            traits: [
                .trait(name: "CommandLineArguments", condition: .when(traits: ["PackageTests"])),
                .trait(name: "JSON", condition: .when(traits: ["PackageTests"])),
                .trait(name: "YAML", condition: .when(traits: ["PackageTests"])),
            ]
        ),
        .package(url: "https://github.com/apple/swift-collections", from: "1.2.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CTrackingSystemd",
            pkgConfig: "libsystemd",
            providers: [.apt(["libsystemd-dev"])]
        ),
        .target(name: "CTrackingRuntime"),
        .target(
            name: "TrackingRecords",
            dependencies: [
                "CTrackingRuntime",
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .target(
            name: "RecordReading",
            dependencies: ["TrackingRecords", .product(name: "SystemPackage", package: "swift-system")]
        ),
        .target(
            name: "ProcessSampling",
            dependencies: [
                "CTrackingRuntime",
                "TrackingRecords",
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .target(
            name: "SwiftRuntimeABI",
            dependencies: [
                "CTrackingRuntime",
                "TrackingRecords",
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .target(
            name: "HeapSizing",
            dependencies: [
                "CTrackingRuntime",
                "SwiftRuntimeABI",
                "TrackingRecords",
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .target(
            name: "TrackingSinks",
            dependencies: [
                "CTrackingRuntime",
                "TrackingRecords",
                .product(name: "CoreMetrics", package: "swift-metrics", condition: .when(traits: ["Metrics"])),
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["Logging"])),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .target(
            name: "TrackingStatistics",
            dependencies: [
                "RecordReading",
                "TrackingRecords",
                .product(name: "Mustache", package: "swift-mustache", condition: .when(traits: ["HTML"])),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .target(
            name: "ClassTracking",
            dependencies: [
                "CTrackingRuntime",
                "HeapSizing",
                "ProcessSampling",
                "RecordReading",
                "SwiftRuntimeABI",
                "TrackingRecords",
                "TrackingSinks",
                "TrackingStatistics",
                .product(
                    name: "Configuration",
                    package: "swift-configuration",
                    condition: .when(traits: ["Configuration"])
                ),
                .product(
                    name: "ServiceLifecycle",
                    package: "swift-service-lifecycle",
                    condition: .when(traits: ["ServiceLifecycle"])
                ),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        // Linked with libc alone. The flags, as those of the core, hold for nobody who depends on another product of this
        // package.
        .target(
            name: "ClassTrackerAgent",
            exclude: ["NoRuntime"],
            linkerSettings: [
                .unsafeFlags([
                    "-nostartfiles", "-no-toolchain-stdlib-rpath",
                    "-resource-dir", "\(Context.packageDirectory)/Sources/ClassTrackerAgent/NoRuntime",
                ])
            ]
        ),
        .target(
            name: "ClassTrackerAgentCore",
            dependencies: ["ClassTracking"],
            exclude: ["exports.map"],
            linkerSettings: [
                .unsafeFlags([
                    "-Xlinker",
                    "--version-script=\(Context.packageDirectory)/Sources/ClassTrackerAgentCore/exports.map",
                ])
            ]
        ),
        .executableTarget(
            name: "class-tracker",
            dependencies: [
                "CTrackingRuntime",
                "ClassTracking",
                .target(name: "CTrackingSystemd", condition: .when(traits: ["CLI"])),
                .product(name: "ArgumentParser", package: "swift-argument-parser", condition: .when(traits: ["CLI"])),
                .product(name: "Rainbow", package: "Rainbow", condition: .when(traits: ["CLI"])),
                .product(name: "TextTable", package: "TextTable", condition: .when(traits: ["CLI"])),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .target(
            name: "CTrackingTestSupport",
            dependencies: ["CTrackingRuntime"],
            path: "Tests/CTrackingTestSupport"
        ),
        // What the tests and their hosts have in common; nothing in it changes how a process allocates.
        .target(
            name: "TrackingTestSupport",
            dependencies: ["TrackingRecords", .product(name: "SystemPackage", package: "swift-system")],
            path: "Tests/TrackingTestSupport"
        ),
        // A process of its own, for tests that kill, fork, limit or starve one.
        .executableTarget(
            name: "tracking-test-host",
            dependencies: [
                "ClassTracking", "TrackingTestSupport", .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Tests/TrackingTestHost"
        ),
        .target(
            name: "CFaultSupport",
            dependencies: ["CTrackingRuntime"],
            path: "Tests/CFaultSupport"
        ),
        // A service to which things happen that nobody wants; it has malloc and mmap redirected.
        .executableTarget(
            name: "fault-host",
            dependencies: [
                "CFaultSupport", "ClassTracking", "TrackingTestSupport",
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Tests/FaultHost"
        ),
        // What the agent is preloaded into: it has none of our code in it.
        .executableTarget(name: "agent-host", path: "Tests/AgentHost"),
        // Changes graphs while they are sized: alone in its process, and without a second allocator in it.
        .executableTarget(
            name: "sizing-hammer",
            dependencies: ["CTrackingRuntime", "HeapSizing", "TrackingRecords", "TrackingTestSupport"],
            path: "Tests/SizingHammer"
        ),
        // Makes and drops objects while they are tracked.
        .executableTarget(
            name: "tracking-hammer",
            dependencies: ["ClassTracking", "TrackingTestSupport"],
            path: "Tests/TrackingHammer"
        ),
        // Tracks classes of all sorts; alone in its process, whose allocations are redirected.
        .executableTarget(
            name: "observation-host",
            dependencies: ["ClassTracking", "CTrackingRuntime", "TrackingTestSupport"],
            path: "Tests/ObservationHost"
        ),
        // What Scripts/fuzz runs, and the tests of what it found.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "CFuzzSupport", "CTrackingRuntime", "ClassTracking", "HeapSizing", "ProcessSampling", "RecordReading",
                "SwiftRuntimeABI", "TrackingRecords", "TrackingStatistics",
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Tests/Fuzzing/Targets"
        ),
        .target(name: "CFuzzSupport", path: "Tests/Fuzzing/CFuzzSupport"),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "CFuzzSupport", "FuzzTargets", "TrackingTestSupport",
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Tests/Fuzzing/Driver"
        ),
        .testTarget(
            name: "FuzzTargetTests",
            dependencies: [
                "FuzzTargets", "TrackingTestSupport", .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .testTarget(name: "TrackingRecordsTests", dependencies: ["TrackingRecords", "TrackingTestSupport"]),
        .testTarget(
            name: "RecordReadingTests",
            dependencies: [
                "RecordReading", "TrackingRecords", "TrackingTestSupport",
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .testTarget(
            name: "ProcessSamplingTests",
            dependencies: [
                "ProcessSampling", "CTrackingTestSupport", "TrackingTestSupport",
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .testTarget(
            name: "SwiftRuntimeABITests",
            dependencies: ["CTrackingRuntime", "SwiftRuntimeABI", "TrackingTestSupport"]
        ),
        .testTarget(
            name: "HeapSizingTests",
            dependencies: [
                "HeapSizing", "TrackingRecords", "CTrackingRuntime", "CTrackingTestSupport", "TrackingTestSupport",
                "sizing-hammer",
                .product(name: "Collections", package: "swift-collections", condition: .when(traits: ["PackageTests"])),
                .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["PackageTests"])),
            ]
        ),
        .testTarget(
            name: "TrackingSinksTests",
            dependencies: [
                "RecordReading", "TrackingSinks", "TrackingTestSupport", "tracking-test-host",
                .product(name: "InMemoryLogging", package: "swift-log", condition: .when(traits: ["Logging"])),
                .product(name: "MetricsTestKit", package: "swift-metrics", condition: .when(traits: ["Metrics"])),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .testTarget(
            name: "TrackingStatisticsTests",
            dependencies: [
                "RecordReading", "TrackingStatistics", "TrackingTestSupport",
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .testTarget(
            name: "ClassTrackingTests",
            dependencies: [
                "ClassTracking", "CTrackingRuntime", "CTrackingTestSupport", "TrackingTestSupport", "observation-host",
                "tracking-test-host", "tracking-hammer",
                .product(
                    name: "Configuration",
                    package: "swift-configuration",
                    condition: .when(traits: ["Configuration"])
                ),
                .product(
                    name: "ServiceLifecycleTestKit",
                    package: "swift-service-lifecycle",
                    condition: .when(traits: ["ServiceLifecycle"])
                ),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .testTarget(
            name: "CommandLineTests",
            dependencies: [
                "class-tracker", "ClassTracking", "CTrackingTestSupport", "TrackingTestSupport",
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
    ]
)

for target in package.targets where ![.system, .plugin, .binary].contains(target.type) {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ]
}
