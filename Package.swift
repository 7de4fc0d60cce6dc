// swift-tools-version: 6.2
import PackageDescription

/// Settings of every target of our own: Swift 6 mode, nothing implicit, warnings are errors.
let swift: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// The rooms that touch raw bytes or C memory say so at every place.
let strict: [SwiftSetting] = swift + [.strictMemorySafety()]

// Nothing looks a symbol of the program up by name, and nearly all its relocations are of its own addresses: without
// the table of symbols and with packed relocations four megabytes less are resident.
let smallImage: [LinkerSetting] = [
    .unsafeFlags(
        [
            "-use-ld=lld", "-Xlinker", "--no-export-dynamic", "-Xlinker", "--icf=safe",
            "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs",
        ],
        .when(configuration: .release)
    )
]

let package = Package(
    name: "netprobe",
    products: [
        .executable(name: "netprobe", targets: ["netprobe"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    ],
    targets: [
        // Pure rooms: values in, values out.
        .target(name: "Wire", swiftSettings: strict),
        .target(name: "Model", dependencies: ["Wire"], swiftSettings: swift),
        .target(name: "Document", swiftSettings: swift),
        .target(name: "Metering", dependencies: ["Model"], swiftSettings: swift),
        .target(name: "Links", dependencies: ["Model", "Wire"], swiftSettings: swift),
        .target(name: "Flows", dependencies: ["CMemory", "Wire"], swiftSettings: strict),
        .target(
            name: "Planning",
            dependencies: ["Document", "Model", "Wire"],
            resources: [.embedInCode("Endpoints/azure-endpoints.txt")],
            swiftSettings: swift
        ),

        // C: headers and what Swift cannot call.
        .target(name: "CLinux"),
        .target(name: "CMemory"),
        .target(name: "CBrotli"),
        .target(name: "CGSS"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        // Headers alone: the library is loaded when it is called.
        .target(name: "CLoader"),
        .systemLibrary(name: "CYAMLSystem", providers: [.apt(["libyaml-dev"])]),
        .target(name: "CYAML", dependencies: ["CLoader", "CYAMLSystem"]),
        .systemLibrary(name: "CSQLiteSystem", providers: [.apt(["libsqlite3-dev"])]),
        .target(name: "CSQLite", dependencies: ["CLoader", "CSQLiteSystem"]),
        .systemLibrary(name: "CCurlSystem", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "CCurl", dependencies: ["CCurlSystem", "CLoader"]),
        .systemLibrary(name: "CPcapSystem", providers: [.apt(["libpcap-dev"])]),
        .target(name: "CPcap", dependencies: ["CLoader", "CPcapSystem"]),
        .systemLibrary(name: "COpenSSLSystem", providers: [.apt(["libssl-dev"])]),
        .target(name: "COpenSSL", dependencies: ["CLoader", "COpenSSLSystem"]),
        .systemLibrary(name: "CRE2System", pkgConfig: "re2", providers: [.apt(["libre2-dev"])]),
        .target(name: "CRE2", dependencies: ["CRE2System"]),

        // Pure, and beside the bare rooms for its matcher: modules of `/probe`, what they want, what they say.
        .target(name: "Blackbox", dependencies: ["CRE2", "Document", "Model", "Wire"], swiftSettings: strict),

        // The edge: sockets, files, libraries.
        .target(name: "Sockets", dependencies: ["CLinux", "Model", "Wire"], swiftSettings: strict),
        .target(
            name: "Probing",
            dependencies: ["CBrotli", "CCurl", "CGSS", "CLinux", "COpenSSL", "CZlib", "Model", "Sockets", "Wire"],
            swiftSettings: swift
        ),
        .target(
            name: "Traceroute",
            dependencies: ["CLinux", "Links", "Model", "Sockets", "Wire"],
            swiftSettings: swift
        ),
        .target(
            name: "Capture",
            dependencies: ["CLinux", "CMemory", "CPcap", "CZlib", "Flows", "Model", "Wire"],
            swiftSettings: strict
        ),
        .target(
            name: "Settings",
            dependencies: ["CPcap", "CYAML", "Document", "Model", "Wire"],
            swiftSettings: swift
        ),
        .target(
            name: "Scheduling",
            dependencies: ["Links", "Model", "Probing", "Sockets", "Wire"],
            swiftSettings: swift
        ),
        .target(
            name: "Alerting",
            dependencies: [
                "CCurl", "CSQLite", "Links", "Model", "Sockets", "Wire",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swift
        ),
        .target(
            name: "Web",
            dependencies: [
                "CZlib", "Metering", "Model",
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swift
        ),
        .target(
            name: "Service",
            dependencies: [
                "Alerting", "Blackbox", "Capture", "Document", "Flows", "Links", "Metering", "Model", "Planning",
                "Probing",
                "Scheduling", "Settings", "Sockets", "Traceroute", "Web", "Wire",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swift
        ),
        .executableTarget(
            name: "netprobe",
            dependencies: [
                "Document", "Model", "Service", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swift,
            linkerSettings: smallImage
        ),

        // How often a lossy network would page somebody; the table of docs/alerts.md.
        .executableTarget(
            name: "FalsePages",
            dependencies: [
                "Alerting", "Links", "Model", "Wire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/FalsePages",
            swiftSettings: swift
        ),

        // Tests.
        .target(
            name: "TestSupport",
            dependencies: ["Model", .product(name: "Logging", package: "swift-log")],
            path: "Tests/TestSupport",
            swiftSettings: swift
        ),
        .testTarget(name: "ArchitectureTests", dependencies: ["TestSupport"], swiftSettings: swift),
        .testTarget(name: "CommandTests", dependencies: ["Model", "TestSupport"], swiftSettings: swift),
        .testTarget(name: "WireTests", dependencies: ["TestSupport", "Wire"], swiftSettings: swift),
        .testTarget(name: "ModelTests", dependencies: ["Model", "Wire"], swiftSettings: swift),
        .testTarget(name: "DocumentTests", dependencies: ["Document"], swiftSettings: swift),
        .testTarget(
            name: "BlackboxTests",
            dependencies: ["Blackbox", "Document", "Model", "Settings", "TestSupport", "Wire"],
            swiftSettings: swift
        ),
        .testTarget(name: "MeteringTests", dependencies: ["Metering", "Model", "TestSupport"], swiftSettings: swift),
        .testTarget(name: "FlowsTests", dependencies: ["Flows", "Wire"], swiftSettings: swift),
        .testTarget(name: "PlanningTests", dependencies: ["Model", "Planning", "TestSupport"], swiftSettings: swift),
        .testTarget(
            name: "CaptureTests",
            dependencies: ["Capture", "CZlib", "Flows", "Model", "TestSupport", "Wire"],
            swiftSettings: swift
        ),
        .testTarget(name: "LinksTests", dependencies: ["Links", "Model", "TestSupport", "Wire"], swiftSettings: swift),
        .testTarget(
            name: "SettingsTests",
            dependencies: ["Document", "Model", "Settings", "TestSupport", "Wire"],
            swiftSettings: swift
        ),
        .testTarget(
            name: "SocketsTests",
            dependencies: ["CLinux", "Model", "Sockets", "TestSupport", "Wire"],
            swiftSettings: swift
        ),
        .testTarget(
            name: "ProbingTests",
            dependencies: ["CCurl", "CLinux", "Model", "Probing", "Sockets", "TestSupport", "Wire"],
            swiftSettings: swift
        ),
        .testTarget(
            name: "TracerouteTests",
            dependencies: ["Model", "Sockets", "TestSupport", "Traceroute", "Wire"],
            swiftSettings: swift
        ),
        .testTarget(
            name: "SchedulingTests",
            dependencies: ["Model", "Probing", "Scheduling", "Sockets", "TestSupport", "Wire"],
            swiftSettings: swift
        ),
        .testTarget(
            name: "AlertingTests",
            dependencies: [
                "Alerting", "CSQLite", "Links", "Model", "Sockets", "TestSupport", "Wire",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swift
        ),
        .testTarget(
            name: "WebTests",
            dependencies: [
                "CZlib", "Metering", "Model", "TestSupport", "Web",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swift
        ),
        .testTarget(
            name: "ServiceTests",
            dependencies: [
                "Alerting", "Blackbox", "Document", "Flows", "Links", "Metering", "Model", "Planning", "Probing",
                "Scheduling",
                "Service", "Settings", "Sockets", "TestSupport", "Traceroute", "Web", "Wire",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swift
        ),
        .testTarget(
            name: "NetworkTests",
            dependencies: ["Model", "Probing", "Sockets", "TestSupport", "Wire"],
            swiftSettings: swift
        ),

        // The lab: a hybrid network of real daemons.
        .executableTarget(
            name: "labwire",
            path: "Tests/Lab/Wire",
            cSettings: [.unsafeFlags(["-O2", "-Wall", "-Wextra", "-Werror"])]
        ),
        .target(
            name: "LabNetwork",
            dependencies: ["Model", "TestSupport"],
            path: "Tests/Lab/Network",
            swiftSettings: swift
        ),
        .executableTarget(
            name: "lab",
            dependencies: [
                "LabNetwork", "Model", "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/Lab/Commands",
            swiftSettings: swift
        ),
        .testTarget(
            name: "LabTests",
            dependencies: ["LabNetwork", "Model", "TestSupport", "lab", "labwire"],
            path: "Tests/Lab/Scenarios",
            swiftSettings: swift
        ),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
