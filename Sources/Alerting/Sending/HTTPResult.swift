/// How one request ended.
enum HTTPResult: Equatable, Sendable {
    /// `detail` is the beginning of the body, fit for one line of a log.
    case status(Int, detail: String)
    /// No answer: what libcurl says of it.
    case failed(String)
    case cancelled
}

/// What a receiver's answer means for the alerts of the request.
enum DeliveryVerdict: Equatable, Sendable {
    case accepted
    /// At least one of them is refused for good; the others may have been taken.
    case refused(String)
    /// None is known to be taken: try again later.
    case retry(String)
    case cancelled
}

extension HTTPResult {
    /// 400, 413 and 422 speak of the content; everything else of the receiver, which may mend.
    var verdict: DeliveryVerdict {
        switch self {
        case .status(200..<300, _): .accepted
        case .status(let code, let detail) where [400, 413, 422].contains(code):
            .refused("HTTP \(code)" + (detail.isEmpty ? "" : ": \(detail)"))
        case .status(let code, _) where (300..<400).contains(code):
            .retry("HTTP \(code): redirects are not followed; configure the final URL")
        case .status(let code, let detail): .retry("HTTP \(code)" + (detail.isEmpty ? "" : ": \(detail)"))
        case .failed(let text): .retry(text)
        case .cancelled: .cancelled
        }
    }
}
