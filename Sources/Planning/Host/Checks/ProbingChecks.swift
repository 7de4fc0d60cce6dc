internal import Model

/// What netprobe itself needs of a host: privileges, stamps, a clock.
struct ProbingChecks {
    /// Nil: a folder was judged.
    let state: HostState?

    /// A clock that is further off makes times of alerts and one-way figures doubtful.
    private static let clockLimit: Duration = .milliseconds(500)

    var findings: [Finding] {
        guard let state else {
            return ["HOST-PRIVILEGE", "HOST-TIMESTAMPS", "HOST-CLOCK"].map {
                Finding($0, .unknown, "only a running host can tell")
            }
        }
        return [privilege(state), marks(state), stamps(state), clock(state)]
    }

    private func privilege(_ state: HostState) -> Finding {
        let id = "HOST-PRIVILEGE"
        let advice = "grant CAP_NET_RAW: setcap cap_net_raw+ep on the binary, or AmbientCapabilities= in the unit"
        switch (state.icmpV4, state.icmpV6) {
        case (.raw, _):
            return Finding(id, .pass, "raw sockets can be had: every probe, trace and capture works")
        case (.ping, _), (_, .ping):
            let message = "only ping sockets can be had: pins by mark, the whole trace and captures do not work"
            return Finding(id, .warn, message, advice: advice)
        default:
            return Finding(id, .fail, "neither a raw nor a ping socket can be had: no ICMP probe works", advice: advice)
        }
    }

    private func marks(_ state: HostState) -> Finding {
        let id = "HOST-PRIVILEGE"
        guard !state.canMark else { return Finding(id, .pass, "pins by mark work (CAP_NET_ADMIN)") }
        return Finding(id, .warn, "pins by mark do not work", advice: "grant CAP_NET_ADMIN where a pin has a mark")
    }

    private func stamps(_ state: HostState) -> Finding {
        let id = "HOST-TIMESTAMPS"
        let lacking = [("IPv4", state.stampsV4), ("IPv6", state.stampsV6)].filter { !$0.1 }.map(\.0)
        guard !lacking.isEmpty else { return Finding(id, .pass, "the kernel stamps what is sent and received") }
        let message =
            "no kernel stamps over \(lacking.joined(separator: " and ")): round trips hold this process's delays"
        return Finding(id, .warn, message)
    }

    private func clock(_ state: HostState) -> Finding {
        let id = "HOST-CLOCK"
        guard let error = state.clockError else {
            let message = "nothing keeps the clock in time: times of alerts may be wrong, one-way figures are"
            return Finding(id, .warn, message, advice: "run chrony or systemd-timesyncd")
        }
        guard error <= Self.clockLimit else {
            return Finding(id, .warn, "the clock may be off by \(error.text)", advice: "look at chronyc tracking")
        }
        return Finding(id, .pass, "the clock is kept in time, to \(error.text)")
    }
}
