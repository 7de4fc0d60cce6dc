internal import Model

/// 168.63.129.16, which tells the agent what to do; asked directly, never through a proxy.
struct WireserverCheck {
    let host: HostFiles
    let state: HostState?

    var findings: [Finding] {
        let id = "HOST-WIRESERVER"
        guard let state else { return [Finding(id, .unknown, "only a running host can tell")] }
        switch (AzureMachine(host), state.wireserver) {
        case (.no, _), (_, nil):
            return [Finding(id, .unknown, "this is no Azure VM")]
        case (let machine, .answered(let status)?):
            guard status == 200 else {
                return [
                    Finding(id, machine == .yes ? .warn : .unknown, "wireserver answers with HTTP status \(status)")
                ]
            }
            return [Finding(id, .pass, "wireserver answers")]
        case (.unknown, .failed?):
            return [Finding(id, .unknown, "wireserver does not answer, and whether this is an Azure VM is not known")]
        case (.yes, .failed(let reason)?):
            // The agent's own firewall drops what other users than root send there.
            guard state.isRoot else {
                let message =
                    "wireserver does not answer (\(reason.rawValue)): the agent's firewall lets root alone ask it"
                return [Finding(id, .unknown, message, advice: "run netprobe host as root")]
            }
            let message = "wireserver does not answer (\(reason.rawValue)): the agent gets no orders"
            return [Finding(id, .fail, message, advice: "let TCP 80 and 32526 to 168.63.129.16 pass")]
        }
    }
}
