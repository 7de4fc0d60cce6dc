public import Flows
internal import Glibc
internal import Model
internal import Wire

/// An interface that is captured for as long as the program runs: it may be missing, vanish and come back, and the flows
/// are followed on. Of one thread; it allocates nothing for a packet.
public struct InterfaceCapture: ~Copyable {
    /// What is wanted of it.
    public struct Options: Sendable {
        public var interface: String
        /// In the language of pcap-filter(7), anded with what is followed; nil: everything that is.
        public var filter: String?
        public var flows: FlowEngineOptions
        /// Of the kernel's ring.
        public var bufferBytes = 16 << 20
        /// Packets are delivered in blocks, at the latest after this many milliseconds.
        public var blockMilliseconds = 10

        public init(interface: String, filter: String? = nil, flows: FlowEngineOptions) {
            self.interface = interface
            self.filter = filter
            self.flows = flows
        }
    }

    /// TCP, and what guards and encrypts paths; also where a header of a lower layer stands before it. Other traffic need
    /// not leave the kernel.
    public static let followed =
        "(tcp or ip proto 50 or ip6 proto 50 or ip proto 47 or ip6 proto 47 or ip proto 4 or ip proto 41 "
        + "or ip6 proto 4 or ip6 proto 41 or udp port 4500 or udp port 3784 or udp port 4784 or udp port 4789 "
        + "or ether proto 0x8100 or ether proto 0x88a8 or ether proto 0x8847 or ether proto 0x8864)"

    private let options: Options
    /// While it is there, probes tell of their connections.
    private let watch: ProbeStamps.Watch?
    private var analysis: CaptureAnalysis
    private var live: LiveCapture?
    private var index: UInt32 = 0
    private var droppedBefore: UInt64 = 0
    private var turnsUntilCheck = 0

    /// Packets taken from one handle before anything else is looked at.
    private static let batch = 1024
    private static let turnsBetweenChecks = 32

    /// - Parameter stamps: learns of the packets of our own probes' connections.
    public init(_ options: Options, stamps: ProbeStamps?) {
        self.options = options
        analysis = CaptureAnalysis(options.flows)
        watch = stamps.map { ProbeStamps.Watch($0) }
        if let stamps { analysis.watch(stamps, interface: Int.random(in: 1...Int.max)) }
    }

    public var isOpen: Bool { live != nil }
    /// Who stamps the packets: `host` or `adapter`; nil while it is not open.
    public var clock: String? { live?.clock }
    /// Packets that passed the filter.
    public var packets: UInt64 { analysis.frames }
    /// Packets that kernel and adapter dropped.
    public var dropped: UInt64 { droppedBefore &+ (live?.handle.dropped ?? 0) }

    /// Opens the interface.
    /// - Throws: `absent` while it is missing or down, `privilege`, `filter`.
    public mutating func open() throws(CaptureError) {
        live = try LiveCapture(
            interface: options.interface,
            filter: Self.filter(anding: options.filter),
            bufferBytes: Int32(clamping: options.bufferBytes),
            blockMilliseconds: Int32(clamping: options.blockMilliseconds)
        )
        index = Self.index(of: options.interface)
        turnsUntilCheck = Self.turnsBetweenChecks
    }

    public mutating func close() {
        droppedBefore = dropped
        live = nil
    }

    static func filter(anding expression: String?) -> String {
        expression.map { "(\($0)) and \(followed)" } ?? followed
    }

    private static func index(of interface: String) -> UInt32 { unsafe if_nametoindex(interface) }

    /// Takes the packets that are there, after having waited for some.
    /// - Parameters:
    ///   - patience: milliseconds to wait at most.
    ///   - sample: takes each round trip.
    ///   - event: takes what else the packets tell.
    /// - Returns: how many packets there were.
    /// - Throws: `absent` when the interface has vanished; it is closed then.
    public mutating func turn(
        patience: Int32,
        sample: (borrowing Sample) -> Void,
        event: (borrowing FlowEvent) -> Void
    ) throws(CaptureError) -> Int {
        guard let live else { return 0 }
        do throws(CaptureError) {
            try checkInterface()
            var count = 0
            while count < Self.batch, try live.handle.next(into: &analysis, filter: nil) == .packet { count += 1 }
            analysis.engine.drainSamples(sample)
            analysis.engine.drainEvents(event)
            if count == 0 {
                var waiting = pollfd(fd: live.handle.descriptor, events: Int16(POLLIN), revents: 0)
                _ = unsafe poll(&waiting, 1, patience)
            }
            return count
        } catch {
            analysis.engine.drainSamples(sample)
            analysis.engine.drainEvents(event)
            close()
            throw error
        }
    }

    /// An interface of the same name that is not the same is one that went away unnoticed.
    private mutating func checkInterface() throws(CaptureError) {
        turnsUntilCheck -= 1
        guard turnsUntilCheck <= 0 else { return }
        turnsUntilCheck = Self.turnsBetweenChecks
        guard Self.index(of: options.interface) != index else { return }
        throw CaptureError(.absent, source: options.interface, reason: "the interface is gone")
    }
}
