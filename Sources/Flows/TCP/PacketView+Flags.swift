internal import Wire

/// The flags of a TCP header as bits (RFC 9293 §3.1). The path of every packet asks them several times: a mask here is an
/// instruction, the option set of another module would be a call.
extension PacketView {
    @inline(__always) var isSynchronize: Bool { flags.rawValue & 0x02 != 0 }
    @inline(__always) var isFinish: Bool { flags.rawValue & 0x01 != 0 }
    @inline(__always) var isReset: Bool { flags.rawValue & 0x04 != 0 }
    @inline(__always) var acknowledges: Bool { flags.rawValue & 0x10 != 0 }
    /// SYN, FIN or RST.
    @inline(__always) var isControl: Bool { flags.rawValue & 0x07 != 0 }
    /// What SYN and FIN take of the sequence numbers.
    @inline(__always) var controlLength: UInt32 { flags.rawValue & 0x03 != 0 ? 1 : 0 }
}
