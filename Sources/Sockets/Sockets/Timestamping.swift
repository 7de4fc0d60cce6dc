/// Kernel stamps of what a socket sends and receives (SO_TIMESTAMPING, Linux `timestamping.rst`).
public struct Timestamping: OptionSet, Hashable, Sendable {
    public let rawValue: Int32

    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    public static let transmitHardware = Timestamping(rawValue: 1 << 0)
    public static let transmitSoftware = Timestamping(rawValue: 1 << 1)
    public static let receiveHardware = Timestamping(rawValue: 1 << 2)
    public static let receiveSoftware = Timestamping(rawValue: 1 << 3)
    public static let reportSoftware = Timestamping(rawValue: 1 << 4)
    public static let reportRawHardware = Timestamping(rawValue: 1 << 6)
    /// Numbers each packet sent, from 0 at the moment of setting.
    public static let identifier = Timestamping(rawValue: 1 << 7)
    /// The stamp comes back without the packet.
    public static let onlyStamp = Timestamping(rawValue: 1 << 11)

    /// Software stamps both ways, transmit stamps by number.
    public static let kernel: Timestamping = [
        .transmitSoftware, .receiveSoftware, .reportSoftware, .identifier, .onlyStamp,
    ]
}

extension Socket {
    public func enable(_ stamps: Timestamping) throws(SystemError) {
        try set(.timestamping, stamps.rawValue)
    }

    /// Lets the numbers of transmit stamps begin at 0 again, for after a send whose number is in doubt.
    public func restartStampNumbers(_ stamps: Timestamping) throws(SystemError) {
        try set(.timestamping, stamps.subtracting(.identifier).rawValue)
        try set(.timestamping, stamps.rawValue)
    }
}
