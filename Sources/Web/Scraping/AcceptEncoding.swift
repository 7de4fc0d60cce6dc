enum AcceptEncoding {
    /// Whether an `Accept-Encoding` header (RFC 9110 §12.5.3) takes gzip.
    static func allowsGzip(_ header: String?) -> Bool {
        guard let header else { return false }
        var other = false
        for item in header.lowercased().split(separator: ",").prefix(32) {
            let parts = item.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            switch parts.first {
            case "gzip", "x-gzip": return quality > 0
            case "*": other = quality > 0
            default: break
            }
        }
        return other
    }
}
