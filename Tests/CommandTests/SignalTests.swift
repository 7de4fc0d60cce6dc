import Model
import TestSupport
import Testing

@Suite("signals of the process", .onOwnThread)
struct SignalTests {
    @Test(
        "a trace that is ended before its program has begun leaves one valid document",
        arguments: ["SIGTERM", "SIGINT"]
    )
    func early(signal: String) throws {
        guard Requirement.met(.program("clang", package: "clang"), .root) else { return }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        // The constructor of a library runs before the program's own.
        let source = try folder.write(
            "early.c",
            "#include <signal.h>\n#include <unistd.h>\n__attribute__((constructor)) static void end(void) { kill(getpid(), \(signal)); }\n"
        )
        let library = "\(folder.path)/early.so"
        try Shell.run(["clang", "-shared", "-fPIC", "-o", library, source])
        let result = try Shell.finish(
            [
                "env", "LD_PRELOAD=\(library)", try NetprobeBinary.path(), "path", "127.0.0.1", "--output", "json",
                "--no-dns",
            ]
        )
        let document = try JSONValue(parsing: result.output)
        #expect(document["cancelled"]?.asBool == true && document["target"]?.asString == "127.0.0.1")
    }
}
