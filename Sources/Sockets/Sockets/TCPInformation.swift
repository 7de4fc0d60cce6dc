internal import CLinux
internal import Glibc
internal import Model

/// What the kernel knows of a TCP connection (TCP_INFO).
public struct TCPInformation: Hashable, Sendable {
    /// State by number; 1 is established, 2 SYN sent.
    public var state: UInt8
    /// Smoothed round trip; after the handshake alone that of SYN and SYN-ACK. Zero when not measured.
    public var roundTrip: Duration
    /// Segments sent again so far; before data, SYNs.
    public var retransmissions: UInt32
    /// Both sides use timestamps, so that the round trip holds for a SYN sent again too (RFC 7323).
    public var hasTimestamps: Bool
    /// Segments that came for the connection, also those that are none of it.
    public var receivedSegments: UInt32

    /// The SYN is sent and not answered.
    public var isAwaitingAnswer: Bool { state == 2 }
}

extension Socket {
    public func tcpInformation() throws(SystemError) -> TCPInformation {
        var whole = netprobe_tcp_info()
        var length = socklen_t(MemoryLayout<netprobe_tcp_info>.size)
        try SystemCall.checked("getsockopt TCP_INFO") {
            unsafe getsockopt(number, Int32(IPPROTO_TCP), TCP_INFO, &whole, &length)
        }
        let info = whole.base
        return TCPInformation(
            state: info.tcpi_state,
            roundTrip: .microseconds(Int64(info.tcpi_rtt)),
            retransmissions: info.tcpi_total_retrans,
            hasTimestamps: info.tcpi_options & 1 != 0,
            receivedSegments: whole.segments_in
        )
    }
}
