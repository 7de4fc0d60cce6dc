internal import Model
internal import Sockets
internal import Synchronization
internal import Wire

/// The gates before the credentials of all proxies. The engines of one program share one, so that none shows what another
/// was refused; with a file the next run knows it too.
public final class CredentialBook: Sendable {
    /// One set of credentials at one proxy.
    struct Key: Hashable, Sendable {
        var host: String
        var port: UInt16
        var username: String

        init(host: String, port: UInt16, username: String) {
            self.host = host.lowercased()
            self.port = port
            self.username = username
        }

        init?(_ proxy: ProxyServer?) {
            guard let proxy, let credentials = proxy.credentials else { return nil }
            self.init(host: proxy.host, port: proxy.port, username: credentials.username)
        }

        var place: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    typealias Waker = @Sendable (Key) -> Void

    private struct State: Sendable {
        /// Whether this program has a word on credentials with that mark.
        func knows(_ key: Key, _ mark: UInt16) -> Bool { gates[key]?.marks.contains(mark) == true }

        var gates: [Key: CredentialGate] = [:]
        /// Where the proxies were when credentials were last shown there: one may have several names.
        var addresses: [Key: Set<IPAddress>] = [:]
        /// Of an earlier run, until somebody has the same password.
        var remembered: [CredentialMemory.Rest] = []
        var wakers: [Waker?] = []
        /// Numbers of the engines that wait for a place.
        var waiting: [Key: Set<Int>] = [:]
    }

    private let state: Mutex<State>
    private let salt: [UInt8]
    private let file: CredentialFile?
    private let clock: @Sendable () -> MonotonicTime
    /// Of a program that asks once and ends: what others do meanwhile is read at each step, and the disk is waited for.
    private let isBrief: Bool

    /// - Parameters:
    ///   - path: of the file that keeps the rests; nil keeps nothing.
    ///   - isBrief: the program ends after one probe.
    public convenience init(path: String? = nil, isBrief: Bool = false) {
        self.init(path: path, isBrief: isBrief, clock: { SystemClock.monotonic() })
    }

    init(path: String?, isBrief: Bool = false, clock: @escaping @Sendable () -> MonotonicTime) {
        self.clock = clock
        self.isBrief = isBrief
        file = path.map { CredentialFile(path: $0) }
        let memory = file?.read() ?? CredentialMemory()
        salt = memory.salt
        state = Mutex(State(remembered: memory.rests))
    }

    /// What stands for a target where its URL, which may hold a secret, must not.
    func mark(of target: Target) -> UInt16 { CredentialContent.mark("\(target)", salt: salt) }

    func content(_ password: Secret?) -> CredentialContent { CredentialContent(password, salt: salt) }

    /// - Parameter waker: called from any thread when there may be a place; it must return at once.
    /// - Returns: the number of the engine.
    func enter(_ waker: @escaping Waker) -> Int {
        state.withLock { state in
            state.wakers.append(waker)
            return state.wakers.count - 1
        }
    }

    func exit(_ engine: Int) { state.withLock { $0.wakers[engine] = nil } }

    /// The scheme that this proxy took last; nil where that is not known or the credentials rest.
    func scheme(of key: Key) -> AuthenticationScheme? { state.withLock { $0.gates[key]?.scheme } }

    func isProven(_ key: Key, _ content: CredentialContent) -> Bool {
        state.withLock { $0.gates[key]?.isProven(content) == true }
    }

    func rest(of key: Key, _ content: CredentialContent, for target: UInt16? = 0) -> CredentialGate.Rest? {
        let now = clock()
        return state.withLock { state in
            Self.remember(key, content, &state, now)
            return state.gates[key]?.rest(at: now, content, for: target)
        }
    }

    /// Leave to show the credentials; an engine that must wait is woken when it may ask again.
    /// - Parameter addresses: those of the proxy's name.
    func ask(
        _ key: Key,
        _ content: CredentialContent,
        for target: UInt16? = 0,
        at addresses: Set<IPAddress> = [],
        engine: Int
    ) -> CredentialGate.Answer {
        let now = clock()
        guard isBrief, let file else {
            return state.withLock { state in
                let answer = Self.ask(key, content, target, addresses, engine, &state, now)
                if answer == .go, state.gates[key]?.isProven(content) == false { save(state, now) }
                return answer
            }
        }
        return file.exclusively { memory in
            state.withLock { state in
                if let memory, memory.salt == salt { state.remembered = memory.rests }
                let answer = Self.ask(key, content, target, addresses, engine, &state, now)
                return (answer, answer == .go ? self.memory(state, now).merged(with: memory, knows: state.knows) : nil)
            }
        }
    }

    private static func ask(
        _ key: Key,
        _ content: CredentialContent,
        _ target: UInt16?,
        _ addresses: Set<IPAddress>,
        _ engine: Int,
        _ state: inout State,
        _ now: MonotonicTime
    ) -> CredentialGate.Answer {
        remember(key, content, &state, now)
        var answer = elsewhere(key, content, target, addresses, state, now)
        if answer == .go { answer = state.gates[key, default: CredentialGate()].ask(at: now, content, for: target) }
        if answer == .wait { state.waiting[key, default: []].insert(engine) }
        if answer == .go { state.addresses[key] = addresses }
        return answer
    }

    /// One account may stand behind several proxies, and one proxy behind several names: what it has refused under one is not
    /// shown to it under another, and a password that some proxies have refused is shown to no other.
    private static func elsewhere(
        _ key: Key,
        _ content: CredentialContent,
        _ target: UInt16?,
        _ addresses: Set<IPAddress>,
        _ state: State,
        _ now: MonotonicTime
    ) -> CredentialGate.Answer {
        guard content.isPassword, state.gates[key]?.isProven(content) != true else { return .go }
        func isSame(_ other: Key, _ places: Set<IPAddress>) -> Bool {
            other.port == key.port && !places.isDisjoint(with: addresses)
        }
        let others = state.gates.filter { $0.key != key && $0.key.username == key.username }
        let earlier = state.remembered.filter {
            $0.key != key && $0.key.username == key.username && $0.mark == content.mark && now < $0.rest.until
        }
        let same = others.filter { isSame($0.key, state.addresses[$0.key] ?? []) }
        for (name, gate) in same {
            if let rest = gate.rest(at: now, content, for: target) { return .restsElsewhere(rest, at: [name.place]) }
            if gate.isTried(content) { return .wait }
        }
        if let known = earlier.first(where: { isSame($0.key, $0.addresses) && $0.rest.holds(for: target) }) {
            return .restsElsewhere(known.rest, at: [known.key.place])
        }
        let rests = others.compactMap { key, gate in gate.rest(at: now, content).map { (key, $0) } }
        let refused = (rests + earlier.map { ($0.key, $0.rest) }).filter(\.1.wasRefused)
        if refused.count >= mostProxies, let last = refused.map(\.1).max(by: { $0.since < $1.since }) {
            return .restsElsewhere(last, at: refused.map(\.0.place).sorted())
        }
        return refused.count + others.values.count { $0.isTried(content) } < mostProxies ? .go : .wait
    }

    /// Proxies that may refuse one password of one user.
    static let mostProxies = 2

    /// How it asked for the credentials that it took.
    func realm(of key: Key) -> ProxyRealm? { state.withLock { $0.gates[key]?.realm } }

    func worked(_ key: Key, _ realm: ProxyRealm) { state.withLock { $0.gates[key]?.worked(realm) } }

    func leave(_ key: Key, _ content: CredentialContent, _ verdict: CredentialGate.Verdict) {
        let now = clock()
        let wakers = state.withLock { state -> [(Waker, Key)] in
            let wasProven = state.gates[key]?.isProven(content) == true
            state.gates[key]?.leave(content, at: now, verdict)
            if !wasProven || verdict == .refused { save(state, now) }
            // Also those who wait at other proxies with the same account.
            return state.waiting.keys.filter { $0.username == key.username }.flatMap { other in
                (state.waiting.removeValue(forKey: other) ?? []).compactMap { engine in
                    state.wakers[engine].map { ($0, other) }
                }
            }
        }
        for (waker, key) in wakers { waker(key) }
    }

    // MARK: Over a restart

    private static func remember(_ key: Key, _ content: CredentialContent, _ state: inout State, _ now: MonotonicTime) {
        guard let place = state.remembered.firstIndex(where: { $0.key == key && $0.mark == content.mark }) else {
            return
        }
        let known = state.remembered.remove(at: place)
        state.gates[key, default: CredentialGate()].remember(content, known.rest)
        if state.addresses[key] == nil { state.addresses[key] = known.addresses }
    }

    private func save(_ state: State, _ now: MonotonicTime) {
        guard let file else { return }
        let memory = memory(state, now)
        let change: CredentialFile.Change = { memory.merged(with: $0, knows: state.knows) }
        if isBrief { file.exclusively { ((), change($0)) } } else { file.write(change) }
    }

    private func memory(_ state: State, _ now: MonotonicTime) -> CredentialMemory {
        var rests = state.remembered.filter { now < $0.rest.until }
        for (key, gate) in state.gates {
            let addresses = state.addresses[key] ?? []
            rests += gate.rests(at: now).map {
                CredentialMemory.Rest(key: key, mark: $0.mark, rest: $0.rest, addresses: addresses)
            }
        }
        return CredentialMemory(salt: salt, rests: rests)
    }
}
