import Glibc
import Model
import TestSupport
import Testing

extension NetworkTests {
    @Suite("stops, crashes and bad disks")
    struct CrashTests {
        @Test("killed in the middle of an outage, it comes back with the same alert, the same start and nothing new")
        func killed() throws {
            guard labIsPossible() else { return }
            try Scenario.run { scenario in
                try scenario.network.cutCircuit()
                let first = try scenario.receiver.firing("CircuitLost")
                try scenario.receiver.firing("LinkDown")
                let before = scenario.receiver.everFiredOfNetwork
                scenario.netprobe.process.signal(SIGKILL)
                try scenario.netprobe.process.waitForEnd()
                let count = scenario.receiver.alerts.count

                try scenario.startAgain()
                let again = try eventually("the alert is sent again", within: .seconds(5)) {
                    scenario.receiver.alerts.dropFirst(count).first { $0.name == "CircuitLost" }
                }
                #expect(again.startsAt == first.startsAt && !again.isResolved)
                Thread.sleep(.seconds(2))
                #expect(scenario.receiver.everFiredOfNetwork == before)
                let resolved = scenario.receiver.alerts.filter(\.isResolved)
                #expect(resolved.isEmpty, "\(resolved.map(\.labels))")
                for name in ["CircuitLost", "LinkDown"] {
                    let starts = Set(scenario.receiver.alerts.filter { $0.name == name }.map(\.startsAt))
                    #expect(starts.count == 1, "\(name) \(starts)")
                }
                try scenario.network.restoreCircuit()
                let end = try scenario.receiver.resolved("CircuitLost", within: .seconds(8))
                #expect(end.startsAt == first.startsAt)
            }
        }

        @Test("what healed while it was dead is resolved after the restart")
        func healedMeanwhile() throws {
            guard labIsPossible() else { return }
            try Scenario.run { scenario in
                try scenario.network.cutCircuit()
                try scenario.receiver.firing("CircuitLost")
                scenario.netprobe.process.signal(SIGKILL)
                try scenario.netprobe.process.waitForEnd()
                try scenario.network.restoreCircuit()
                try scenario.startAgain()
                try scenario.receiver.resolved("CircuitLost", within: .seconds(8))
            }
        }

        @Test("stopped for three seconds and continued, it invents no outage and says what it could not see")
        func stopped() throws {
            guard labIsPossible() else { return }
            try Scenario.run { scenario in
                scenario.netprobe.process.signal(SIGSTOP)
                Thread.sleep(.seconds(3))
                scenario.netprobe.process.signal(SIGCONT)
                Thread.sleep(.seconds(2))
                let metrics = try scenario.netprobe.metrics()
                #expect(metrics.linkState == "protected")
                #expect(metrics.value("netprobe_link_outage_seconds_count") == 0)
                #expect(metrics.sum("netprobe_probe_failures_total", ["reason": "timeout"]) == 0)
                #expect(metrics.sum("netprobe_probe_invalid_total") > 0)
                #expect(try #require(metrics.value("netprobe_link_blind_seconds_total")) > 2)
                let wrong = scenario.receiver.everFired.subtracting(["Watchdog", "Overloaded"])
                #expect(wrong.isEmpty, "\(wrong)")
            }
        }

        @Test("what it waited with when it was stopped, and what healed meanwhile, is no alert when it is continued")
        func stoppedInWaiting() throws {
            guard labIsPossible() else { return }
            try Scenario.prepared({ $0.rules["RedundancyLost"] = "{for: 2s}" }) { scenario in
                try scenario.netprobe.waitUntilReady()
                try scenario.netprobe.waitUntilLink(is: "protected")
                try scenario.network.cut(.primary)
                try scenario.netprobe.waitUntilLink(is: "at_risk")
                scenario.netprobe.process.signal(SIGSTOP)
                try scenario.network.restore(.primary)
                Thread.sleep(.seconds(4))
                scenario.netprobe.process.signal(SIGCONT)
                try scenario.netprobe.waitUntilLink(is: "protected")
                Thread.sleep(.seconds(3))
                let wrong = scenario.receiver.everFired.subtracting(["Watchdog", "Overloaded"])
                #expect(wrong.isEmpty, "\(wrong)")
            }
        }

        @Test("SIGTERM ends it within a second, orderly, and resolves nothing")
        func terminated() throws {
            guard labIsPossible() else { return }
            try Scenario.run { scenario in
                try scenario.network.cutCircuit()
                try scenario.receiver.firing("CircuitLost")
                let asked = Clock.now
                scenario.netprobe.process.signal(SIGTERM)
                #expect(try scenario.netprobe.process.waitForEnd() == .exited(0))
                let ended = try #require(scenario.netprobe.process.endedAt)
                #expect((ended - asked).seconds < 1.0)
                #expect(!scenario.receiver.alerts.contains { $0.isResolved })
            }
        }

        @Test("a full disk holds up no alert, and StateNotPersisted says so")
        func fullDisk() throws {
            guard labIsPossible() else { return }
            // A file system of 64 KiB in a mount namespace of netprobe's own, filled to the last block.
            let script = """
                mkdir -p "$0" && mount -t tmpfs -o size=64k none "$0" && dd if=/dev/zero of="$0/full" bs=4k 2>/dev/null
                exec "$@"
                """
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            let state = "\(folder.path)/state"
            let wrapper = ["unshare", "-m", "sh", "-c", script, state]
            try Scenario.prepared(wrapper: wrapper, { $0.stateDirectory = state }) { scenario in
                try scenario.netprobe.waitUntilReady()
                try scenario.netprobe.waitUntilLink(is: "protected")
                let cut = try scenario.network.cutCircuit()
                let lost = try scenario.receiver.firing("CircuitLost")
                #expect((lost.arrival - cut.after).seconds <= 2.0)
                try scenario.receiver.firing("StateNotPersisted")
            }
        }

        @Test("a state file full of garbage is put aside with a line in the log, and it starts")
        func garbage() throws {
            guard labIsPossible() else { return }
            try Scenario.run { scenario in
                scenario.netprobe.process.signal(SIGTERM)
                try scenario.netprobe.process.waitForEnd()
                let state = "\(scenario.folder.path)/state"
                let files = try Shell.run("find", state, "-type", "f").split(separator: "\n").map(String.init)
                try #require(!files.isEmpty, "no state was written")
                let mess = String(repeating: "not a data base. ", count: 500)
                for file in files { try Shell.run("tee", file, input: mess) }

                try scenario.startAgain()
                try scenario.netprobe.waitUntilLink(is: "protected")
                #expect(scenario.netprobe.log.contains(state))
                try scenario.network.cutCircuit()
                try scenario.receiver.firing("CircuitLost")
            }
        }
    }
}
