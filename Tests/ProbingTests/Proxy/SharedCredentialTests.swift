import Model
import TestSupport
import Testing

@testable import Probing

/// Commands that probe once share with `serve`, and with each other, what rests.
@Suite("credentials of several programs")
struct SharedCredentialTests {
    private let key = CredentialBook.Key(host: "proxy.test", port: 3128, username: "u")

    private func withFile(_ body: (String) throws -> Void) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try body("\(folder.path)/credentials.json")
    }

    /// One run of the command; what the gate said.
    private func run(_ path: String, _ password: String, _ verdict: CredentialGate.Verdict) -> CredentialGate.Answer {
        let book = CredentialBook(path: path, isBrief: true)
        let content = book.content(Secret(password))
        let answer = book.ask(key, content, engine: 0)
        if answer == .go { book.leave(key, content, verdict) }
        return answer
    }

    @Test("a password that one was refused the next does not show")
    func refused() throws {
        try withFile { path in
            #expect(run(path, "wrong", .refused) == .go)
            for _ in 0..<5 {
                guard case .rests(let rest) = run(path, "wrong", .refused) else {
                    Issue.record("it was shown again")
                    return
                }
                #expect(rest.wasRefused)
            }
            #expect(run(path, "right", .accepted) == .go)
            #expect(run(path, "right", .accepted) == .go)
            guard case .rests = run(path, "wrong", .refused) else {
                Issue.record("a good password has ended another's rest")
                return
            }
        }
    }

    @Test("one that got an answer that may be a refusal is not shown for the same target again")
    func unclear() throws {
        try withFile { path in
            #expect(run(path, "x", .unclear(0)) == .go)
            guard case .rests(let rest) = run(path, "x", .unclear(0)) else {
                Issue.record("it was shown again")
                return
            }
            #expect(rest.cause == .unclear(by: [0]))
        }
    }

    @Test("while one shows it another does not")
    func together() throws {
        try withFile { path in
            let first = CredentialBook(path: path, isBrief: true)
            #expect(first.ask(key, first.content(Secret("x")), engine: 0) == .go)
            let second = CredentialBook(path: path, isBrief: true)
            guard case .rests = second.ask(key, second.content(Secret("x")), engine: 0) else {
                Issue.record("both show it")
                return
            }
        }
    }

    @Test("one that has begun before another was refused is told when it asks")
    func late() throws {
        try withFile { path in
            // The salt must be there first.
            #expect(run(path, "other", .refused) == .go)
            let early = CredentialBook(path: path, isBrief: true)
            #expect(run(path, "wrong", .refused) == .go)
            guard case .rests = early.ask(key, early.content(Secret("wrong")), engine: 0) else {
                Issue.record("it was shown again")
                return
            }
        }
    }
}
