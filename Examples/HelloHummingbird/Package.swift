// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "hummingbird-example",
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.0.0"),
        // In a service of your own: .package(url: "https://github.com/swift-class-tracker/swift-class-tracker", …)
        .package(name: "swift-class-tracker", path: "../..", traits: ["ServiceLifecycle", "Logging"]),
    ],
    targets: [
        .executableTarget(
            name: "App",
            dependencies: [
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "ClassTracking", package: "swift-class-tracker"),
            ]
        )
    ]
)
