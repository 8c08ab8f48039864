// swift-tools-version: 6.2
// The manifest of a copy in which an exercise is solved: Shared, one server, and the exercise's test. So little is built
// that a check takes seconds. Tests/Exercises/run puts it there.

import Foundation
import PackageDescription

// As in the course's own manifest.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .enableExperimentalFeature("Lifetimes"),
]

/// The folders of servers that this copy has: one.
let servers = try! FileManager.default.contentsOfDirectory(atPath: Context.packageDirectory)
    .filter { $0.hasPrefix("Stage") }

let package = Package(
    name: "exercise",
    targets: [
        .systemLibrary(name: "CLinux", path: "Shared/CLinux"),
        .target(
            name: "Shared", dependencies: ["CLinux"], path: "Shared", exclude: ["CLinux"],
            swiftSettings: settings),
        .target(
            name: "LabKit", dependencies: ["Shared", "CLinux"], path: "Lab/Kit",
            swiftSettings: [.swiftLanguageMode(.v6)]),
    ]
        + servers.map {
            .executableTarget(name: $0, dependencies: ["Shared", "CLinux"], path: $0, swiftSettings: settings)
        }
        + [
            .testTarget(
                name: "ExerciseTests",
                dependencies: ["LabKit", "Shared", "CLinux"] + servers.map { .target(name: $0) },
                path: "Tests", swiftSettings: [.swiftLanguageMode(.v6)])
        ]
)
