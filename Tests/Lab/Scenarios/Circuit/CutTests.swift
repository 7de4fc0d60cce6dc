import LabNetwork
import Model
import TestSupport
import Testing

extension LabTests {
    @Suite("cuts")
    struct CutTests {
        @Test("a cut of the primary is RedundancyLost, and no more")
        func primary() throws {
            guard labIsPossible() else { return }
            try Watch.run { watch in
                try watch.lab.cut("er1")
                let lost = try watch.receiver.firing("RedundancyLost")
                #expect(lost.labels["connection"] == "primary")
                try watch.netprobe.waitUntilLink(is: "at_risk")
                try watch.lab.mend("er1")
                try watch.receiver.resolved("RedundancyLost", within: .seconds(20))
                try watch.netprobe.waitUntilLink(is: "protected", within: .seconds(20))
                #expect(watch.receiver.everFired.isDisjoint(with: ["CircuitLost", "FailedOver", "LinkDown"]))
            }
        }

        @Test("a cut of both connections is CircuitLost; BGP moves the traffic to the VPN, and back")
        func both() throws {
            guard labIsPossible() else { return }
            try Watch.run { watch in
                let cut = try watch.lab.cut("er1", "er2")
                let lost = try watch.receiver.firing("CircuitLost", ["circuit": "kr-er-01"])
                print("cut → CircuitLost at the receiver: \((lost.arrival - cut.after).seconds) s")
                #expect((lost.arrival - cut.after).seconds <= 1)
                let over = try watch.netprobe.waitUntilLink(is: "failed_over", within: .seconds(20))
                #expect(over.activePaths == ["kr-vpn"])
                print("outage \(over.value("netprobe_link_last_outage_seconds") ?? -1) s")
                try watch.receiver.firing("FailedOver")
                try watch.lab.mend("er1", "er2")
                try watch.netprobe.waitUntilLink(is: "protected", within: .seconds(30))
                try watch.receiver.resolved("CircuitLost", within: .seconds(8))
                try watch.receiver.resolved("FailedOver", within: .seconds(8))
            }
        }
    }
}
