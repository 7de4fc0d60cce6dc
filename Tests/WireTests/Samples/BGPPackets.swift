/// Messages that the suites about BGP share. RFC 4271 §4.1: Marker (16), Length (2), Type (1).
enum BGPPackets {
    static func message(_ type: UInt8, _ body: [UInt8], length: Int? = nil) -> [UInt8] {
        let length = length ?? 19 + body.count
        return [UInt8](repeating: 0xFF, count: 16) + [UInt8(length >> 8), UInt8(length & 255), type] + body
    }

    static let keepalive = message(4, [])
    /// Version, My AS (AS_TRANS), Hold Time, Identifier; parameter 2 with the capabilities 1 and 65 (AS 65551).
    static let open = message(1, hex("04 5ba0 00b4 0a000001 0e 02 0c 01 04 0001 0001 41 04 0001000f"))
    /// No withdrawn routes, no attributes: the end of the table (RFC 4724 §2).
    static let endOfRIB = message(2, hex("0000 0000"))
    /// Cease, Administrative Shutdown, with a text (RFC 9003).
    static let shutdown = message(3, hex("06 02 05 68656c6c6f"))
}
