import Flows
import Wire

/// A flow engine that is fed frame by frame and tells what it found.
struct Trace: ~Copyable {
    struct Found: Equatable, CustomStringConvertible {
        var frame: UInt64
        var method: SampleMethod
        var milliseconds: Int64

        init(_ frame: UInt64, _ method: SampleMethod, _ milliseconds: Int64) {
            (self.frame, self.method, self.milliseconds) = (frame, method, milliseconds)
        }

        var description: String { "\(frame) \(method.name) \(milliseconds) ms" }
    }

    var engine: FlowEngine
    private(set) var found: [Found] = []
    private(set) var events: [FlowEvent] = []
    private var batch = PacketBatch()
    private var frames: UInt64 = 0

    init(maximumFlows: Int = 1024, isExact: Bool = false) {
        var options = FlowEngineOptions()
        options.maximumFlows = maximumFlows
        options.isExact = isExact
        options.collectsSamples = true
        options.collectsEvents = true
        options.keepsEvictedPaths = true
        options.seed = 1
        engine = FlowEngine(options)
    }

    mutating func see(_ frame: [UInt8], at milliseconds: Int64) {
        frames += 1
        batch.add(
            frame.span.bytes,
            from: 0,
            to: frame.count,
            frame: frames,
            time: 1_700_000_000_000_000_000 + milliseconds * 1_000_000,
            wireLength: frame.count,
            link: .ethernet
        )
        engine.process(&batch, in: frame.span.bytes)
        drain()
    }

    /// The same frames through batches that are as full as they can be.
    mutating func seeTogether(_ list: [(Int64, [UInt8])]) {
        let piece = list.flatMap(\.1)
        var start = 0
        for (milliseconds, frame) in list {
            frames += 1
            batch.add(
                piece.span.bytes,
                from: start,
                to: start + frame.count,
                frame: frames,
                time: 1_700_000_000_000_000_000 + milliseconds * 1_000_000,
                wireLength: frame.count,
                link: .ethernet
            )
            start += frame.count
            if batch.isFull { engine.process(&batch, in: piece.span.bytes) }
        }
        engine.process(&batch, in: piece.span.bytes)
        drain()
    }

    private mutating func drain() {
        var new: [Found] = []
        engine.drainSamples { new.append(Found($0.frame, $0.method, $0.roundTrip / 1_000_000)) }
        found += new
        var told: [FlowEvent] = []
        engine.drainEvents { told.append($0) }
        events += told
    }

    mutating func see(_ segments: (Int64, Segment)...) {
        for (time, segment) in segments { see(segment.frame, at: time) }
    }

    func of(_ method: SampleMethod) -> [Found] { found.filter { $0.method == method } }

    /// The side that opened.
    var client: FlowDirection { engine.groups(by: .flow, limit: 1)[0].toServer }
    var server: FlowDirection { engine.groups(by: .flow, limit: 1)[0].toClient }
}

extension Trace {
    /// SYN at 0 ms, SYN-ACK at 50 ms, ACK at 60 ms; the next bytes are 101 and 501.
    mutating func shakeHands() {
        see((0, .a(100, .syn)), (50, .b(500, ack: 101, .syn)), (60, .a(101, ack: 501)))
    }
}
