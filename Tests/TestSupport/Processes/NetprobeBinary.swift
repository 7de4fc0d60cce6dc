import Glibc

/// The program under test: `NETPROBE_BINARY`, else the one built beside the tests.
public enum NetprobeBinary {
    public static func path() throws -> String {
        if let set = getenv("NETPROBE_BINARY") { return String(cString: set) }
        return try BuiltProgram.path(of: "netprobe")
    }
}
