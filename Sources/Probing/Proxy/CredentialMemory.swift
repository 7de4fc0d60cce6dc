internal import Model
internal import Sockets
internal import Wire

/// Which credentials rest, as it is kept on disk: whose, where and since when. The password is in it as a mark of sixteen bits.
struct CredentialMemory: Equatable {
    struct Rest: Equatable {
        var key: CredentialBook.Key
        var mark: UInt16
        var rest: CredentialGate.Rest
        /// Where the proxy was.
        var addresses: Set<IPAddress> = []
    }

    var salt: [UInt8] = (0..<16).map { _ in UInt8.random(in: 0...255) }
    var rests: [Rest] = []

    /// With what other programs have written since, of credentials that this one has no word on.
    func merged(with file: CredentialMemory?, knows: (CredentialBook.Key, UInt16) -> Bool) -> CredentialMemory {
        guard let file, file.salt == salt else { return self }
        let others = file.rests.filter { other in
            !knows(other.key, other.mark) && !rests.contains { $0.key == other.key && $0.mark == other.mark }
        }
        return CredentialMemory(salt: salt, rests: rests + others)
    }

    /// Of a file; more were never written.
    static let mostRests = 1000

    func text(_ clock: ClockReading) -> String {
        let list = rests.prefix(Self.mostRests).map { one -> JSONValue in
            var unclear: [(String, JSONValue)] = []
            if case .unclear(let targets) = one.rest.cause {
                unclear = [("unclear", .array(targets.map { .integer(Int64($0)) }))]
            }
            let addresses = one.addresses.map { JSONValue.string("\($0)") }
            return .object(
                [
                    ("host", .string(one.key.host)), ("port", .integer(Int64(one.key.port))),
                    ("username", .string(one.key.username)), ("mark", .integer(Int64(one.mark))),
                    ("since_ns", .integer(clock.wallTime(of: one.rest.since).nanoseconds)),
                    ("refused", .bool(one.rest.wasRefused)), ("addresses", .array(addresses)),
                ] + unclear
            )
        }
        let document = JSONValue.object([
            ("version", .integer(1)), ("salt", .array(salt.map { .integer(Int64($0)) })), ("rests", .array(list)),
        ])
        return document.text() + "\n"
    }

    init(salt: [UInt8]? = nil, rests: [Rest] = []) {
        if let salt { self.salt = salt }
        self.rests = rests
    }

    /// - Returns: nil for a text that this program did not write.
    init?(_ text: [UInt8], _ clock: ClockReading) {
        guard let document = try? JSONValue(parsing: text), document["version"]?.asInteger == 1,
            let salt = document["salt"]?.asArray?.compactMap({ $0.asInteger.flatMap { UInt8(exactly: $0) } }),
            salt.count == 16
        else { return nil }
        self.salt = salt
        rests = (document["rests"]?.asArray ?? []).prefix(Self.mostRests).compactMap { Self.rest($0, clock) }
    }

    private static func rest(_ value: JSONValue, _ clock: ClockReading) -> Rest? {
        guard let host = value["host"]?.asString, let port = value["port"]?.asInteger.flatMap({ UInt16(exactly: $0) }),
            let username = value["username"]?.asString,
            let mark = value["mark"]?.asInteger.flatMap({ UInt16(exactly: $0) }),
            let since = value["since_ns"]?.asInteger, let wasRefused = value["refused"]?.asBool
        else { return nil }
        // A wall clock that was set back must not make a rest longer; one that jumped is no reason to end it early.
        let age = max(.zero, clock.wall - WallTime(nanoseconds: since))
        guard age < CredentialGate.rest else { return nil }
        let key = CredentialBook.Key(host: host, port: port, username: username)
        let begun = clock.monotonic - age
        var rest = CredentialGate.Rest(since: begun, wasRefused: wasRefused)
        if let targets = value["unclear"]?.asArray, !wasRefused {
            let marks = targets.prefix(CredentialGate.mostUnclear).compactMap {
                $0.asInteger.flatMap { UInt16(exactly: $0) }
            }
            rest.cause = .unclear(by: marks)
        }
        let addresses = (value["addresses"]?.asArray ?? []).prefix(RequestAttempt.mostAddresses).compactMap {
            $0.asString.flatMap { IPAddress($0) }
        }
        return Rest(key: key, mark: mark, rest: rest, addresses: Set(addresses))
    }
}
