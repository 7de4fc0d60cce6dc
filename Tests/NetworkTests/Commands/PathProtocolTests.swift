import Glibc
import Model
import Synchronization
import TestSupport
import Testing

extension NetworkTests {
    @Suite("netprobe path: protocols")
    struct PathProtocolTests {
        private func responders(_ document: JSONValue) -> [[String]] {
            (document["hops"]?.asArray ?? []).map { hop in
                (hop["responders"]?.asArray ?? []).compactMap { $0["address"]?.asString }
            }
        }

        private func document(_ result: Shell.Finished, status: Int32 = 0) throws -> JSONValue {
            #expect(result.status == status, "\(result.output)\(result.errors)")
            return try JSONValue(parsing: result.output)
        }

        @Test("UDP, TCP and ICMP find the same way, over IPv4 and IPv6, each with its own kind of answer")
        func protocols() throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            for target in [ParallelRouters.address, ParallelRouters.address6] {
                for (wire, answer) in [("icmp", "echo_reply"), ("udp", "unreachable_port"), ("tcp", "rst")] {
                    let document = try document(lab.path(target, "--protocol", wire, "--count", "3"))
                    let hops = responders(document)
                    #expect(hops.count == 4 && hops.allSatisfy { $0.count == 1 }, "\(wire) \(hops)")
                    #expect(hops.last == [target] && document["result"]?["answer"]?.asString == answer)
                    #expect(document["clock"]?.asString == "kernel" && document["strays"]?.asInteger == 0)
                }
                let paris = try document(lab.path(target, "--protocol", "udp", "--strategy", "paris", "--count", "3"))
                #expect(responders(paris).last == [target] && paris["strategy"]?.asString == "paris")
            }
        }

        @Test("an open port answers SYN-ACK with its MSS, and inside a session it acknowledges")
        func openPort() throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            let listener = try lab.target.inside { try TCP.listen(on: "0.0.0.0", port: 7443) }
            defer { close(listener) }
            let url = "tcp://\(ParallelRouters.address):7443"
            let open = try document(lab.path(url, "--count", "3"))
            #expect(open["result"]?["answer"]?.asString == "syn_ack")
            #expect(open["mss"]?["announced_bytes"]?.asInteger == 1460)
            let session = try document(lab.path(url, "--count", "3", "--in-session"))
            #expect(session["result"]?["answer"]?.asString == "ack" && responders(session).count == 4)
            let closed = try document(lab.path("tcp://\(ParallelRouters.address):7444", "--count", "3", "--in-session"))
            #expect(closed["result"]?["answer"]?.asString == "rst" && responders(closed).count == 4)
            #expect(closed["blind_to"]?.asArray?.first?.asString?.contains("asked by SYN") == true)
        }

        @Test("a firewall that drops stray SYNs hides the way from SYN and not from a session")
        func statefulFirewall() throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            let listener = try lab.target.inside { try TCP.listen(on: "0.0.0.0", port: 7443) }
            defer { close(listener) }
            // New connections pass at a full TTL only, as a traceroute's do not.
            try lab.rule(lab.split, hook: "prerouting", "ip ttl < 40 tcp flags syn / syn,ack drop")
            let url = "tcp://\(ParallelRouters.address):7443"
            let hidden = try document(lab.path(url, "--count", "2"), status: 1)
            #expect(responders(hidden).joined().isEmpty)
            let session = try document(lab.path(url, "--count", "2", "--in-session"))
            #expect(responders(session).map(\.count) == [1, 1, 1, 1])
        }

        @Test("several connections show several links, and what comes out of them touches no byte of theirs")
        func sessionFlows() throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            var received = 0
            // A service each: nobody accepts, so that the connections of the first run still wait there.
            for (flows, port) in [("12", 7443 as UInt16), ("auto", 7445)] {
                let listener = try lab.target.inside { try TCP.listen(on: "0.0.0.0", port: port) }
                defer { close(listener) }
                let url = "tcp://\(ParallelRouters.address):\(port)"
                let document = try document(lab.path(url, "--count", "2", "--in-session", "--flows", flows, "--mtu"))
                #expect(document["result"]?["answer"]?.asString == "ack", "\(document.text())")
                #expect(document["multipath"]?["lost"]?.asInteger == 0)
                // Twelve flows meet one link alone in 1 of 2,048 boots; those that `auto` takes in 1 of 32 at the most.
                if flows == "12" {
                    #expect(Set(responders(document)[1]) == [ParallelRouters.leftHop, ParallelRouters.rightHop])
                }
                #expect(document["mtu"]?["bytes"]?.asInteger == 1500 && document["mtu"]?["method"]?.asString == "tcp")
                _ = fcntl(listener, F_SETFL, O_NONBLOCK)
                while true {
                    let connection = accept(listener, nil, nil)
                    guard connection >= 0 else { break }
                    var byte: UInt8 = 0
                    if recv(connection, &byte, 1, Int32(MSG_DONTWAIT)) > 0 { received += 1 }
                    close(connection)
                }
            }
            #expect(received == 0, "nothing but the end was sent")
        }

        @Test("the live view follows a session, opens a new one when the target ends it, and tells the MTU")
        func liveSession() throws {
            guard labIsPossible(), Requirement.met(.program("script", package: "bsdutils")) else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            try lab.limitLastLink(to: 1400)
            let listener = try lab.target.inside { try TCP.listen(on: "0.0.0.0", port: 7443) }
            defer { close(listener) }
            let server = ImpatientServer(listener)
            let line =
                "\(try NetprobeBinary.path()) path tcp://\(ParallelRouters.address):7443 --in-session --mtu --watch "
                + "--interval 200ms --no-dns"
            let script = "(sleep 5; printf q; sleep 2) | script --quiet --return --command '\(line)' /dev/null"
            let result = try Shell.finish(
                lab.host.command(["bash", "-c", script]),
                environment: ["TERM": "xterm", "NO_COLOR": "1"],
                within: .seconds(30)
            )
            let accepted = server.stop()
            let end = try #require(result.output.ranges(of: "\u{1B}[?1049l").last?.upperBound, "\(result.output)")
            let last = result.output[end...]
            #expect(result.status == 0 && last.contains("reached: "), "\(last)")
            #expect(last.contains("MTU: 1400 bytes; larger ones are refused by hop 3"), "\(last)")
            #expect(accepted >= 2)
            let target = last.split(whereSeparator: \.isNewline).first { $0.hasPrefix(" 4 \(ParallelRouters.address)") }
            #expect(target?.contains("  0%") == true, "\(last)")
        }

        @Test("where a link lets no connection come about, its flows are asked by SYN and are lost")
        func blackSessions() throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            let listener = try lab.target.inside { try TCP.listen(on: "0.0.0.0", port: 7443) }
            defer { close(listener) }
            // On veth the kernel's own SYN is not hashed by its ports: which flows die is told by the ports themselves.
            try lab.rule(lab.join, hook: "prerouting", "ip daddr \(ParallelRouters.address) tcp sport & 1 == 1 drop")
            let url = "tcp://\(ParallelRouters.address):7443"
            let document = try document(lab.path(url, "--count", "3", "--in-session", "--flows", "12"), status: 2)
            #expect(document["multipath"]?["lost"]?.asInteger == 6)
            #expect(document["verdict"]?["sentence"]?.asString?.hasPrefix("one of the parallel links fails: ") == true)
            let flows = document["multipath"]?["flows"]?.asArray ?? []
            let odd = flows.filter { ($0["source_port"]?.asInteger ?? 0) % 2 == 1 }
            #expect(odd.allSatisfy { $0["reached"]?.asBool == false && $0["received"]?.asInteger == 0 })
            let numbers = odd.compactMap { $0["flow"]?.asInteger }.map { "\($0)" }.joined(separator: ", ")
            #expect(
                document["blind_to"]?.asArray?.first?.asString
                    == "no connection came about for the flows \(numbers): they were asked by SYN"
            )
            #expect(odd.allSatisfy { $0["responders"]?.asArray?.prefix(2).allSatisfy { $0.asString != nil } == true })
        }

        @Test("without any capability UDP and TCP trace all the same, and say what they cannot see")
        func unprivileged() throws {
            guard labIsPossible(), Requirement.met(.program("setpriv", package: "util-linux")) else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            let prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all"]
            for target in [ParallelRouters.address, ParallelRouters.address6] {
                for (wire, socket) in [("udp", "datagram"), ("tcp", "connect"), (nil, "datagram")] {
                    let chosen = wire.map { ["--protocol", $0] } ?? []
                    let result = try lab.path([target, "--count", "3"] + chosen, prefix: prefix)
                    let document = try document(result)
                    #expect(document["socket"]?.asString == socket)
                    #expect(document["blind_to"]?.asArray?.isEmpty == false)
                    #expect(responders(document).count == 4 && responders(document).allSatisfy { !$0.isEmpty })
                }
            }
        }

        @Test("without any capability a SYN that is lost is a lost probe, whatever the kernel sends again")
        func lostConnections() throws {
            guard labIsPossible(), Requirement.met(.program("setpriv", package: "util-linux")) else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            try lab.rule(lab.target, hook: "prerouting", "tcp flags & syn == syn numgen inc mod 3 == 0 drop")
            let prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all"]
            let arguments = [ParallelRouters.address, "--protocol", "tcp", "--count", "12"]
            let document = try document(lab.path(arguments, prefix: prefix), status: 2)
            let result = try #require(document["result"])
            let (sent, received) = (result["sent"]?.asInteger ?? 0, result["received"]?.asInteger ?? 0)
            #expect(sent == 12 && (sent - received) >= 3, "\(sent), \(received)")
            #expect((result["worst_ns"]?.asInteger ?? .max) < 900_000_000)
        }

        @Test("a target that answers UDP with data answers every flow of a search")
        func manyFlows() throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            let echo = """
                import socket
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("0.0.0.0", 7))
                print("ready", flush=True)
                while True: s.sendto(*s.recvfrom(2048))
                """
            let server = try Subprocess(lab.target.command(["python3", "-c", echo]))
            defer { server.destroy() }
            let target = "udp://\(ParallelRouters.address):7"
            try eventually("it echoes", within: .seconds(10)) { () throws -> Bool? in
                try lab.path(target, "--count", "1").status == 0 ? true : nil
            }
            // With four next hops it takes more flows to have found all than are measured.
            for (net, router) in [(7, lab.left), (8, lab.right)] {
                try Shell.run(
                    ["ip", "link", "add", "more\(net)", "netns", lab.split.name, "type", "veth"]
                        + ["peer", "name", "more\(net)", "netns", router.name]
                )
                try router.run("sysctl", "-qw", "net.ipv4.icmp_errors_use_inbound_ifaddr=1")
                for (namespace, end) in [(lab.split, 1), (router, 2)] {
                    try LabNamespaces.configure(
                        namespace,
                        ["address add 10.9.\(net).\(end)/24 dev more\(net)", "link set more\(net) up"]
                    )
                }
            }
            let hops = ["10.9.2.2", "10.9.3.2", "10.9.7.2", "10.9.8.2"].map { "nexthop via \($0)" }
            try LabNamespaces.configure(lab.split, ["route replace 10.9.6.0/24 " + hops.joined(separator: " ")])
            let document = try document(lab.path(target, "--flows", "auto", "--count", "3"))
            let flows = document["multipath"]?["flows"]?.asArray ?? []
            #expect(flows.count > 16, "\(flows.count)")
            #expect(flows.allSatisfy { $0["reached"]?.asBool == true })
        }

        @Test("the size is that of the narrowest of several parallel paths, and says whose")
        func narrowPath() throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            for (narrow, far, hop) in [
                (lab.left, "left", ParallelRouters.leftHop), (lab.right, "right", ParallelRouters.rightHop),
            ] {
                try LabNamespaces.configure(narrow, ["link set far mtu 1400"])
                try LabNamespaces.configure(lab.join, ["link set \(far) mtu 1400"])
                let arguments = [ParallelRouters.address, "--protocol", "udp", "--flows", "8", "--count", "3", "--mtu"]
                let document = try document(lab.path(arguments))
                #expect(document["mtu"]?["bytes"]?.asInteger == 1400)
                let number = document["mtu"]?["flow"]?.asInteger
                let flow = document["multipath"]?["flows"]?.asArray?.first { $0["flow"]?.asInteger == number }
                #expect(flow?["responders"]?.asArray?.dropFirst().first?.asString == hop)
                try LabNamespaces.configure(narrow, ["link set far mtu 1500"])
                try LabNamespaces.configure(lab.join, ["link set \(far) mtu 1500"])
            }
        }

        @Test(
            "without any capability each TCP probe is a flow of its own: parallel paths are seen, and told apart by nobody"
        )
        func mixed() throws {
            guard labIsPossible(), Requirement.met(.program("setpriv", package: "util-linux")) else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            let prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all"]
            let arguments = [ParallelRouters.address, "--protocol", "tcp", "--flows", "8", "--count", "4"]
            let document = try document(lab.path(arguments, prefix: prefix))
            #expect(responders(document).contains { $0.count > 1 })
            let multipath = try #require(document["multipath"])
            #expect(multipath["paths"] == .null && multipath["complete"] == .null)
            #expect(multipath["per_packet"]?.asArray?.isEmpty == true)
            let flows = multipath["flows"]?.asArray ?? []
            #expect(flows.count == 8 && flows.allSatisfy { $0["route_hash"] == .null && $0["path"] == .null })
        }
    }
}

/// Accepts connections, and ends each after a second.
private final class ImpatientServer: Sendable {
    private struct State {
        var accepted = 0
        var isStopping = false
        var isOver = false
    }

    private let state = Mutex(State())

    init(_ listener: Int32) {
        _ = fcntl(listener, F_SETFL, O_NONBLOCK)
        Thread.detach { [self] in
            while !state.withLock({ $0.isStopping }) {
                let connection = accept(listener, nil, nil)
                if connection >= 0 { state.withLock { $0.accepted += 1 } }
                Thread.sleep(.seconds(1))
                if connection >= 0 { close(connection) }
            }
            state.withLock { $0.isOver = true }
        }
    }

    /// - Returns: connections that were accepted.
    func stop() -> Int {
        state.withLock { $0.isStopping = true }
        while !state.withLock({ $0.isOver }) { Thread.sleep(.milliseconds(20)) }
        return state.withLock { $0.accepted }
    }
}
