// swift-tools-version: 6.2
import PackageDescription

// Language mode 6 everywhere; strict memory safety makes every unsafe expression carry the word `unsafe`.
// Lifetimes lets a type hand out a Span of its own memory (`@_lifetime(borrow self)`).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .enableExperimentalFeature("Lifetimes"),
]

/// A stage's release binary leaves out what only a debugger reads: 0.4 MB instead of 1.4. Function names stay, for perf.
let stageLinkerSettings: [LinkerSetting] = [.unsafeFlags(["-Xlinker", "-S"], .when(configuration: .release))]

let stages = ["Stage1-Sync", "Stage2-Threads", "Stage3-Poll", "Stage4-Epoll", "Stage5-Pipelining"]

let stageDependencies = stages.map { Target.Dependency(stringLiteral: $0) }

let package = Package(
    name: "five-servers",
    targets: [
        // The system's C headers that Swift's own Glibc module leaves out (epoll, accept4).
        .systemLibrary(name: "CLinux", path: "Shared/CLinux"),
        .target(
            name: "Shared", dependencies: ["CLinux"], path: "Shared", exclude: ["CLinux"],
            swiftSettings: settings),
    ]
        + stages.map { stage in
            .executableTarget(
                name: stage, dependencies: ["Shared", "CLinux"], path: stage, swiftSettings: settings,
                linkerSettings: stageLinkerSettings)
        }
        + [
            // What the lab and the tests share: servers as child processes, /proc, load.
            .target(
                name: "LabKit", dependencies: ["Shared", "CLinux"], path: "Lab/Kit",
                swiftSettings: [.swiftLanguageMode(.v6)]),
            // Depends on the stages so that `swift run lab` builds them, beside it.
            .executableTarget(
                name: "lab", dependencies: ["LabKit", "Shared"] + stageDependencies, path: "Lab/lab",
                swiftSettings: [.swiftLanguageMode(.v6)]),
            .testTarget(
                name: "SharedTests", dependencies: ["Shared"],
                swiftSettings: [.swiftLanguageMode(.v6), .enableExperimentalFeature("Lifetimes")]),
            .testTarget(
                name: "LabTests", dependencies: ["LabKit", "Shared", "lab"] + stageDependencies,
                swiftSettings: [.swiftLanguageMode(.v6)]),
            .testTarget(
                name: "StageTests", dependencies: ["LabKit", "Shared", "lab"] + stageDependencies,
                exclude: ["redis_clients.py"],
                swiftSettings: [.swiftLanguageMode(.v6)]),
        ]
)
