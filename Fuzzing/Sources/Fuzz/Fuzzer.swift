/// One fuzzer: a group of decoders that read the same bytes. A trap, a hang, too much memory or a broken promise (a failed
/// `require`) is a finding.
struct Fuzzer: Sendable {
    let name: String
    /// What it starts from.
    let seeds: [[UInt8]]
    let body: @Sendable (RawSpan) -> Void

    static let all: [Fuzzer] = [.dns, .bfd, .bgp, .quic, .ipsec, .ip, .icmp, .link, .stamp, .text]

    /// The one that the command line names.
    static let chosen = all.first { $0.name == CommandLine.arguments.dropFirst().first }
}

/// A promise of a decoder or an encoder; broken, it stops the process, which is how libFuzzer learns of it.
func require(_ condition: Bool, _ promise: StaticString) {
    precondition(condition, "\(promise)")
}

/// What an encoder wrote into `room` bytes; nil where it refuses.
func encoded(room: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0xAA, count: room)
    // The buffer is used inside the call only.
    let count = unsafe bytes.withUnsafeMutableBytes { buffer in try? body(buffer) }
    return count.map { Array(bytes.prefix($0)) }
}
