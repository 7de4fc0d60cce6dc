import CCurl
import Model
import Testing

@testable import Probing

/// One reason for each way in which a transfer ends.
@Suite("why a transfer failed")
struct TransferVerdictTests {
    private func reason(
        _ code: CURLcode,
        _ text: String,
        phase: PhaseName = .firstByte,
        status: Int? = nil
    ) -> Outcome.Result? {
        let end = TransferEnd(code: code, text: text, phase: phase, usesProxy: false, status: status)
        return TransferFailure(end)?.result
    }

    @Test("a chunk that cannot be read is the body's fault, not a reset")
    func chunk() {
        let text = "Illegal or missing hexadecimal sequence in chunked-encoding"
        #expect(reason(CURLE_RECV_ERROR, text, phase: .transfer, status: 200) == .failed(.httpBody))
        #expect(reason(CURLE_RECV_ERROR, "Recv failure: Connection reset by peer") == .failed(.reset))
    }

    @Test("an alert after the handshake is the handshake's failure")
    func alert() {
        let text = "OpenSSL SSL_read: error:0A00045C:SSL routines::tlsv13 alert certificate required, errno 0"
        #expect(reason(CURLE_RECV_ERROR, text) == .failed(.tlsHandshake))
    }

    @Test("a line of a head without end is the peer's fault, not ours")
    func line() {
        #expect(reason(CURLE_OUT_OF_MEMORY, "") == .failed(.httpStatus))
        #expect(reason(CURLE_OUT_OF_MEMORY, "", phase: .request) == .failed(.internal))
    }

    @Test("a peer that agrees on HTTP/2 and does not speak it gives no HTTP answer")
    func frames() {
        #expect(reason(CURLE_HTTP2, "") == .failed(.httpStatus))
        #expect(reason(CURLE_HTTP2, "", phase: .transfer, status: 200) == .failed(.httpBody))
    }
}
