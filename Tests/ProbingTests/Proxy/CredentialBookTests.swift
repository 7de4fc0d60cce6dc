import Model
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Probing

@Suite("credentials that several engines and runs share", .onOwnThread)
struct CredentialBookTests {
    private let key = CredentialBook.Key(host: "proxy.test", port: 3128, username: "svc")

    private func rests(_ answer: CredentialGate.Answer) -> Bool { if case .rests = answer { true } else { false } }

    @Test("what one engine is refused no other shows, and who waits is woken")
    func shared() {
        let book = CredentialBook()
        let woken = Mutex<[Int]>([])
        let first = book.enter { _ in woken.withLock { $0.append(1) } }
        let second = book.enter { _ in woken.withLock { $0.append(2) } }
        let content = book.content(Secret("wrong"))
        #expect(book.ask(key, content, engine: first) == .go)
        #expect(book.ask(key, content, engine: second) == .wait)
        book.leave(key, content, .refused)
        #expect(woken.withLock { $0 } == [2])
        #expect(rests(book.ask(key, content, engine: second)))
    }

    @Test("one password of one user is refused by two proxies at the most, whatever they are called")
    func spellings() {
        let book = CredentialBook()
        let woken = Mutex<[String]>([])
        let engine = book.enter { key in woken.withLock { $0.append(key.host) } }
        let content = book.content(Secret("wrong"))
        func key(_ host: String) -> CredentialBook.Key { .init(host: host, port: 3128, username: "svc") }
        #expect(book.ask(key("proxy.test"), content, engine: engine) == .go)
        #expect(book.ask(key("localhost"), content, engine: engine) == .go)
        #expect(book.ask(key("127.0.0.1"), content, engine: engine) == .wait)
        book.leave(key("proxy.test"), content, .refused)
        book.leave(key("localhost"), content, .refused)
        #expect(woken.withLock { $0 } == ["127.0.0.1"])
        guard
            case .restsElsewhere(_, ["localhost:3128", "proxy.test:3128"]) =
                book.ask(key("127.0.0.1"), content, engine: engine)
        else { return #expect(Bool(false), "a third is shown it, or is not told who refused") }
        #expect(book.ask(key("127.0.0.1"), book.content(Secret("another")), engine: engine) == .go)
        let ticket = book.content(nil)
        for host in ["proxy.test", "localhost", "127.0.0.1"] {
            #expect(book.ask(key(host), ticket, engine: engine) == .go, "no account is closed for a ticket")
            book.leave(key(host), ticket, .refused)
        }
    }

    @Test("one proxy by several names is shown a password once, also over a restart")
    func names() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = "\(folder.path)/credentials.json"
        let book = CredentialBook(path: path)
        let engine = book.enter { _ in }
        let content = book.content(Secret("wrong"))
        func key(_ host: String, port: UInt16 = 3128) -> CredentialBook.Key {
            .init(host: host, port: port, username: "svc")
        }
        let one = IPAddress.v4(.init(10, 0, 0, 1)), two = IPAddress.v4(.init(10, 0, 0, 2))
        #expect(key("PROXY.test") == key("proxy.test"))
        #expect(book.ask(key("proxy.test"), content, at: [one, two], engine: engine) == .go)
        #expect(book.ask(key("10.0.0.1"), content, at: [one], engine: engine) == .wait)
        #expect(book.ask(key("10.0.0.1", port: 3129), content, at: [one], engine: engine) == .go)
        book.leave(key("10.0.0.1", port: 3129), content, .accepted)
        book.leave(key("proxy.test"), content, .refused)
        guard
            case .restsElsewhere(let rest, ["proxy.test:3128"]) =
                book.ask(key("10.0.0.1"), content, at: [one], engine: engine)
        else { return #expect(Bool(false), "it was shown again") }
        #expect(rest.wasRefused)
        #expect(book.ask(key("10.0.0.9"), content, at: [.v4(.init(10, 0, 0, 9))], engine: engine) == .go)
        _ = try file(path, holds: "\"refused\":true")
        let next = CredentialBook(path: path)
        guard
            case .restsElsewhere(_, ["proxy.test:3128"]) =
                next.ask(key("10.0.0.2"), next.content(Secret("wrong")), at: [two], engine: next.enter { _ in })
        else { return #expect(Bool(false), "it was shown again after a restart") }
    }

    /// The file as soon as it holds the text.
    private func file(_ path: String, holds text: String) throws -> String {
        try eventually("\(path) holds \(text)", within: .seconds(10)) {
            let found = (try? Repository.bytes(of: path)).map { String(decoding: $0, as: UTF8.self) }
            return found.flatMap { $0.contains(text) ? $0 : nil }
        }
    }

    @Test("a refused password rests over a restart, another one does not, and none is in the file")
    func restart() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = "\(folder.path)/credentials.json"
        let book = CredentialBook(path: path)
        let content = book.content(Secret("hunter2-wrong"))
        _ = book.ask(key, content, engine: book.enter { _ in })
        book.leave(key, content, .refused)
        let text = try file(path, holds: "\"refused\":true")
        #expect(!text.contains("hunter2"))

        let next = CredentialBook(path: path)
        let engine = next.enter { _ in }
        #expect(next.rest(of: key, next.content(Secret("hunter2-wrong")))?.wasRefused == true)
        #expect(rests(next.ask(key, next.content(Secret("hunter2-wrong")), engine: engine)))
        let other = CredentialBook.Key(host: "proxy.test", port: 3129, username: "svc")
        #expect(next.ask(other, next.content(Secret("hunter2-wrong")), engine: engine) == .go)
        #expect(next.ask(key, next.content(Secret("the new one")), engine: engine) == .go)
    }

    @Test("one that is being shown when the program ends is not shown by the next run")
    func killed() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = "\(folder.path)/credentials.json"
        let book = CredentialBook(path: path)
        _ = book.ask(key, book.content(Secret("one")), engine: book.enter { _ in })
        _ = try file(path, holds: "\"refused\":false")
        let next = CredentialBook(path: path)
        #expect(next.rest(of: key, next.content(Secret("one")))?.wasRefused == false)
    }

    @Test("one that the proxy takes leaves no trace")
    func accepted() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = "\(folder.path)/credentials.json"
        let book = CredentialBook(path: path)
        let content = book.content(Secret("right"))
        _ = book.ask(key, content, engine: book.enter { _ in })
        book.leave(key, content, .accepted)
        _ = try file(path, holds: "\"rests\":[]")
    }

    @Test(
        "a file that nobody can read is one without rests",
        arguments: ["", "{", "{\"version\":2}", "{\"version\":1,\"salt\":[1]}"]
    )
    func damaged(text: String) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let book = CredentialBook(path: try folder.write("credentials.json", text))
        #expect(book.ask(key, book.content(nil), engine: book.enter { _ in }) == .go)
    }

    @Test("a rest ends by the wall clock, and a clock that was set back does not make it longer")
    func clocks() throws {
        let content = CredentialContent(Secret("one"), salt: Array(repeating: 7, count: 16))
        let now = ClockReading(
            monotonic: MonotonicTime(nanoseconds: 5_000),
            wall: WallTime(nanoseconds: 1_800_000_000 << 30)
        )
        let rest = CredentialGate.Rest(since: now.monotonic, wasRefused: true)
        let memory = CredentialMemory(
            salt: Array(repeating: 7, count: 16),
            rests: [.init(key: key, mark: content.mark, rest: rest)]
        )
        let text = Array(memory.text(now).utf8)
        func read(after time: Duration) -> CredentialGate.Rest? {
            let later = ClockReading(monotonic: MonotonicTime(nanoseconds: 9), wall: now.wall + time)
            return CredentialMemory(text, later)?.rests.first?.rest
        }
        #expect(read(after: .seconds(100))?.until == MonotonicTime(nanoseconds: 9) + .seconds(800))
        #expect(read(after: .seconds(900)) == nil)
        #expect(read(after: .seconds(-100_000))?.until == MonotonicTime(nanoseconds: 9) + .seconds(900))
    }
}
