internal import Model

/// Tells Squid's own error pages from what it forwards: on a plain request both come as the service's answer. Pure.
enum SquidPage {
    /// - Parameter port: of the proxy that was asked.
    /// - Returns: the page's name (`ERR_ACCESS_DENIED`); nil for an answer that may be another's. A Squid before the service has
    ///   such pages too: those have the forwarding proxy's `Via` beside its own (RFC 9110 §7.6.3), or name another port.
    static func error(of head: HeadReader.Head, port: UInt16) -> String? {
        guard head.status >= 400, let page = head.values(of: "x-squid-error").first,
            let name = page.split(separator: " ").first, name.hasPrefix("ERR_"),
            head.values(of: "server").first?.lowercased().hasPrefix("squid") == true
        else { return nil }
        let hops = head.values(of: "via").flatMap { $0.split(separator: ",") }
        guard hops.count <= 1 else { return nil }
        for lookup in head.values(of: "x-cache-lookup") where !lookup.hasSuffix(":\(port)") { return nil }
        return String(name.prefix(40))
    }
}
