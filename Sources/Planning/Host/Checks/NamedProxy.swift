internal import Model

/// A proxy as one place of the host names it, taken by the rules of the VM agent (`restutil.py`): host and port must both be
/// written, or the agent goes directly; user and password are dropped.
struct NamedProxy: Equatable, Sendable {
    var host: String
    var port: UInt16
    var place: String
    var hasCredentials = false

    /// Where they point, to be compared: `host:port` in lower case.
    var address: String { host.contains(":") ? "[\(host.lowercased())]:\(port)" : "\(host.lowercased()):\(port)" }

    /// Why the agent does not take a URL, for people; holds no word of it that could be a password.
    struct Refusal: Error, Equatable {
        var message: String
    }

    /// - Throws: `Refusal` where the agent would go directly although something is written.
    init(url setting: Setting) throws(Refusal) {
        guard let separator = setting.value.firstRange(of: "://") else {
            throw Refusal(message: "\(setting.name) has no scheme: the agent reads no host in it and goes directly")
        }
        let scheme = setting.value[..<separator.lowerBound].lowercased()
        let authority = setting.value[separator.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let user = authority.lastIndex(of: "@")
        let place = user.map { authority[authority.index(after: $0)...] } ?? authority
        // A bracketed IPv6 address has colons of its own.
        let afterHost = place.hasPrefix("[") ? place.drop { $0 != "]" }.dropFirst() : place.drop { $0 != ":" }
        guard afterHost.first == ":" else {
            throw Refusal(message: "\(setting.name) has no port: the agent wants both host and port and goes directly")
        }
        let host = place.dropLast(afterHost.count)
        guard let port = UInt16(afterHost.dropFirst()), port > 0, !host.isEmpty else {
            throw Refusal(message: "host or port of \(setting.name) is wrong")
        }
        guard scheme == "http" || scheme == "https" else {
            throw Refusal(message: "\(setting.name) begins with \(scheme)://; a proxy's URL begins with http://")
        }
        self.host = String(host.hasPrefix("[") ? host.dropFirst().dropLast() : host)
        self.port = port
        self.place = setting.place
        hasCredentials = user != nil
    }

    init(host: String, port: UInt16, place: String) {
        self.host = host
        self.port = port
        self.place = place
    }
}
