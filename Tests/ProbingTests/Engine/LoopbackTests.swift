import Glibc
import Model
import Probing
import Sockets
import Synchronization
import TestSupport
import Testing
import Wire

private let loopback = IPAddress.v4(IPv4Address(127, 0, 0, 1))
private let loopback6 = IPAddress.v6(IPv6Address(high: 0, low: 1))

private func task(
    _ id: Int32,
    _ kind: ProbeKind,
    _ destination: IPAddress = loopback,
    port: UInt16? = nil,
    interval: Duration = .milliseconds(20)
) -> ProbeTask {
    ProbeTask(
        id: ProbeID(rawValue: id),
        kind: kind,
        destination: destination,
        port: port,
        interval: interval,
        timeout: .milliseconds(500),
        phase: .zero
    )
}

@Suite("Echo over loopback", .serialized, .onOwnThread)
struct EchoLoopbackTests {
    @Test("answers of both families come with kernel stamps, in order", arguments: [loopback, loopback6])
    func echo(destination: IPAddress) throws {
        guard Requirement.met(.root) else { return }
        let recorder = Recorder()
        let engine = try ProbeEngine { recorder.take($0) }
        engine.reconcile([task(0, .icmpEcho, destination)])
        let outcomes = try recorder.wait(for: 10).prefix(10)
        engine.stop()
        #expect(outcomes.map(\.sequence) == Array(0..<10))
        // A busy machine may spoil some, which is no loss.
        for outcome in outcomes where outcome.result != .invalid(.overload) {
            guard case .answered(let roundTrip, let clock) = outcome.result else {
                Issue.record("\(outcome.result)")
                continue
            }
            #expect(clock == .kernel)
            #expect(roundTrip > .zero)
            #expect(outcome.detail == nil)
        }
        #expect(recorder.anomalies.isEmpty)
    }

    @Test("a task that stays is not disturbed, one that goes ends as cancelled, one that comes starts at 0")
    func reconcile() throws {
        guard Requirement.met(.root) else { return }
        let recorder = Recorder()
        let engine = try ProbeEngine { recorder.take($0) }
        // Nobody answers here: the class is reserved and not local.
        let silent = try #require(IPAddress("127.0.0.1"))
        let stays = task(0, .icmpEcho)
        var goes = task(1, .icmpEcho, silent, interval: .seconds(60))
        goes.kind = .stamp
        goes.port = 9
        goes.timeout = .seconds(30)
        let sink = try Socket(.v4, .datagram)
        try sink.bind(to: SocketAddress(loopback))
        goes.port = try sink.localAddress().port
        engine.reconcile([stays, goes])
        _ = try recorder.wait(for: 5)
        engine.reconcile([stays, task(2, .icmpEcho)])
        try eventually("outcomes of the new task") { recorder.outcomes(of: 2).count >= 3 ? true : nil }
        engine.stop()
        let kept = recorder.outcomes(of: 0)
        #expect(kept.map(\.sequence) == Array(0..<UInt64(kept.count)))
        #expect(recorder.outcomes(of: 1).map(\.result) == [.invalid(.cancelled)])
        #expect(recorder.outcomes(of: 2).first?.sequence == 0)
    }

    @Test("a changed task counts on")
    func changed() throws {
        guard Requirement.met(.root) else { return }
        let recorder = Recorder()
        let engine = try ProbeEngine { recorder.take($0) }
        engine.reconcile([task(0, .icmpEcho)])
        _ = try recorder.wait(for: 3)
        engine.reconcile([task(0, .icmpEcho, interval: .milliseconds(10))])
        _ = try recorder.wait(for: 8)
        engine.stop()
        let numbers = recorder.outcomes(of: 0).map(\.sequence)
        #expect(numbers == Array(0..<UInt64(numbers.count)))
    }

    @Test("while the engine does not run nothing is lost: what ended meanwhile is overload, and the gap is told")
    func stopped() throws {
        guard Requirement.met(.root) else { return }
        let recorder = Recorder()
        let hasSlept = Mutex(false)
        let sink = try Socket(.v4, .datagram)
        try sink.bind(to: SocketAddress(loopback))
        var silent = task(1, .stamp, port: try sink.localAddress().port, interval: .seconds(60))
        silent.timeout = .milliseconds(100)
        let engine = try ProbeEngine { batch in
            recorder.take(batch)
            // Holds the engine's thread once, as a stopped process would.
            let isFirst = hasSlept.withLock { slept in
                defer { slept = true }
                return !slept
            }
            if isFirst { usleep(400_000) }
        }
        engine.reconcile([task(0, .icmpEcho), silent])
        try eventually("life after the gap") { recorder.outcomes(of: 0).count > 5 ? true : nil }
        try eventually("the silent probe's end") { recorder.outcomes(of: 1).first }
        engine.stop()
        #expect(recorder.gap != nil)
        #expect(recorder.outcomes(of: 1).first?.result == .invalid(.overload))
        let results = recorder.outcomes(of: 0).map(\.result)
        #expect(results.filter { $0 == .invalid(.overload) }.count == 1)
        #expect(!results.contains(.failed(.timeout)))
    }

    @Test("confirming probes do not wait for the interval")
    func probeNow() throws {
        guard Requirement.met(.root) else { return }
        let recorder = Recorder()
        let engine = try ProbeEngine { recorder.take($0) }
        engine.reconcile([task(0, .icmpEcho, interval: .seconds(3600))])
        _ = try recorder.wait(for: 1)
        engine.probeNow(ProbeID(rawValue: 0), after: [.zero, .milliseconds(5), .milliseconds(10)])
        #expect(try recorder.wait(for: 4).count == 4)
        engine.stop()
    }

    @Test("an interface that is not there is named at once")
    func missingInterface() throws {
        guard Requirement.met(.root) else { return }
        var pinned = task(0, .icmpEcho)
        pinned.pin = Pin(interface: "nothere0")
        let outcome = try ProbeEngine.probeOnce(pinned)
        #expect(outcome.result == .failed(.interfaceDown))
        #expect(outcome.detail?.message?.contains("nothere0") == true)
    }

    @Test("a source that is not this host's is named at once")
    func missingSource() throws {
        guard Requirement.met(.root) else { return }
        var pinned = task(0, .icmpEcho)
        pinned.pin = Pin(source: IPAddress("203.0.113.77"))
        let outcome = try ProbeEngine.probeOnce(pinned)
        #expect(outcome.result == .failed(.noRoute))
        #expect(outcome.detail?.message?.contains("203.0.113.77") == true)
    }

    @Test("a thousand tasks come and go and leave no socket and no task behind")
    func comeAndGo() throws {
        guard Requirement.met(.root) else { return }
        let recorder = Recorder()
        let engine = try ProbeEngine { recorder.take($0) }
        let stays = task(0, .icmpEcho)
        // Other tests of this process open and close sockets meanwhile: a routing mark tells these from theirs.
        func tasks(of round: Int) -> [ProbeTask] {
            (1...50).map { number in
                var one = task(Int32(number), number % 2 == 0 ? .icmpEcho : .stamp, port: 9)
                one.pin = Pin(mark: markOfComingTasks + UInt32((round + number) % 60))
                return one
            }
        }
        engine.reconcile([stays] + tasks(of: 0))
        try eventually("the marked sockets are open") { socketsOfComingTasks() >= 50 ? true : nil }
        for round in 1...20 {
            engine.reconcile([stays] + tasks(of: round))
            engine.reconcile([stays])
        }
        try eventually("the marked sockets are closed") { socketsOfComingTasks() == 0 ? true : nil }
        let seen = recorder.outcomes(of: 0).count
        try eventually("the first task goes on") { recorder.outcomes(of: 0).count > seen + 3 ? true : nil }
        engine.stop()
    }

    private let markOfComingTasks: UInt32 = 0x6E70_0000

    private func socketsOfComingTasks() -> Int {
        (0..<Int32(4096)).count { descriptor in
            var mark: UInt32 = 0
            var length = socklen_t(MemoryLayout<UInt32>.size)
            return getsockopt(descriptor, SOL_SOCKET, SO_MARK, &mark, &length) == 0
                && mark & 0xFFFF_0000 == markOfComingTasks
        }
    }
}

@Suite("TCP over loopback", .serialized, .onOwnThread)
struct TCPLoopbackTests {
    private func listener() throws -> (socket: Socket, port: UInt16) {
        let socket = try Socket(.v4, .stream)
        try socket.bind(to: SocketAddress(loopback))
        try socket.listen()
        return (socket, try socket.localAddress().port)
    }

    @Test("a handshake is an answer, timed by the kernel")
    func handshake() throws {
        let (socket, port) = try listener()
        let outcome = try ProbeEngine.probeOnce(task(0, .tcpConnect, port: port))
        guard case .answered(let roundTrip, let clock) = outcome.result else {
            Issue.record("\(outcome)")
            return
        }
        #expect(clock == .kernel)
        #expect(roundTrip > .zero)
        #expect(outcome.detail?.answer == "SYN-ACK")
        #expect(outcome.detail?.phases == [.init(name: .connect, duration: roundTrip)])
        withExtendedLifetime(socket) {}
    }

    @Test("the source port of a flow stays the same, and nothing stays in TIME_WAIT")
    func constantPort() throws {
        let (socket, port) = try listener()
        let recorder = Recorder()
        let engine = try ProbeEngine { recorder.take($0) }
        engine.reconcile([task(0, .tcpConnect, port: port)])
        let outcomes = try recorder.wait(for: 10)
        engine.stop()
        #expect(outcomes.allSatisfy { $0.isAnswer || $0.result == .invalid(.overload) })
        #expect(outcomes.allSatisfy { $0.detail?.message == nil })
        withExtendedLifetime(socket) {}
    }

    @Test("where the time-out is as long as the interval, no slot of a silent target is left out")
    func silentTarget() throws {
        let (socket, port) = try listener()
        // A full queue of connections drops every SYN.
        let guests = try (0..<600).map { _ in
            let guest = try Socket(.v4, .stream)
            _ = try guest.connect(to: SocketAddress(loopback, port: port))
            return guest
        }
        let recorder = Recorder()
        let engine = try ProbeEngine { recorder.take($0) }
        var silent = task(0, .tcpConnect, port: port, interval: .milliseconds(100))
        silent.timeout = .milliseconds(100)
        engine.reconcile([silent])
        let lost = try recorder.wait(for: 9).filter { $0.result == .failed(.timeout) }
        engine.stop()
        let gaps = zip(lost, lost.dropFirst()).map { ($1.sentAt - $0.sentAt).seconds }.sorted()
        #expect(gaps.count > 4 && gaps[gaps.count / 2] < 0.15, "\(gaps)")
        withExtendedLifetime((socket, guests)) {}
    }

    @Test("a closed port refuses")
    func refused() throws {
        let (socket, port) = try listener()
        withExtendedLifetime(socket) {}
        _ = consume socket
        let outcome = try ProbeEngine.probeOnce(task(0, .tcpConnect, port: port))
        #expect(outcome.result == .failed(.refused))
        #expect(outcome.detail?.answer == "RST")
        #expect(outcome.detail?.phases.map(\.name) == [.connect])
        #expect(outcome.settledAt > outcome.sentAt)
    }

    @Test("a given source port that a listener holds is replaced, and the outcome says so")
    func takenPort() throws {
        let (socket, port) = try listener()
        var taken = task(0, .tcpConnect, port: port)
        taken.sourcePort = port
        taken.pin = Pin(source: loopback)
        let outcome = try ProbeEngine.probeOnce(taken)
        #expect(outcome.isAnswer)
        #expect(outcome.detail?.message?.contains("in use") == true)
        withExtendedLifetime(socket) {}
    }

    @Test("IPv6 works alike")
    func version6() throws {
        let socket = try Socket(.v6, .stream)
        try socket.bind(to: SocketAddress(loopback6))
        try socket.listen()
        let port = try socket.localAddress().port
        #expect(try ProbeEngine.probeOnce(task(0, .tcpConnect, loopback6, port: port)).isAnswer)
    }
}

@Suite("UDP over loopback", .serialized, .onOwnThread)
struct DatagramLoopbackTests {
    @Test(
        "a port where nobody listens is unreachable at once, by ICMP",
        arguments: [ProbeKind.stamp, .ike(nonESPMarker: true)]
    )
    func closed(kind: ProbeKind) throws {
        let socket = try Socket(.v4, .datagram)
        try socket.bind(to: SocketAddress(loopback))
        let port = try socket.localAddress().port
        _ = consume socket
        let outcome = try ProbeEngine.probeOnce(task(0, kind, port: port))
        #expect(outcome.result == .failed(.unreachablePort))
        // The error is there before the send returns, and still some time has passed.
        #expect(outcome.settledAt > outcome.sentAt)
    }

    @Test("a port where nobody answers is a time-out")
    func silent() throws {
        let socket = try Socket(.v4, .datagram)
        try socket.bind(to: SocketAddress(loopback))
        var one = task(0, .stamp, port: try socket.localAddress().port)
        one.timeout = .milliseconds(30)
        let outcome = try ProbeEngine.probeOnce(one)
        #expect(outcome.result == .failed(.timeout))
        #expect(outcome.settledAt - outcome.sentAt == .milliseconds(30))
    }

    @Test("STAMP: answers twice are one answer and a duplicate, and strangers are nobody's")
    func stamp() throws {
        let reflector = try FakeReflector(copies: 2)
        let recorder = Recorder()
        let engine = try ProbeEngine { recorder.take($0) }
        engine.reconcile([task(0, .stamp, port: reflector.port)])
        let outcomes = try recorder.wait(for: 5).prefix(5)
        engine.stop()
        reflector.stop()
        #expect(outcomes.allSatisfy { $0.isAnswer })
        #expect(outcomes.map(\.sequence) == Array(0..<5))
        #expect(recorder.anomalies.count >= 4)
        #expect(recorder.anomalies.allSatisfy { $0.kind == .duplicate })
        for outcome in outcomes {
            guard case .answered(_, let clock) = outcome.result else { continue }
            #expect(clock == .kernel)
        }
    }

    @Test("a time-out may exceed the interval: all that are open are answered, each by its own answer")
    func longTimeout() throws {
        // Each answer is kept back until six later questions have come.
        let waiting = Mutex<[[UInt8]]>([])
        let reflector = try FakePeer { question in
            waiting.withLock { waiting in
                waiting.append(question)
                guard waiting.count > 6 else { return [] }
                return FakeReflector.answer(to: waiting.removeFirst()).map { [$0] } ?? []
            }
        }
        let recorder = Recorder()
        let engine = try ProbeEngine { recorder.take($0) }
        var slow = task(0, .stamp, port: reflector.port)
        slow.timeout = .seconds(5)
        engine.reconcile([slow])
        let outcomes = try recorder.wait(for: 12).prefix(12)
        engine.stop()
        reflector.stop()
        #expect(outcomes.map(\.sequence) == Array(0..<12))
        #expect(outcomes.allSatisfy { ($0.roundTrip ?? .zero) > .milliseconds(60) })
        #expect(recorder.anomalies.isEmpty)
    }

    @Test("hundreds of open probes are told apart: an answer behind six hundred later questions is known")
    func manyOpen() throws {
        let waiting = Mutex<[[UInt8]]>([])
        let reflector = try FakePeer { question in
            waiting.withLock { waiting in
                waiting.append(question)
                guard waiting.count > 600 else { return [] }
                return FakeReflector.answer(to: waiting.removeFirst()).map { [$0] } ?? []
            }
        }
        let recorder = Recorder()
        let engine = try ProbeEngine { recorder.take($0) }
        var slow = task(0, .stamp, port: reflector.port, interval: .milliseconds(2))
        slow.timeout = .seconds(20)
        engine.reconcile([slow])
        let outcomes = try recorder.wait(for: 20).prefix(20)
        engine.stop()
        reflector.stop()
        #expect(outcomes.allSatisfy { $0.isAnswer }, "\(outcomes.filter { !$0.isAnswer })")
    }

    @Test("STAMP: a stateful reflector tells on which way packets were lost", arguments: [false, true])
    func ways(isStateless: Bool) throws {
        let sessions = Mutex(SessionTable())
        let asked = Mutex<[UInt32: Int]>([:])
        let reflector = try FakePeer { question in
            guard let test = try? STAMPTest(decoding: question.span.bytes) else { return [] }
            let copies = asked.withLock { asked in
                asked[test.sequence, default: 0] += 1
                return asked[test.sequence] ?? 0
            }
            // 10, 11 and 12 do not arrive, the answers to 20 and 21 are lost.
            if (10...12).contains(test.sequence) { return [] }
            let session = STAMPSession(sender: SocketAddress(loopback), reflector: nil, port: 0, sessionID: 0)
            let number = sessions.withLock { $0.next(session, now: 0) }
            if (20...21).contains(test.sequence), copies == 1 { return [] }
            return FakeReflector.answer(to: question, sequence: isStateless ? nil : number).map { [$0] } ?? []
        }
        let recorder = Recorder()
        let engine = try ProbeEngine { recorder.take($0) }
        var quick = task(0, .stamp, port: reflector.port, interval: .milliseconds(10))
        quick.timeout = .milliseconds(100)
        engine.reconcile([quick])
        // Judged a second after the time-out.
        let outcomes = try recorder.wait(for: 170)
        engine.stop()
        reflector.stop()
        // On a busy machine some answers are late besides; that is no loss of either way.
        #expect(outcomes.count { $0.result == .failed(.timeout) } >= 5)
        #expect(!recorder.anomalies.contains { $0.kind == .duplicate })
        let losses = recorder.directionalLosses
        #expect(losses.map(\.forward).reduce(0, +) == (isStateless ? 0 : 3))
        #expect(losses.map(\.backward).reduce(0, +) == (isStateless ? 0 : 2))
        #expect(losses.allSatisfy { $0.probe.rawValue == 0 })
    }

    @Test("IKE: a refusal proves the gateway alive and is named")
    func ike() throws {
        let responder = try FakeGateway()
        let outcome = try ProbeEngine.probeOnce(task(0, .ike(nonESPMarker: false), port: responder.port))
        responder.stop()
        #expect(outcome.isAnswer)
        #expect(outcome.detail?.answer == "NO_PROPOSAL_CHOSEN")
    }
}
