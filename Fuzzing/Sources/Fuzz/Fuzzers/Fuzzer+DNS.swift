import Wire

extension Fuzzer {
    static let dns = Fuzzer(
        name: "dns",
        seeds: [
            DNSPackets.query, DNSPackets.answer, DNSPackets.everyType,
            [0, UInt8(DNSPackets.query.count)] + DNSPackets.query,
        ]
    ) { bytes in
        _ = try? DNSStream.message(at: 0, in: bytes)
        let transaction = try? DNSTransaction(decoding: bytes)
        guard let message = try? DNSMessage(decoding: bytes) else { return }
        if !message.questions.isEmpty { require(transaction != nil, "a question that is read can be hashed") }
        for question in message.questions.prefix(8) {
            let resolution = message.resolution(of: question.name, question.type)
            require(resolution.names.count <= message.answers.count + 1, "a chain has no more links than records")
            require(DNSName(question.name.description)?.encoded == question.name.encoded, "a name survives text")
        }
        let copy = encoded(room: min(message.encodedLength, DNSMessage.maximumLength)) { buffer in
            unsafe try message.write(into: buffer)
        }
        guard let copy else {
            require(message.encodedLength > DNSMessage.maximumLength, "only what is too long is not written")
            return
        }
        require(copy.count == message.encodedLength, "the length is known before")
        let again = try? DNSMessage(decoding: copy.span.bytes)
        require(again == message, "what is written reads the same")
    }
}
