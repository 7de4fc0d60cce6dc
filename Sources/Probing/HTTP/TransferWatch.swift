internal import Model
internal import Sockets
internal import Synchronization

/// Cuts the connection of a peer that does not let libcurl come back.
///
/// libcurl reads the body of a 407 to CONNECT, HTTP/2 frames without content and the like for as long as there are any,
/// inside one call; meanwhile no other request goes on and no time-out is looked at. A thread of its own sees that a call
/// has taken more of the processor than any honest answer takes, and aborts the connection that is being read; libcurl
/// finds an error and returns. Processor time, so that a machine that is busy or was stopped cuts nobody.
final class TransferWatch: Sendable {
    private struct Sighting {
        var call: UInt64
        var runTime: Duration
        /// What was read of each connection when half of the time was over; nil before.
        var read: [Int32: UInt64]?
    }

    private struct Connection {
        var socket: Socket
        var owner: UInt
    }

    private struct State {
        /// Of the call in progress or the last one.
        var call: UInt64 = 0
        var isCalling = false
        /// Connections that libcurl waits on, and so has not closed.
        var connections: [Int32: Connection] = [:]
        /// Owners of those that were cut in this call.
        var cut: [UInt] = []
        var isResting = false
        var isStopped = false
        var clock: ThreadClock?
    }

    /// A call takes at most a hundred reads of one buffer, and what a handshake calculates.
    static let mostRunTime: Duration = .milliseconds(20)
    private static let interval: Duration = .milliseconds(10)
    /// The thread sleeps after so many looks at which nothing was done.
    private static let patience = 3

    private let state = Mutex(State())
    private let bell: Inbox<Void>
    private let mostRunTime: Duration

    /// - Throws: when a thread cannot be had.
    init(mostRunTime: Duration = TransferWatch.mostRunTime) throws(SystemError) {
        self.mostRunTime = mostRunTime
        bell = try Inbox<Void>()
        _ = try DedicatedThread(name: "np-watch") { [self] in run() }
    }

    // MARK: What the caller of libcurl tells; always from one thread

    func watch(_ socket: Socket, of owner: UInt) {
        state.withLock { $0.connections[socket.number] = Connection(socket: socket, owner: owner) }
    }

    /// Before its number becomes another's.
    func forget(_ number: Int32) { state.withLock { $0.connections[number] = nil } }

    /// Runs a call of libcurl.
    /// - Returns: the owners of connections that were cut in it.
    func during(_ call: () -> Void) -> [UInt] {
        let mustRing = state.withLock { state in
            if state.clock == nil { state.clock = ThreadClock() }
            state.call &+= 1
            state.isCalling = true
            defer { state.isResting = false }
            return state.isResting
        }
        if mustRing { bell.post(()) }
        call()
        return state.withLock { state in
            state.isCalling = false
            defer { state.cut = [] }
            return state.cut
        }
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        bell.post(())
    }

    // MARK: The thread

    private func run() {
        var sighting: Sighting?
        var idle = 0
        var last: UInt64 = 0
        while true {
            let step = state.withLock { state -> (isOver: Bool, rests: Bool) in
                if state.isStopped { return (true, false) }
                sighting = look(&state, sighting)
                idle = state.isCalling || state.call != last ? 0 : idle + 1
                last = state.call
                state.isResting = idle >= Self.patience
                return (false, state.isResting)
            }
            if step.isOver { return }
            bell.wait(step.rests ? nil : Self.interval)
            if step.rests { idle = 0 }
            _ = bell.take()
        }
    }

    private func look(_ state: inout State, _ last: Sighting?) -> Sighting? {
        guard state.isCalling, let runTime = state.clock?.read() else { return nil }
        guard var sighting = last, sighting.call == state.call else {
            return Sighting(call: state.call, runTime: runTime)
        }
        let taken = runTime - sighting.runTime
        guard taken > mostRunTime / 2 else { return sighting }
        let now = state.connections.compactMapValues { $0.socket.bytesRead() }
        guard let before = sighting.read else {
            sighting.read = now
            return sighting
        }
        guard taken > mostRunTime else { return sighting }
        let growth = now.map { number, count in (number, count &- min(count, before[number] ?? 0)) }
        if let (number, count) = growth.max(by: { $0.1 < $1.1 }), count > 0,
            let connection = state.connections.removeValue(forKey: number)
        {
            connection.socket.abort()
            state.cut.append(connection.owner)
        }
        return Sighting(call: state.call, runTime: runTime)
    }
}
