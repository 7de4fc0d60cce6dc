import Model
import Testing

@testable import Alerting

@Suite struct AlertBookTests {
    private func news(_ effects: AlertBook.Effects) -> [AlertNotice.Kind] {
        effects.notices.filter(\.isNews).map(\.kind)
    }

    @Test("a condition without waiting time fires in the same step, with all its labels")
    func firesAtOnce() throws {
        var book = exampleBook()
        let effects = book.apply(judgement([condition(.circuitLost)]), at: at(0))
        let fired = try #require(effects.notices.first)
        #expect(fired.kind == .fired)
        #expect(fired.startsAt == at(0).wall)
        #expect(fired.endsAt == at(900).wall)
        #expect(
            fired.labels.pairs.map { "\($0.name)=\($0.value)" } == [
                "alertname=CircuitLost", "circuit=kr-er-01", "peering=private", "severity=critical", "site=seoul",
                "vantage=probe-a",
            ]
        )
        #expect(effects.changes.count == 1)
    }

    private func blaming(_ owner: Owner?, isOpen: Bool = false) -> AlertJudgement {
        var down = condition(.linkDown)
        (down.annotations.layer, down.annotations.owner) = (owner.map { "\($0)" }, owner)
        down.isBlameOpen = isOpen
        return judgement([down])
    }

    @Test("whose fault a firing alert is, is told anew within a second of its change, and not at each change")
    func otherOwner() {
        var book = exampleBook()
        _ = book.apply(blaming(.customer), at: at(0))
        var told: [(Double, Owner?)] = []
        for step in 1...100 {
            let owner: Owner = step > 50 && step % 2 == 0 ? .microsoft : .provider
            for notice in book.apply(blaming(owner), at: at(Double(step) / 10)).notices {
                told.append((Double(step) / 10, notice.annotations.owner))
            }
        }
        #expect(told.first?.0 == 1.1 && told.first?.1 == .provider)
        #expect(told.count <= 10, "\(told)")
    }

    @Test("while it cannot be judged whose fault it is, an open alert keeps the owner that it has")
    func keptOwner() {
        var book = exampleBook()
        let first = book.apply(blaming(.customer, isOpen: true), at: at(0)).notices.first
        #expect(first?.annotations.owner == .customer, "a new one says what is known")
        _ = book.apply(blaming(.provider), at: at(1))
        _ = book.apply(blaming(.customer, isOpen: true), at: at(2))
        #expect(book.active(at: at(2)).first?.annotations.owner == .provider)
        #expect(book.active(at: at(2)).first?.annotations.layer == "provider")
    }

    @Test("nothing is sent before the waiting time has passed, then exactly once")
    func waits() {
        var book = exampleBook()
        let down = judgement([condition(.linkDown, holdFor: .seconds(5))])
        var fired: [Double] = []
        for step in 0..<100 {
            let time = Double(step) / 10
            if news(book.apply(down, at: at(time))) == [.fired] { fired.append(time) }
        }
        #expect(fired == [5.0])
    }

    @Test("a condition that goes away while pending leaves no trace")
    func pendingVanishes() {
        var book = exampleBook()
        _ = book.apply(judgement([condition(.linkDown, holdFor: .seconds(5))]), at: at(0))
        let effects = book.apply(judgement([]), at: at(4))
        #expect(effects.notices.isEmpty)
        #expect(book.records(at: at(4)).isEmpty)
        let again = book.apply(judgement([condition(.linkDown, holdFor: .seconds(5))]), at: at(6))
        #expect(again.notices.isEmpty)
    }

    @Test("what waited when a run ended fires on time in the next, after a long absence once that has seen it for 10 s")
    func pendingOverRestart() {
        let down = judgement([condition(.linkDown, holdFor: .seconds(60))])
        func fires(absence: Double) -> Double? {
            var first = exampleBook()
            _ = first.apply(down, at: at(0))
            var second = exampleBook()
            second.restore(first.records(at: at(20)), absence: .seconds(absence), at: at(20 + absence))
            return (0...60).map { 20 + absence + Double($0) }.first { news(second.apply(down, at: at($0))) == [.fired] }
        }
        #expect(fires(absence: 5) == 60)
        #expect(fires(absence: 38) == 68)
        #expect(fires(absence: 3600) == 3630)
    }

    @Test("a time in which nobody watched counts for no waiting time, and what was known before it proves nothing")
    func pendingOverAbsence() {
        let down = judgement([condition(.linkDown, holdFor: .seconds(60))])
        func fires(stoppedAt stop: Double) -> Double? {
            var book = exampleBook()
            _ = book.apply(down, at: at(0))
            _ = book.apply(down, at: at(stop))
            if news(book.apply(down, after: .seconds(100), at: at(stop + 100))) == [.fired] { return stop + 100 }
            return (1...60).map { stop + 100 + Double($0) }.first { news(book.apply(down, at: at($0))) == [.fired] }
        }
        #expect(fires(stoppedAt: 20) == 160)
        #expect(fires(stoppedAt: 59) == 169)
    }

    @Test("nor does it count for the clean time")
    func clearOverAbsence() {
        func resolves(stoppedAt stop: Double) -> Double? {
            var book = exampleBook()
            _ = book.apply(judgement([condition(.circuitLost)]), at: at(0))
            _ = book.apply(judgement([]), at: at(10))
            _ = book.apply(judgement([]), at: at(stop))
            if !news(book.apply(judgement([]), after: .seconds(100), at: at(stop + 100))).isEmpty { return stop + 100 }
            return (1...90).map { stop + 100 + Double($0) }.first {
                news(book.apply(judgement([]), at: at($0))) == [.resolved]
            }
        }
        #expect(resolves(stoppedAt: 30) == 170)
        #expect(resolves(stoppedAt: 69) == 179)
    }

    @Test("since when a condition holds is known over a restart, also where its alert fired later")
    func heldSince() {
        let down = condition(.linkDown, holdFor: .seconds(5))
        var first = exampleBook()
        for second in 0...6 { _ = first.apply(judgement([down]), at: at(Double(second))) }
        #expect(first.start(of: down.identity) == at(0).wall)
        var second = exampleBook()
        second.restore(first.records(at: at(6)), at: at(8))
        #expect(second.start(of: down.identity) == at(0).wall)
        #expect(second.records(at: at(8)).first?.startsAt == at(5).wall)
    }

    @Test("an alert resolves only after the clean time, counted from the last relapse")
    func waitsToRestore() {
        var book = exampleBook()
        let lost = judgement([condition(.circuitLost)])
        _ = book.apply(lost, at: at(0))
        #expect(news(book.apply(judgement([]), at: at(10))) == [])
        #expect(news(book.apply(lost, at: at(40))) == [])
        #expect(news(book.apply(judgement([]), at: at(50))) == [])
        #expect(news(book.apply(judgement([]), at: at(109))) == [])
        let resolved = book.apply(judgement([]), at: at(110))
        #expect(news(resolved) == [.resolved])
        #expect(resolved.notices.first { $0.kind == .resolved }?.startsAt == at(0).wall)
        #expect(resolved.notices.first { $0.kind == .resolved }?.endsAt == at(110).wall)
    }

    @Test("a firing alert is sent again each minute, with its end moved ahead")
    func resends() {
        var book = exampleBook()
        let lost = judgement([condition(.circuitLost)])
        var sent: [Double] = []
        for second in 0...300 {
            for notice in book.apply(lost, at: at(Double(second))).notices {
                sent.append(Double(second))
                #expect(notice.endsAt == at(Double(second) + 900).wall)
                #expect(notice.startsAt == at(0).wall)
            }
        }
        #expect(sent == [0, 60, 120, 180, 240, 300])
    }

    @Test("a resolved alert is repeated each minute for 15 minutes, then forgotten")
    func repeatsResolved() {
        var book = exampleBook()
        _ = book.apply(judgement([condition(.circuitLost, clearFor: .zero)]), at: at(0))
        var ends = Set<WallTime>()
        var count = 0
        for second in 1...2000 {
            for notice in book.apply(judgement([]), at: at(Double(second))).notices {
                #expect(notice.isResolved)
                ends.insert(notice.endsAt)
                count += 1
            }
        }
        #expect(ends == [at(1).wall])
        #expect(count == 16)
        #expect(book.records(at: at(2001)).isEmpty)
    }

    @Test("a resolved alert that fires anew is no longer repeated as resolved")
    func firesAnew() {
        var book = exampleBook()
        let lost = judgement([condition(.circuitLost, clearFor: .zero)])
        _ = book.apply(lost, at: at(0))
        _ = book.apply(judgement([]), at: at(1))
        let again = book.apply(lost, at: at(30))
        #expect(news(again) == [.fired])
        #expect(again.notices.first?.startsAt == at(30).wall)
        for second in 31...200 {
            #expect(book.apply(lost, at: at(Double(second))).notices.allSatisfy { !$0.isResolved })
        }
    }

    @Test("what cannot be judged opens nothing and closes nothing")
    func unknownHolds() {
        var book = exampleBook()
        let unknown = judgement([.unknown(.circuitLost)])
        #expect(book.apply(unknown, at: at(0)).isEmpty)
        _ = book.apply(judgement([condition(.circuitLost)]), at: at(1))
        _ = book.apply(judgement([]), at: at(2))
        for second in 3...500 { #expect(news(book.apply(unknown, at: at(Double(second)))) == []) }
        #expect(news(book.apply(judgement([]), at: at(501))) == [])
        #expect(news(book.apply(judgement([]), at: at(561))) == [.resolved])
    }

    @Test("a vantage that is cut off neither fires, resolves nor goes on waiting; its own alert fires")
    func isolation() {
        var book = exampleBook()
        let isolated = condition(AlertIdentity(.vantageIsolated))
        _ = book.apply(judgement([condition(.circuitLost), condition(.linkDown, holdFor: .seconds(5))]), at: at(0))
        let cut = judgement([isolated, condition(.linkDown, holdFor: .seconds(5))], isIsolated: true)
        let first = book.apply(cut, at: at(4))
        #expect(first.notices.map(\.identity) == [AlertIdentity(.vantageIsolated)])
        for second in 5...400 { #expect(news(book.apply(cut, at: at(Double(second)))) == []) }
        let after = judgement([condition(.circuitLost), condition(.linkDown, holdFor: .seconds(5))])
        #expect(news(book.apply(after, at: at(401))) == [])
        #expect(news(book.apply(after, at: at(406))) == [.fired])
    }

    @Test("an alert about something that is no longer configured resolves at once")
    func objectVanishes() {
        var book = exampleBook()
        _ = book.apply(judgement([condition(.circuitLost)]), at: at(0))
        var without = judgement([])
        without.scope.circuits = []
        #expect(news(book.apply(without, at: at(1))) == [.resolved])
    }

    @Test("a rule that is switched off resolves its alerts at once and opens none")
    func ruleOff() {
        var book = exampleBook()
        var off = judgement([condition(.circuitLost)])
        _ = book.apply(off, at: at(0))
        off.scope.disabled = [.circuitLost]
        #expect(news(book.apply(off, at: at(1))) == [.resolved])
        #expect(news(book.apply(off, at: at(2))) == [])
    }

    @Test("another severity or ticket ends the alert under its old labels and keeps its start")
    func relabels() {
        var book = exampleBook()
        _ = book.apply(judgement([condition(.circuitLost)]), at: at(0))
        let info = condition(.circuitLost, severity: .info, extraLabels: ["ticket": "TRK-123"])
        let effects = book.apply(judgement([info]), at: at(10))
        #expect(effects.notices.map(\.kind) == [.resolved, .fired])
        #expect(effects.notices.map(\.severity) == [.critical, .info])
        #expect(effects.notices.map { $0.labels["ticket"] } == [nil, "TRK-123"])
        #expect(effects.notices.map(\.startsAt) == [at(0).wall, at(0).wall])
        #expect(book.apply(judgement([info]), at: at(11)).isEmpty)
    }

    @Test("while a path flaps its alerts stay, and resolve once it is quiet")
    func flapping() {
        var book = exampleBook()
        _ = book.apply(judgement([condition(.vpnDown, severity: .warning)]), at: at(0))
        var quiet = judgement([])
        quiet.scope.flapping = [PathID(rawValue: "kr-vpn")]
        for second in 1...300 { #expect(news(book.apply(quiet, at: at(Double(second)))) == []) }
        #expect(news(book.apply(judgement([]), at: at(301))) == [.resolved])
    }

    @Test("a critical alert that a flapping path kept open fires anew when it comes back after a clean time")
    func flappingCritical() {
        var book = exampleBook()
        var lost = judgement([condition(.circuitLost)])
        lost.scope.flappingCircuits = ["kr-er-01"]
        var clean = lost
        clean.conditions = []
        _ = book.apply(lost, at: at(0))
        _ = book.apply(clean, at: at(1))
        #expect(news(book.apply(lost, at: at(30))) == [])
        _ = book.apply(clean, at: at(31))
        let again = book.apply(lost, at: at(100))
        #expect(news(again) == [.fired])
        #expect(again.notices.first?.startsAt == at(100).wall)
    }

    @Test("an event of another number fires anew")
    func episodes() {
        var book = exampleBook()
        let slow = AlertIdentity(.failoverTooSlow, AlertObject(link: "seoul-koreacentral"))
        #expect(news(book.apply(judgement([condition(slow, episode: 1)]), at: at(0))) == [.fired])
        #expect(news(book.apply(judgement([condition(slow, episode: 1)]), at: at(1))) == [])
        #expect(news(book.apply(judgement([condition(slow, episode: 2)]), at: at(2))) == [.fired])
    }

    @Test("a wall clock stepped back by a day leaves no start in the future and no end before its start")
    func clockStep() {
        var book = exampleBook()
        let lost = judgement([condition(.circuitLost, clearFor: .zero)])
        _ = book.apply(lost, at: at(0))
        func stepped(_ seconds: Double) -> ClockReading {
            ClockReading(monotonic: at(seconds).monotonic, wall: at(seconds - 86_400).wall)
        }
        let resent = book.apply(lost, at: stepped(60))
        let resolved = book.apply(judgement([]), at: stepped(61))
        for notice in resent.notices + resolved.notices {
            #expect(notice.startsAt <= stepped(61).wall)
            #expect(notice.endsAt >= notice.startsAt)
        }
        #expect(resent.notices.count == 1 && news(resolved) == [.resolved])
    }
}
