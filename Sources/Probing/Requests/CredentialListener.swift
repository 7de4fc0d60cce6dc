internal import CCurl
internal import Model
internal import Sockets

/// Whoever is told when a transfer has ended by itself.
protocol TransferOwner: AnyObject {
    func ended(_ transfer: Transfer, _ code: CURLcode)
}

/// Waits for the answer to credentials whose probe has no more time: until the proxy has spoken nobody else may show them,
/// and its late word spares them 15 minutes of rest. Used by the loop's thread.
final class CredentialListener: TransferOwner {
    let transfer: Transfer
    let until: Int64
    private let proxy: ProxyServer?
    private let content: CredentialContent
    private unowned let loop: RequestLoop
    private(set) var isDone = false

    /// Proxies try to reach a dead service for about a minute before they answer.
    static let patience: Int64 = 75_000_000_000

    init(_ transfer: Transfer, _ proxy: ProxyServer?, _ content: CredentialContent, now: Int64, loop: RequestLoop) {
        self.transfer = transfer
        self.proxy = proxy
        self.content = content
        self.loop = loop
        until = now &+ Self.patience
        transfer.credentialsJudged = { [unowned self] in end(self.loop.judged(self.proxy, self.transfer)) }
    }

    func ended(_ transfer: Transfer, _ code: CURLcode) {
        end(transfer.word == .refused ? .refused : .unanswered)
    }

    /// The transfer itself is ended by the loop: libcurl may be calling.
    func end(_ verdict: CredentialGate.Verdict) {
        guard !isDone else { return }
        isDone = true
        transfer.credentialsJudged = nil
        loop.leaveGate(proxy, content, verdict)
    }
}
