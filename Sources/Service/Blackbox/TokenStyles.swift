import Blackbox
import Model
import Synchronization

/// How authorization servers took credentials, by the URLs that the modules name: a wrong secret is shown to them once, and not in
/// both ways.
final class TokenStyles: Sendable {
    private let known = Mutex<[Secret: TokenRequest.Style]>([:])

    /// What is tried, in this order.
    func styles(for url: Secret) -> [TokenRequest.Style] {
        known.withLock { $0[url] }.map { [$0] } ?? TokenRequest.Style.allCases
    }

    func note(_ style: TokenRequest.Style, for url: Secret) { known.withLock { $0[url] = style } }
}
