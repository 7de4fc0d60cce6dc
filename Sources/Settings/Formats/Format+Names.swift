import Document
import Model

extension Format where Value == String {
    /// The name of a link, circuit, VPN, proxy or site: it becomes a label, a part of a path and of file names.
    static var name: Self {
        scalar("a name", allowed: "up to 63 letters, digits, '-', '_' and '.', no '.' first") {
            text throws(ScalarError) in
            guard Names.isName(text) else { throw ScalarError("\(quoted(text)) is no name") }
            return text
        }
    }

    /// A network interface as Linux names it (15 bytes, no slash, no space).
    static var interface: Self {
        scalar("an interface", allowed: "the name of an interface, up to 15 characters") { text throws(ScalarError) in
            let isName = (1...15).contains(text.utf8.count) && text != "." && text != ".."
            guard isName, text.utf8.allSatisfy({ (33...126).contains($0) && $0 != UInt8(ascii: "/") }) else {
                throw ScalarError("\(quoted(text)) is no interface name")
            }
            return text
        }
    }

    /// A host name or an address.
    static var host: Self {
        scalar("a host", allowed: "a host name or an address") { text throws(ScalarError) in
            guard let host = Names.host(text) else { throw ScalarError("\(quoted(text)) is no host name or address") }
            return host
        }
    }

    /// A file; a relative path starts at the folder of the file that names it.
    static var file: Self {
        Self(allowed: "the path of a file") { node, log in
            guard let text = Format<String>.text.read(node, log) else { return nil }
            return FilePath.resolve(text, relativeTo: node.mark.file)
        }
    }

    /// A storage account (Azure: 3 to 24 small letters and digits).
    static var account: Self {
        scalar("an account", allowed: "3 to 24 small letters and digits") { text throws(ScalarError) in
            let isAccount = text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) }
            guard isAccount, (3...24).contains(text.utf8.count) else {
                throw ScalarError("\(quoted(text)) is no storage account")
            }
            return text
        }
    }
}

/// What a name may look like.
enum Names {
    static func isName(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count) && text.first != "." && text.utf8.allSatisfy(isNameByte)
    }

    /// Without brackets; nil for what is neither a host name nor an address.
    static func host(_ text: String) -> String? {
        let target: Target
        do throws(TargetError) {
            target = try Target(parsing: text.contains(":") ? "icmp://[\(text)]" : "icmp://\(text)")
        } catch {
            return nil
        }
        return target.host == text ? text : nil
    }

    /// A label of a metric (Prometheus data model), without its reserved prefix.
    static func isLabel(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(48...57).contains(first), !text.hasPrefix("__") else { return false }
        return text.utf8.count <= 63
            && text.utf8.allSatisfy { isNameByte($0) && $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: ".") }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
        }
    }
}
