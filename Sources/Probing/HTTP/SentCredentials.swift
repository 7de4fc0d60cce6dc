/// Whether the head of a request shows credentials to a proxy. Pure.
enum SentCredentials {
    private static let field = Array("\r\nproxy-authorization: ".utf8)
    /// The first of NTLM's messages (MS-NLMP §2.2.1.1): it says what the client can and holds no secret.
    private static let negotiation = Array("ntlm tlrmtvntuaab".utf8)

    static func areShown(in head: UnsafeRawBufferPointer) -> Bool {
        guard head.count >= field.count else { return false }
        for start in 0...(head.count - field.count) where matches(field, in: head, at: start) {
            return !matches(negotiation, in: head, at: start + field.count)
        }
        return false
    }

    private static func matches(_ text: [UInt8], in head: UnsafeRawBufferPointer, at start: Int) -> Bool {
        guard start + text.count <= head.count else { return false }
        for place in text.indices {
            let byte = head[start + place]
            let lower = (65...90).contains(byte) ? byte + 32 : byte
            guard lower == text[place] else { return false }
        }
        return true
    }
}
