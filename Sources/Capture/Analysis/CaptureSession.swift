public import Flows
internal import Glibc
public import Wire

/// Reads the sources of a capture one after the other into one analysis. Runs on the calling thread.
public struct CaptureSession: ~Copyable {
    public private(set) var analysis: CaptureAnalysis
    private let options: CaptureOptions
    private let cancellation: CaptureCancellation
    /// Link types in the order of their sources.
    public private(set) var links: [LinkType] = []
    /// Who stamped the packets: `file`, or of an interface `host` or `adapter`.
    public private(set) var clock = "file"
    /// Packets that kernel and adapter dropped.
    public private(set) var dropped: UInt64 = 0
    /// Why a source could not be read to its end.
    public private(set) var failures: [CaptureError] = []

    public init(_ options: CaptureOptions, cancellation: CaptureCancellation) {
        self.options = options
        self.cancellation = cancellation
        analysis = CaptureAnalysis(options.flows)
        Self.useLargePages(analysis.engine)
    }

    /// Of a table of many megabytes every access would miss the processor's list of pages of 4 KiB.
    private static func useLargePages(_ engine: borrowing FlowEngine) {
        unsafe engine.withTableMemory { start, length in
            let page = 2 << 20
            let first = (UInt(bitPattern: start) + UInt(page) - 1) & ~UInt(page - 1)
            let end = (UInt(bitPattern: start) + UInt(length)) & ~UInt(page - 1)
            guard end > first, let aligned = unsafe UnsafeMutableRawPointer(bitPattern: first) else { return }
            // Advice only; whether it is taken changes nothing but speed.
            unsafe madvise(aligned, Int(end - first), MADV_HUGEPAGE)
        }
    }

    /// Reads all sources, or until it is cancelled. A source that fails ends the reading; what came before counts.
    /// - Parameters:
    ///   - sample: takes each sample as it is found, where samples are collected.
    ///   - progress: called now and then.
    public mutating func run(sample: (borrowing Sample) -> Void, progress: (CaptureProgress) -> Void) {
        for source in options.sources {
            guard !cancellation.isCancelled else { return }
            do {
                if Self.isInterface(source) {
                    try captureLive(source, sample, progress)
                } else {
                    try readFile(source, sample, progress)
                }
            } catch {
                failures.append(error)
                analysis.engine.drainSamples(sample)
                return
            }
        }
    }

    /// What is no file and could be the name of an interface.
    public static func isInterface(_ source: String) -> Bool {
        guard source != "-", !source.isEmpty, source.utf8.count < 16, !source.contains("/") else { return false }
        return unsafe access(source, F_OK) != 0
    }

    private static func stream(_ source: String, _ file: RegularFile?) throws(CaptureError) -> StreamFile {
        guard let file else { return try StreamFile.standardInput() }
        return try file.stream(source)
    }

    /// Reads pcap and pcapng, compressed ones and standard input as a stream; libpcap reads other formats
    /// than pcap and pcapng.
    private mutating func readFile(
        _ source: String,
        _ sample: (borrowing Sample) -> Void,
        _ progress: (CaptureProgress) -> Void
    ) throws(CaptureError) {
        let file = source == "-" ? nil : try RegularFile(source)
        var format = try file?.format(source) ?? .stream
        let (cancellation, size) = (cancellation, file?.size ?? 0)
        let stream = format == .stream ? try Self.stream(source, file) : nil
        if let stream {
            let found = try stream.withStart(
                PcapHeader.length,
                while: { !cancellation.isCancelled },
                CaptureFormat.init
            )
            guard let found else { return }
            format = found
        }
        func turn(_ analysis: inout CaptureAnalysis, _ place: Int) -> Bool {
            analysis.engine.drainSamples(sample)
            progress(
                CaptureProgress(
                    source: source,
                    packets: analysis.frames,
                    bytesRead: place,
                    bytesTotal: stream == nil ? size : 0
                )
            )
            return !cancellation.isCancelled
        }
        func pieces(_ start: Int, _ scan: (RawSpan, inout Int) -> PieceEnd, _ turn: (Int) -> Bool) throws(CaptureError)
        {
            if let stream {
                try stream.read(from: start, scan: scan, turn: turn)
                if let damage = stream.damage { throw damage }
            } else {
                try file?.read(from: start, source: source, scan: scan, turn: turn)
            }
        }
        switch format {
        case .pcap(let header):
            links.append(header.link)
            let filter = try PacketFilter.compile(
                options.filter,
                link: header.link,
                source: source,
                PcapHeader.linkOffset
            )
            let records = PcapRecords(header: header, isCut: { file?.cutSize != nil })
            try pieces(PcapHeader.length) { piece, position in
                records.read(piece, from: &position, into: &analysis, filter: filter)
            } _: { place in
                turn(&analysis, place)
            }
            guard header.link.isKnown else {
                throw .unknown(header.link, source: source, offset: PcapHeader.linkOffset)
            }
        case .pcapng:
            let before = analysis.engine.totals
            var blocks = PcapngBlocks(filter: options.filter, source: source)
            defer { links += blocks.links }
            do {
                try pieces(0) { piece, position in
                    blocks.read(piece, from: &position, into: &analysis)
                } _: { place in
                    turn(&analysis, place)
                }
            } catch {
                guard let failure = blocks.failure else { throw error }
                guard failure.kind == .input else { throw failure }
                throw CaptureError(.input, source: source, reason: failure.reason, offset: error.offset)
            }
            let read = analysis.engine.totals.packets - before.packets
            guard let unknown = blocks.unknown, read > 0 else { return }
            guard read != analysis.engine.totals[.unknownLink] - before[.unknownLink] else {
                throw .unknown(unknown.link, source: source, offset: unknown.offset)
            }
        case .stream:
            throw CaptureError(.input, source: source, reason: "no capture file", offset: 0)
        case .other:
            guard stream == nil else {
                throw CaptureError(.input, source: source, reason: "no capture file", offset: 0)
            }
            try readByLibrary(source, sample, progress)
        }
    }

    private mutating func readByLibrary(
        _ source: String,
        _ sample: (borrowing Sample) -> Void,
        _ progress: (CaptureProgress) -> Void
    ) throws(CaptureError) {
        let handle = try LibraryFile.open(source)
        links.append(handle.link)
        let filter = try PacketFilter.compile(options.filter, link: handle.link, source: source, nil)
        var count = 0
        while try handle.next(into: &analysis, filter: filter) == .packet {
            count += 1
            guard count % Self.batch == 0 else { continue }
            analysis.engine.drainSamples(sample)
            progress(
                CaptureProgress(
                    source: source,
                    packets: analysis.frames,
                    bytesRead: handle.position,
                    bytesTotal: 0
                )
            )
            if cancellation.isCancelled { break }
        }
        analysis.engine.drainSamples(sample)
        guard handle.link.isKnown else { throw .unknown(handle.link, source: source, offset: nil) }
    }

    /// Packets between two looks at anything else.
    private static let batch = 1024

    private mutating func captureLive(
        _ interface: String,
        _ sample: (borrowing Sample) -> Void,
        _ progress: (CaptureProgress) -> Void
    ) throws(CaptureError) {
        let live = try Self.open(interface, filter: options.filter)
        links.append(live.handle.link)
        guard live.handle.link.isKnown else { throw .unknown(live.handle.link, source: interface, offset: nil) }
        clock = live.clock
        let end = options.duration.map { ContinuousClock.now + $0 }
        var waiting = pollfd(fd: live.handle.descriptor, events: Int16(POLLIN), revents: 0)
        defer { dropped += live.handle.dropped }
        while !cancellation.isCancelled {
            var count = 0
            while count < Self.batch, try live.handle.next(into: &analysis, filter: nil) == .packet { count += 1 }
            analysis.engine.drainSamples(sample)
            progress(CaptureProgress(source: interface, packets: analysis.frames, bytesRead: 0, bytesTotal: 0))
            if let end, ContinuousClock.now >= end { return }
            // A full batch means that more waits; the handle itself never blocks.
            guard count < Self.batch else { continue }
            _ = unsafe poll(&waiting, 1, Self.patience)
            // libpcap goes on in silence when somebody takes the interface down.
            guard count > 0 || !InterfaceState.isDown(interface) else {
                throw CaptureError(.absent, source: interface, reason: "the interface was taken down")
            }
        }
    }

    /// - Throws: what `LiveCapture` throws; of a name that is neither a file nor an interface it says both.
    private static func open(_ name: String, filter: String?) throws(CaptureError) -> LiveCapture {
        do {
            return try LiveCapture(interface: name, filter: filter)
        } catch {
            guard error.kind == .absent, unsafe if_nametoindex(name) == 0 else { throw error }
            throw CaptureError(.absent, source: name, reason: "no such file, and no such interface")
        }
    }

    /// Milliseconds until the cancellation is looked at.
    private static let patience: Int32 = 50
}
