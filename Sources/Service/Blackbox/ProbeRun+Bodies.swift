import Blackbox
import Model
import Probing
import Wire

// What the body of an answer comes to.
extension ProbeRun {
    func judgeBody(
        _ facts: RequestFacts,
        _ module: HTTPModule,
        _ isGoodSoFar: Bool,
        isRedirect: Bool,
        didEnd: Bool
    ) -> Bool {
        var isGood = isGoodSoFar
        guard !isRedirect else { return isGood }
        let limit = module.bodySizeLimit > 0 ? module.bodySizeLimit : Int.max
        guard didEnd else {
            note(.info, "Failed to read HTTP response body")
            report.set(.bodyLength, Double(min(Int64(limit), facts.bodyBytes)))
            return false
        }
        var length = Int(facts.bodyBytes)
        var body = facts.response?.body ?? []
        switch module.compression.lowercased() {
        case "", "identity": break
        case "gzip", "deflate":
            let found = Inflation.inflate(
                body,
                as: module.compression.lowercased() == "gzip" ? .gzip : .raw,
                most: min(limit, RequestTask.wholeBody)
            )
            let isNone = module.compression.lowercased() == "gzip" && !Inflation.isGzip(body)
            (body, length) = (found.bytes, found.bytes.count)
            if isNone {
                note(.info, "Failed to get decompressor for HTTP response body", ["err": "gzip: invalid header"])
                isGood = false
            } else if !found.isWhole, !found.isCut {
                failUnread(module, isGood)
                note(.info, "Failed to read HTTP response body", ["err": "it is no \(module.compression)"])
                isGood = false
            }
            if found.isCut { length = min(limit, RequestTask.wholeBody) + 1 }
        default:
            note(
                .info,
                "Failed to get decompressor for HTTP response body",
                ["err": "unsupported compression algorithm"]
            )
            (body, length) = ([], 0)
            isGood = false
        }
        if length > limit {
            failUnread(module, isGood)
            note(.info, "Failed to read HTTP response body", ["err": "http: request body too large"])
            isGood = false
            length = limit
            body = Array(body.prefix(limit))
        }
        report.set(.bodyLength, Double(length))
        if isGood, let objection = HTTPRules.objection(to: body, module) { isGood = fail(objection) }
        return isGood
    }

    /// A body that cannot be read to its end is one that a rule about bodies fails for.
    private func failUnread(_ module: HTTPModule, _ isGoodSoFar: Bool) {
        guard isGoodSoFar, !(module.failIfBodyMatches + module.failIfBodyNotMatches).isEmpty else { return }
        report.set(.failedDueToRegex, 1)
    }
}
