import Model
import TestSupport
import Testing

extension NetworkTests {
    @Suite("what happens while netprobe path traces")
    struct PathMomentTests {
        /// Traces for three seconds, and does something with the network after a part of the first.
        private func trace(_ lab: ParallelRouters, _ event: String) throws -> (document: JSONValue, status: Int32) {
            let trace = "\(try NetprobeBinary.path()) path \(ParallelRouters.address) --count 30 --no-dns --output json"
            let result = try Shell.finish(lab.host.command(["bash", "-c", "(sleep 0.7; \(event)) & exec \(trace)"]))
            return (try JSONValue(parsing: result.output), result.status)
        }

        private func evidence(_ document: JSONValue) -> [String] {
            (document["verdict"]?["evidence"]?.asArray ?? []).compactMap(\.asString)
        }

        @Test("a target that ceases to answer is unreachable, behind the hop that still answers")
        func cessation() throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            let event = "ip -n \(lab.join.name) route add blackhole \(ParallelRouters.address)/32"
            let (document, status) = try trace(lab, event)
            let sentence = document["verdict"]?["sentence"]?.asString ?? ""
            #expect(status == 1 && document["status"]?.asString == "unreachable", "\(document.text())")
            #expect(
                sentence.hasPrefix("\(ParallelRouters.address) answered, and no longer does: the last "),
                "\(sentence)"
            )
            // The joining router drops before it looks at the TTL.
            #expect(evidence(document).first?.hasPrefix("hop 2 (10.9.") == true, "\(evidence(document))")
        }

        @Test("where the cable of this host goes out it is the host's, and no hop is the host itself")
        func carrier() throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            let (document, status) = try trace(lab, "ip -n \(lab.split.name) link set near down")
            #expect(status == 1 && document["verdict"]?["layer"]?.asString == "host", "\(document.text())")
            let sentence = "far has no carrier: nothing leaves by it to \(ParallelRouters.address)."
            #expect(document["verdict"]?["sentence"]?.asString == sentence)
            let hops = (document["hops"]?.asArray ?? []).flatMap { $0["responders"]?.asArray ?? [] }
            #expect(!hops.contains { $0["address"]?.asString == "10.9.1.1" })
        }

        @Test("a way that moves is told with both routers, and the present one is its hop")
        func move() throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            try LabNamespaces.configure(lab.split, ["route replace 10.9.6.0/24 via \(ParallelRouters.leftHop)"])
            let event = "ip -n \(lab.split.name) route replace 10.9.6.0/24 via \(ParallelRouters.rightHop)"
            let (document, status) = try trace(lab, event)
            #expect(status == 0)
            let (left, right) = (ParallelRouters.leftHop, ParallelRouters.rightHop)
            #expect(
                evidence(document) == ["the way moved while it was traced: hop 2 was \(left), and is \(right)"]
            )
            let hop = document["hops"]?.asArray?.dropFirst().first
            #expect(hop?["responders"]?.asArray?.first?["address"]?.asString == right)
        }
    }
}
