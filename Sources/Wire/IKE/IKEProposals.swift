/// The security association payload of our request: what Azure's gateways and common VPN devices accept by default
/// (RFC 7296 §3.3; numbers: IANA "IKEv2 Parameters").
enum IKEProposals {
    private struct Transform {
        var type: UInt8
        var id: UInt16
        var keyLength: UInt16?

        var length: Int { keyLength == nil ? 8 : 12 }
    }

    private static let encryptionCBC: UInt16 = 12
    private static let encryptionGCM16: UInt16 = 20
    private static let sha256PRF: UInt16 = 5
    private static let sha256Integrity: UInt16 = 12

    /// AES-CBC with HMAC, then AES-GCM, which has its integrity built in (RFC 5282): two proposals.
    private static let proposals: [[Transform]] = [
        [
            Transform(type: 1, id: encryptionCBC, keyLength: 256),
            Transform(type: 1, id: encryptionCBC, keyLength: 128),
            Transform(type: 2, id: sha256PRF),
            Transform(type: 3, id: sha256Integrity),
        ] + groups,
        [
            Transform(type: 1, id: encryptionGCM16, keyLength: 256),
            Transform(type: 1, id: encryptionGCM16, keyLength: 128),
            Transform(type: 2, id: sha256PRF),
        ] + groups,
    ]

    private static let groups = IKEGroup.allCases.map { Transform(type: 4, id: $0.rawValue) }

    private static func length(of proposal: [Transform]) -> Int {
        proposal.reduce(8) { $0 + $1.length }
    }

    static let payloadLength = proposals.reduce(IKEPayload.headerLength) { $0 + length(of: $1) }

    static func write(to writer: inout ByteWriter, next: UInt8) {
        writer.putPayloadHeader(next: next, bodyLength: payloadLength - IKEPayload.headerLength)
        for (index, proposal) in proposals.enumerated() {
            writer.put(UInt8(index == proposals.count - 1 ? 0 : 2))
            writer.put(UInt8(0))
            writer.put(UInt16(truncatingIfNeeded: length(of: proposal)))
            writer.put(UInt8(truncatingIfNeeded: index + 1))
            writer.put(UInt8(1))
            writer.put(UInt8(0))
            writer.put(UInt8(truncatingIfNeeded: proposal.count))
            for (number, transform) in proposal.enumerated() {
                writer.put(UInt8(number == proposal.count - 1 ? 0 : 3))
                writer.put(UInt8(0))
                writer.put(UInt16(truncatingIfNeeded: transform.length))
                writer.put(transform.type)
                writer.put(UInt8(0))
                writer.put(transform.id)
                if let bits = transform.keyLength {
                    writer.put(UInt16(0x800E))
                    writer.put(bits)
                }
            }
        }
    }
}
