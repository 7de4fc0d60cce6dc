import Blackbox
import Model
import Probing
import Sockets
import Wire

// What the body of an answer comes to.
extension ProbeRun {
    func judgeBody(
        _ facts: RequestFacts,
        _ module: HTTPModule,
        _ lease: BodyLease,
        _ isGoodSoFar: Bool,
        didEnd: Bool
    ) throws(ProbeRefusal) -> Bool {
        var isGood = isGoodSoFar
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
        case "gzip", "deflate", "br":
            let found = try inflate(body, module, limit, lease)
            (body, length) = (found.body, found.length)
            if let mistake = found.mistake {
                if mistake.isOfReading { failUnread(module, isGood) }
                note(.info, mistake.message, ["err": mistake.cause, "reason": "\(Reason.httpBody)"])
                isGood = false
            }
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

    private struct Inflated {
        struct Mistake {
            var message = "Failed to read HTTP response body"
            var cause: String
            var isOfReading = true
        }

        var body: [UInt8]
        /// In bytes, at most one more than the limit.
        var length: Int
        var mistake: Mistake?
    }

    /// What a compressed body was: its text where a rule reads it, else its length alone.
    private func inflate(
        _ body: [UInt8],
        _ module: HTTPModule,
        _ limit: Int,
        _ lease: BodyLease
    ) throws(ProbeRefusal) -> Inflated {
        let name = module.compression.lowercased()
        let form: Inflation.Form = name == "gzip" ? .gzip : name == "br" ? .brotli : .raw
        if form == .gzip, !Inflation.isGzip(body) {
            let message = "Failed to get decompressor for HTTP response body"
            let mistake = Inflated.Mistake(message: message, cause: "gzip: invalid header", isOfReading: false)
            return Inflated(body: [], length: 0, mistake: mistake)
        }
        let most = module.readsBody ? min(limit, RequestTask.wholeBody) : limit
        let found = Inflation.inflate(
            body,
            as: form,
            most: most,
            kept: module.readsBody ? most : 0,
            goesOn: { SystemClock.monotonic() < end && lease.holds(body.count + $0) }
        )
        if lease.isRefused { throw Self.noRoom }
        var mistake: Inflated.Mistake?
        if found.isUnknown {
            mistake = .init(cause: "libbrotlidec.so.1 is not on this host")
        } else if found.isCut, found.length <= most {
            mistake = .init(cause: "no end of its \(module.compression) within the time-out")
        } else if found.isCut, found.length <= limit {
            mistake = .init(cause: "a rule looks at it, and it holds more than \(RequestTask.wholeBody >> 20) MiB")
        } else if !found.isWhole, !found.isCut {
            mistake = .init(cause: "it is no \(module.compression)")
        }
        return Inflated(body: found.bytes, length: found.length, mistake: mistake)
    }

    /// A body that cannot be read to its end is one that a rule about bodies fails for.
    private func failUnread(_ module: HTTPModule, _ isGoodSoFar: Bool) {
        guard isGoodSoFar, !(module.failIfBodyMatches + module.failIfBodyNotMatches).isEmpty else { return }
        report.set(.failedDueToRegex, 1)
    }
}

extension HTTPModule {
    /// Whether a rule looks at the text of bodies; one that no rule looks at is counted only.
    var readsBody: Bool { !failIfBodyMatches.isEmpty || !failIfBodyNotMatches.isEmpty }
}
