import TestSupport
import Testing

/// The rooms from the ground up; a room may import what stands before it, as far as `allowed` says.
private let allowed: [String: Set<String>] = [
    "Wire": [],
    "Document": [],
    "Model": ["Wire"],
    "Metering": ["Model", "Wire"],
    "Links": ["Model", "Wire"],
    "Flows": ["CMemory", "Wire"],
    "Planning": ["Document", "Model", "Wire"],
    "Blackbox": ["CRE2", "Document", "Model", "Wire"],
    "Capture": ["CLinux", "CMemory", "CPcap", "CZlib", "Flows", "Model", "Wire"],
    "Sockets": ["CLinux", "Model", "Wire"],
    "Probing": ["CBrotli", "CCurl", "CGSS", "CLinux", "COpenSSL", "CZlib", "Model", "Sockets", "Wire"],
    "Traceroute": ["CLinux", "Links", "Model", "Sockets", "Wire"],
    "Settings": ["CPcap", "CYAML", "Document", "Model", "Wire"],
    "Scheduling": ["CLinux", "Links", "Model", "Probing", "Sockets", "Wire"],
    "Alerting": ["CCurl", "CSQLite", "Links", "Model", "Sockets", "Wire"],
    "Web": ["CZlib", "Metering", "Model", "Wire"],
    "Service": [
        "Alerting", "Blackbox", "Capture", "Document", "Flows", "Links", "Metering", "Model", "Planning", "Probing",
        "Scheduling",
        "Settings", "Sockets", "Traceroute", "Web", "Wire",
    ],
    "netprobe": ["Document", "Model", "Service"],
]

/// What the outside gives to each room.
private let outside: [String: Set<String>] = [
    "Alerting": ["Logging"],
    "Web": [
        "HTTPTypes", "HummingbirdCore", "Logging", "NIOCore", "NIOHTTP1", "NIOHTTPTypes", "NIOHTTPTypesHTTP1",
        "NIOPosix",
        "ServiceLifecycle",
    ],
    "Service": ["Logging", "ServiceLifecycle", "UnixSignals"],
    "netprobe": ["ArgumentParser"],
]

private let pure: Set<String> = ["Wire", "Document", "Model", "Metering", "Links", "Flows", "Planning", "Blackbox"]

@Suite("the architecture")
struct ArrowsPointDownTests {
    @Test("every module has its place in the table")
    func everyModuleIsListed() throws {
        let modules = try Repository.folders(in: "Sources").filter { try Repository.isSwiftModule($0) }
        #expect(Set(modules) == Set(allowed.keys))
    }

    @Test("a module imports only what stands below it", arguments: allowed.keys.sorted())
    func importsPointDown(module: String) throws {
        let own = allowed[module] ?? []
        let system: Set<String> = ["Glibc", "Synchronization"]
        let permitted = own.union(outside[module] ?? []).union(pure.contains(module) ? [] : system)
        for (file, name) in try Repository.imports(of: module) {
            #expect(permitted.contains(name), "\(file) imports \(name); \(module) may import \(permitted.sorted())")
        }
    }

    @Test("the package gives each module only what stands below it", arguments: allowed.keys.sorted())
    func packageAgrees(module: String) throws {
        let dependencies = try Repository.packageDependencies(of: module)
        let own = allowed[module] ?? []
        #expect(dependencies.isSubset(of: own), "\(module) depends on \(dependencies.subtracting(own).sorted())")
    }

    @Test("nothing imports Foundation")
    func noFoundation() throws {
        for module in allowed.keys {
            for (file, name) in try Repository.imports(of: module) {
                #expect(!name.hasPrefix("Foundation"), "\(file) imports \(name)")
            }
        }
    }
}
