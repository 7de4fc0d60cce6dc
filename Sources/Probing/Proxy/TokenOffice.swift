internal import CGSS
internal import COpenSSL
internal import Model
internal import Sockets
internal import Synchronization

/// Asks GSS-API for the tokens of Negotiate (RFC 4559), on a thread for each proxy that lives while somebody waits.
///
/// The library asks the KDC by sockets of its own and gives up after a minute, and nothing can hasten it. So whoever asks keeps
/// his own time; while the thread has been held for long, others are told so at once.
public final class TokenOffice: Sendable {
    enum Answer: Sendable {
        /// As the field has it; for one showing.
        case token(Secret)
        case failed(String)
        /// The library has been at another question for long.
        case late
    }

    typealias Fetch = @Sendable (_ host: String) -> Answer

    private struct Question: Sendable {
        var number: UInt64
        var answer: @Sendable (Answer) -> Void
    }

    private struct Desk: Sendable {
        var questions: [Question] = []
        /// Since when the thread is at its present question.
        var since: MonotonicTime
    }

    private struct State: Sendable {
        var desks: [String: Desk] = [:]
        var last: UInt64 = 0
    }

    private let state = Mutex(State())
    private let fetch: Fetch

    /// A KDC that answers does it in this time.
    static let patience: Duration = .seconds(1)
    /// Threads at once; a site has few proxies.
    static let mostDesks = 16

    public convenience init() { self.init(fetch: Self.token(for:)) }

    init(fetch: @escaping Fetch) { self.fetch = fetch }

    /// - Parameter answer: called once unless the question is withdrawn, perhaps at once; it must return at once.
    /// - Returns: the number of the question.
    func ask(_ host: String, _ answer: @escaping @Sendable (Answer) -> Void) -> UInt64 {
        let now = SystemClock.monotonic()
        let (number, refusal, mustStart) = state.withLock { state -> (UInt64, Answer?, Bool) in
            state.last += 1
            let question = Question(number: state.last, answer: answer)
            guard let desk = state.desks[host] else {
                guard state.desks.count < Self.mostDesks else { return (state.last, .late, false) }
                state.desks[host] = Desk(questions: [question], since: now)
                return (state.last, nil, true)
            }
            guard now - desk.since < Self.patience else { return (state.last, .late, false) }
            state.desks[host]?.questions.append(question)
            return (state.last, nil, false)
        }
        if let refusal { answer(refusal) }
        if mustStart, (try? DedicatedThread(name: "np-ticket") { self.serve(host) }) == nil {
            let questions = state.withLock { $0.desks.removeValue(forKey: host)?.questions ?? [] }
            for question in questions { question.answer(.failed("no thread can be had")) }
        }
        return number
    }

    func withdraw(_ number: UInt64, of host: String) {
        state.withLock { $0.desks[host]?.questions.removeAll { $0.number == number } }
    }

    private func serve(_ host: String) {
        while let number = next(host) {
            let answer = fetch(host)
            let question = state.withLock { state -> Question? in
                guard let place = state.desks[host]?.questions.firstIndex(where: { $0.number == number }) else {
                    return nil
                }
                return state.desks[host]?.questions.remove(at: place)
            }
            question?.answer(answer)
        }
    }

    /// - Returns: nil when nobody waits, and then the thread ends.
    private func next(_ host: String) -> UInt64? {
        state.withLock { state in
            guard let first = state.desks[host]?.questions.first else {
                state.desks[host] = nil
                return nil
            }
            state.desks[host]?.since = SystemClock.monotonic()
            return first.number
        }
    }

    /// A ticket with the rights of a large company's user has some ten thousand bytes (MS-KILE: 48,000 at most).
    private static let mostBytes = 64 << 10

    private static func token(for host: String) -> Answer {
        var token = [UInt8](repeating: 0, count: mostBytes)
        var text = [CChar](repeating: 0, count: 512)
        var size = 0
        guard cgss_token(host, &token, token.count, &size, &text, text.count) != 0 else {
            let words = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            return .failed(String(decoding: words, as: UTF8.self))
        }
        var encoded = [UInt8](repeating: 0, count: (size + 2) / 3 * 4 + 1)
        let length = Int(EVP_EncodeBlock(&encoded, token, Int32(size)))
        return .token(Secret(String(decoding: encoded.prefix(length), as: UTF8.self)))
    }
}
