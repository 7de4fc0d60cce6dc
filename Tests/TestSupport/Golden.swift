import Glibc
public import Testing

/// Compares with a file of this repository; with `NETPROBE_UPDATE_GOLDEN` set the file is written instead.
public func expectGolden(
    _ text: String,
    _ path: String,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    if getenv("NETPROBE_UPDATE_GOLDEN") != nil {
        let file = try #require(fopen("\(Repository.root)/\(path)", "w"))
        fwrite(text, 1, text.utf8.count, file)
        fclose(file)
    }
    let expected = try Repository.text(of: path)
    #expect(text == expected, "differs from \(path)", sourceLocation: sourceLocation)
}
