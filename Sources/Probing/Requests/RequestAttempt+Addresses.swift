internal import CCurl
internal import Model
internal import Sockets
internal import Wire

// Whose address the request goes to.
extension RequestAttempt {
    /// Begins with a name: the target's, or where there is one the proxy's.
    func resolve() {
        if task.proxy != nil, target.host != judgedHost, loop.rule != nil { return judgeHost() }
        let host = task.proxy?.host ?? target.host
        if let address = task.address, task.proxy == nil, host == task.target.host {
            connect(to: [address])
        } else if let address = IPAddress(host) {
            connect(to: [address])
        } else {
            state = .resolving(since: SystemClock.monotonic().nanoseconds)
            loop.lookUp(host, for: self)
        }
    }

    /// A proxy looks the host of a redirect up itself; where it leads is judged all the same.
    private func judgeHost() {
        if let address = NumericHost.address(of: target.host) {
            judged(.addresses([address]))
        } else {
            state = .judging(since: SystemClock.monotonic().nanoseconds)
            loop.lookUp(target.host, for: self)
        }
    }

    private func judged(_ answer: HostAnswer) {
        let isPermitted =
            switch answer {
            case .addresses(let addresses): addresses.allSatisfy { loop.rule?.permits($0, for: task) != false }
            case .failed: loop.rule?.permitsUnknown(for: task) != false
            }
        guard isPermitted else { return end(.failed(.permission), message: "'\(target.host)' may not be asked") }
        judgedHost = target.host
        resolve()
    }

    func resolved(_ answer: HostAnswer) {
        if case .judging(let since) = state {
            phases.add(.resolve, .nanoseconds(SystemClock.monotonic().nanoseconds - since))
            return judged(answer)
        }
        guard case .resolving(let since) = state else { return }
        phases.add(.resolve, .nanoseconds(SystemClock.monotonic().nanoseconds - since))
        switch answer {
        case .addresses(let addresses):
            connect(to: addresses)
        case .failed(.overload):
            end(.invalid(.overload), message: "too many questions wait for '\(task.proxy?.host ?? target.host)'")
        case .failed(let reason):
            let what = task.proxy == nil ? "'\(target.host)'" : "the proxy's name '\(task.proxy?.host ?? "")'"
            end(.failed(reason), message: "\(what) does not resolve")
        }
    }

    func connect(to addresses: [IPAddress]) {
        if task.proxy != nil { proxyAddresses = Set(addresses.prefix(Self.mostAddresses)) }
        let fitting = task.pin.source.map { source in addresses.filter { $0.isIPv4 == source.isIPv4 } } ?? addresses
        guard let address = fitting.first else {
            let message = "no address of the family of the source \(task.pin.source?.description ?? "")"
            return end(.failed(.dnsError), message: message)
        }
        others = fitting.dropFirst().prefix(Self.mostAddresses - 1)
        begin(at: address)
    }

    /// Goes on with the next address of the name where the last one cannot be reached (RFC 9110 leaves the choice to the
    /// client; a name is up when one of its addresses is).
    /// - Returns: false when there is none, or when the failure says more than that of the address.
    func tryNext(after result: Outcome.Result) -> Bool {
        switch result {
        case .failed(.refused), .failed(.proxyRefused), .failed(.unreachableNet), .failed(.unreachableHost),
            .failed(.unreachablePort), .failed(.adminProhibited), .failed(.noRoute):
            guard let next = others.popFirst() else { return false }
            begin(at: next)
            return true
        default: return false
        }
    }

    func begin(at address: IPAddress) {
        if case .dns(let query) = task.question {
            ask(query, at: address)
        } else if let scheme = loop.provenScheme(of: task.proxy) {
            show(scheme, to: address)
        } else {
            leaveOut(loop.rest(of: self))
            transfer(to: address)
        }
    }
}
