// swift-tools-version: 6.2
import PackageDescription

// Language mode 6 everywhere; strict memory safety makes every unsafe expression carry the word `unsafe`.
// Lifetimes lets a type hand out a Span of its own memory (`@_lifetime(borrow self)`).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .enableExperimentalFeature("Lifetimes"),
]

/// A server's release binary leaves out what only a debugger reads: 0.4 MB instead of 1.4. Function names stay, for perf.
let serverLinkerSettings: [LinkerSetting] = [.unsafeFlags(["-Xlinker", "-S"], .when(configuration: .release))]

/// Linux has no kqueue. Its server is built only where the environment says that libkqueue is there: see README.
let hasKqueue = Context.environment["KQUEUE"] != nil

/// Every server, by its folder. The lab and the tests know them by the table in Lab/Kit/Course/Course.swift.
let servers =
    [
        "Stage1-Sync", "Stage2-Threads", "Stage3-Poll", "Stage4-Epoll", "Stage5-Pipelining",
        "Beyond/Pool", "Beyond/Cores", "Beyond/Uring",
    ] + (hasKqueue ? ["Beyond/Kqueue"] : [])

func name(_ folder: String) -> String { String(folder.split(separator: "/").last!) }

/// The folder with C headers of its own that a server has; none, but for one.
func headers(_ folder: String) -> [String] { folder == "Beyond/Kqueue" ? ["CKqueue"] : [] }

let serverDependencies = servers.map { Target.Dependency(stringLiteral: name($0)) }

let package = Package(
    name: "five-servers",
    targets: [
        // The system's C headers that Swift's own Glibc module leaves out (epoll, accept4).
        .systemLibrary(name: "CLinux", path: "Shared/CLinux"),
        .target(
            name: "Shared", dependencies: ["CLinux"], path: "Shared", exclude: ["CLinux"],
            swiftSettings: settings),
    ]
        + (hasKqueue ? [.systemLibrary(name: "CKqueue", path: "Beyond/Kqueue/CKqueue", pkgConfig: "libkqueue")] : [])
        + servers.map { folder in
            .executableTarget(
                name: name(folder), dependencies: ["Shared", "CLinux"] + headers(folder).map { .target(name: $0) },
                path: folder, exclude: headers(folder), swiftSettings: settings, linkerSettings: serverLinkerSettings)
        }
        + [
            // What the lab and the tests share: servers as child processes, /proc, strace, the clauses of the contract.
            .target(
                name: "LabKit", dependencies: ["Shared", "CLinux"], path: "Lab/Kit",
                swiftSettings: [.swiftLanguageMode(.v6)] + (hasKqueue ? [.define("KQUEUE")] : [])),
            // Depends on the stages so that `swift run lab` builds them, beside it.
            .executableTarget(
                name: "lab", dependencies: ["LabKit", "Shared", "CLinux"] + serverDependencies, path: "Lab/lab",
                swiftSettings: [.swiftLanguageMode(.v6)]),
            // What the tests share: chance, temporary files, where the checkout is.
            .target(
                name: "TestSupport", dependencies: ["LabKit"], path: "Tests/Support",
                swiftSettings: [.swiftLanguageMode(.v6)]),
            .testTarget(
                name: "SharedTests", dependencies: ["LabKit", "Shared", "TestSupport"],
                swiftSettings: [.swiftLanguageMode(.v6), .enableExperimentalFeature("Lifetimes")]),
            .testTarget(
                name: "LabTests", dependencies: ["LabKit", "Shared", "TestSupport", "lab"] + serverDependencies,
                exclude: ["trace_page.py"],
                swiftSettings: [.swiftLanguageMode(.v6)]),
            .testTarget(
                name: "StageTests", dependencies: ["LabKit", "Shared", "TestSupport", "lab"] + serverDependencies,
                exclude: ["Clients/redis_clients.py", "Clients/client_libraries.py", "Clients/nutcracker.yml"],
                swiftSettings: [.swiftLanguageMode(.v6)]),
        ]
)
