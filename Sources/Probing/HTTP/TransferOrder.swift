internal import Model
internal import Wire

/// One connection to be made and what is asked over it: a hop of a redirect, or a round with a proxy.
struct TransferOrder {
    /// A mere connection or handshake asks nothing more.
    enum Depth { case connection, handshake, request }

    /// `http` or `https`, `host`, `port`, `path` of the request.
    var target: Target
    var depth: Depth
    var question = HTTPQuestion()
    var proxy: ProxyServer?
    /// Of the proxy, or of the target where there is none.
    var address: IPAddress
    var pin: Pin
    var caFile: String?
    var tls = RequestTLS()
    /// The scheme to show the credentials by; nil shows none.
    var scheme: AuthenticationScheme?
    /// How the proxy asked for the credentials before; nil where nobody knows.
    var realm: ProxyRealm?
    /// Revealed for this transfer alone.
    var password: Secret?
    /// Of Negotiate.
    var token: Secret?
    /// Bytes of the body to keep.
    var keptBody = 0
    /// Of the memory for them; nil where they are small.
    var lease: BodyLease?

    var isTLS: Bool { depth != .connection && target.scheme != .http }
    var tunnels: Bool { proxy != nil && (depth != .request || target.scheme != .http) }

    /// A handshake with the proxy itself comes first.
    var securesProxy: Bool { proxy?.isSecured == true }

    /// What the connection is to.
    var connection: (host: String, port: UInt16) {
        proxy.map { ($0.host, $0.port) } ?? (target.host, target.port ?? 0)
    }

    var url: String {
        let host = target.host.contains(":") ? "[\(target.host)]" : target.host
        let scheme = isTLS ? "https" : "http"
        return "\(scheme)://\(host):\(target.port ?? 0)\(Self.encoded(target.path))"
    }

    /// Nothing that would end the request line, or the C string, early.
    static func encoded(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in path.utf8 {
            if (33...126).contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        let text = String(decoding: bytes.prefix { $0 != UInt8(ascii: "#") }, as: UTF8.self)
        return text.hasPrefix("/") ? text : "/" + text
    }
}
