// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that an ordinary build knows nothing of it. The rooms under test and the packets of their tests
// are links to where they live.
let swift: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]
let strict: [SwiftSetting] = swift + [.strictMemorySafety()]

let package = Package(
    name: "fuzzing",
    targets: [
        .target(name: "Wire", swiftSettings: strict),
        .target(name: "Flows", dependencies: ["CMemory", "Wire"], swiftSettings: strict),
        .target(name: "Model", dependencies: ["Wire"], swiftSettings: swift),
        .target(name: "CLinux"),
        .target(name: "CMemory"),
        .target(name: "CLoader"),
        .systemLibrary(name: "CPcapSystem", providers: [.apt(["libpcap-dev"])]),
        .target(name: "CPcap", dependencies: ["CLoader", "CPcapSystem"]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "Capture",
            dependencies: ["CLinux", "CMemory", "CPcap", "CZlib", "Flows", "Model", "Wire"],
            swiftSettings: strict
        ),
        .target(name: "CFuzzer"),
        .executableTarget(
            name: "Fuzz",
            dependencies: ["Capture", "CFuzzer", "CPcap", "Flows", "Wire"],
            swiftSettings: swift
        ),
    ],
    swiftLanguageModes: [.v6]
)
