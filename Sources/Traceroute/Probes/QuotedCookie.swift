internal import Wire

/// The random bytes of our payload, in what an ICMP error quotes. Nobody can know them who has not seen the probe, so they
/// prove a quote ours whatever translators on the way have changed in its headers. Many routers quote so far (RFC 1812
/// §4.3.2.3); of those that quote eight bytes of the transport header there is none.
enum QuotedCookie {
    private static let quoteStart = 8

    /// Where the payload of the quoted datagram begins; nil where the quote has none.
    /// - Parameters:
    ///   - message: from the first byte of the ICMP header.
    ///   - headerLength: of the transport.
    static func payloadStart(in message: RawSpan, headerLength: Int) -> Int? {
        guard message.byteCount > quoteStart else { return nil }
        let first = message.unsafeLoad(fromByteOffset: quoteStart, as: UInt8.self)
        let header = first >> 4 == 4 ? Int(first & 0x0F) * 4 : IPv6Header.length
        let start = quoteStart + header + headerLength
        return start < message.byteCount ? start : nil
    }

    static func stands(_ cookie: some Collection<UInt8>, in bytes: RawSpan, at start: Int) -> Bool {
        guard bytes.byteCount >= start + cookie.count else { return false }
        return cookie.enumerated().allSatisfy { offset, byte in
            bytes.unsafeLoad(fromByteOffset: start + offset, as: UInt8.self) == byte
        }
    }
}
