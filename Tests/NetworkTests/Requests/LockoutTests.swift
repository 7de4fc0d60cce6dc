import Glibc
import Model
import Probing
import Sockets
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Probing

/// A directory that closes an account after five wrong passwords, behind a proxy that asks it.
@Suite("no account is locked", .serialized, .onOwnThread)
struct LockoutTests {
    /// Squid's helper: a line of name and password, each answered with OK or ERR, after the KDC's word.
    private static let helper = """
        #!/bin/sh
        while read -r user password; do
            if printf '%s\\n' "$password" | KRB5CCNAME=MEMORY: kinit "$user" >/dev/null 2>&1; then echo OK; else echo ERR; fi
        done

        """

    @Test("a wrong password, asked for by four probes for an hour, is shown four times, and the account stays open")
    func anHour() throws {
        guard
            Requirement.met(
                .program("squid", package: "squid"),
                .program("krb5kdc", package: "krb5-kdc"),
                .program("kinit", package: "krb5-user")
            )
        else { return }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try Shell.run("chmod", "0777", folder.path)
        let realm = try KerberosRealm(in: folder, user: Squid.user, password: "secret", lockedAfter: 5)
        defer { realm.stop() }
        let helper = try folder.write("helper", Self.helper)
        try Shell.run("chmod", "0755", helper)
        let squid = try Squid(in: folder, schemes: [.basic], environment: realm.environment, basic: helper)
        defer { squid.stop() }

        let outcomes = try probe(through: squid.port, password: "wrong", minutes: 60)
        let reasons = Set(outcomes.compactMap { if case .failed(let reason) = $0.result { reason } else { nil } })
        #expect(reasons == [.proxyAuthRejected] && outcomes.count > 100)
        let failures = try realm.failures(of: Squid.user)
        #expect(failures == 4)
        #expect(try realm.accepts(Squid.user, "secret"))

        // That this KDC does lock: five more by hand.
        for _ in 0..<5 { #expect(try !realm.accepts(Squid.user, "wrong")) }
        #expect(try !realm.accepts(Squid.user, "secret"))
    }

    /// Four streams of requests, while the clock of the rests runs a minute in a blink.
    private func probe(through port: UInt16, password: String, minutes: Int) throws -> [Outcome] {
        let minute = Mutex(0)
        let book = CredentialBook(path: nil) {
            MonotonicTime(nanoseconds: 0) + .seconds(60 * minute.withLock { $0 })
        }
        let outcomes = Mutex<[Outcome]>([])
        let engine = try RequestEngine(
            lookup: { _, answer in answer(.failed(.dnsNXDomain)) },
            credentials: book,
            deliver: { batch in outcomes.withLock { $0 += batch.outcomes } }
        )
        defer { engine.stop() }
        engine.reconcile(
            try (0..<4).map { number in
                RequestTask(
                    id: ProbeID(rawValue: number),
                    target: try Target(parsing: "https://app.test/"),
                    question: .http(HTTPQuestion()),
                    proxy: ProxyServer(
                        name: "corp",
                        host: "127.0.0.1",
                        port: port,
                        credentials: .init(schemes: [.basic], username: Squid.user, password: .value(Secret(password)))
                    ),
                    interval: .milliseconds(20),
                    timeout: .seconds(10),
                    phase: .zero
                )
            }
        )
        for next in 1..<minutes {
            // An answer may take its time, and a minute goes on for all of them.
            let former = outcomes.withLock { $0.count }
            Thread.sleep(.milliseconds(100))
            try eventually("every stream has an outcome in minute \(next)", within: .seconds(20)) {
                () throws -> Bool? in
                outcomes.withLock { $0.count } >= former + 4 ? true : nil
            }
            minute.withLock { $0 = next }
        }
        Thread.sleep(.milliseconds(200))
        return outcomes.withLock { $0 }
    }
}
