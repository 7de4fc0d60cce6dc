internal import Model

/// Authorities by which Microsoft has its endpoints signed, those of the clouds for governments and of China too: a verified
/// chain to another root is that of a device in between whose authority this host trusts.
enum PublicAuthorities {
    /// The organisations that the roots themselves name: those of Microsoft's list of Azure's authorities, and those of the
    /// clouds in Germany and China. Whole names, for an inspector may have one that holds such a name.
    private static let organisations: Set = [
        "digicert inc", "digicert, inc.", "microsoft corporation", "baltimore", "d-trust gmbh", "globalsign",
        "globalsign nv-sa", "entrust, inc.", "entrust.net", "wotrus ca limited",
        "china financial certification authority", "sectigo limited", "the usertrust network", "comodo ca limited",
    ]

    static func issued(_ tls: TLSFacts) -> Bool {
        let root = tls.root?.subject ?? tls.certificates.last?.issuer ?? ""
        return DistinguishedName(root).values(of: "O").contains { organisations.contains($0.lowercased()) }
    }
}

/// A name of X.509 as RFC 2253 writes it: `CN=a\, b+OU=c,O=d`.
struct DistinguishedName {
    private var attributes: [(type: String, value: String)] = []

    init(_ text: String) {
        var type: [UInt8] = []
        var value: [UInt8]?
        var isEscaped = false
        for byte in Array(text.utf8) + [UInt8(ascii: ",")] {
            switch byte {
            case _ where isEscaped:
                value?.append(byte)
                isEscaped = false
            case UInt8(ascii: "\\"): isEscaped = true
            case UInt8(ascii: "=") where value == nil: value = []
            case UInt8(ascii: ","), UInt8(ascii: "+"):
                if let value {
                    attributes.append((String(decoding: type, as: UTF8.self), String(decoding: value, as: UTF8.self)))
                }
                (type, value) = ([], nil)
            default: if value == nil { type.append(byte) } else { value?.append(byte) }
            }
        }
    }

    func values(of type: String) -> [String] { attributes.filter { $0.type == type }.map(\.value) }
}
