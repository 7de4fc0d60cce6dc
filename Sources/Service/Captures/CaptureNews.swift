import Links
import Model

/// What a capture thread tells the monitor.
enum CaptureNews: Sendable {
    /// It is captured from now on, with the stamps of `host` or `adapter`.
    case opened(interface: String, clock: String)
    /// It is not, and why; tried again until it is.
    case closed(interface: String, reason: String, isMissing: Bool)
    /// The kernel dropped so many packets, since this host was too slow for them.
    case dropped(interface: String, packets: UInt64)
    case bfd([BFDSighting])
}
