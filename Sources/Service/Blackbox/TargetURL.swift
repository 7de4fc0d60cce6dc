import Blackbox
import Model

/// A target as `/probe` is asked for it, without the user that may stand in its URL: that is sent as Basic (RFC 7617) and
/// shown nowhere, as Go's client does it. Pure.
struct TargetURL: Equatable {
    var text: String
    var username: String?
    var password: Secret?

    init(_ target: String) {
        text = target
        guard let separator = target.firstRange(of: "://") else { return }
        let authority = target[separator.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let at = authority.lastIndex(of: "@") else { return }
        let parts = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        username = parts.first.map { $0.percentDecoded }
        password = parts.count > 1 ? Secret(parts[1].percentDecoded) : nil
        text = String(target[..<separator.upperBound] + target[target.index(after: at)...])
    }

    /// Whether where an answer sends the client is no place of HTTP (RFC 3986 §3.1): of another scheme, or without a host.
    static func leadsNowhere(_ location: String) -> Bool {
        guard let colon = location.firstIndex(of: ":") else { return false }
        let scheme = location[..<colon].lowercased()
        guard scheme.first?.isLetter == true, scheme.allSatisfy({ $0.isLetter || $0.isNumber || "+-.".contains($0) })
        else {
            return false
        }
        guard scheme == "http" || scheme == "https" else { return true }
        let rest = location[location.index(after: colon)...]
        return rest.hasPrefix("//") && rest.dropFirst(2).first.map { "/?#".contains($0) } != false
    }

    var authorization: HTTPResponse.Field? {
        guard let username else { return nil }
        return .init("Authorization", "Basic " + Base64.encode(Array("\(username):\(password?.reveal() ?? "")".utf8)))
    }
}
