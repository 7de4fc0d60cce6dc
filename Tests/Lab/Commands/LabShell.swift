import Glibc
import LabNetwork
import TestSupport

/// The lab to play with: all of it runs, netprobe watches, and a shell knows how to break things.
enum LabShell {
    static func run(seed: UInt64) throws {
        print("bringing up FRR, strongSwan, Alertmanager, Prometheus and netprobe …")
        let lab = try Lab(seed: seed)
        defer { lab.remove() }
        let probe = lab.namespace(.probe)
        let alertmanager = try Alertmanager(inside: probe, port: 9093)
        defer { alertmanager.end() }
        let prometheus = try Prometheus(inside: probe)
        defer { prometheus.end() }
        let service = try TCPListener(inside: lab.namespace(.vnet), port: 443)
        defer { service.stop() }
        var configuration = SiteConfiguration(stateDirectory: "\(lab.folder.path)/state")
        configuration.alertmanagers = ["http://127.0.0.1:9093"]
        let file = try lab.folder.write("netprobe.yml", configuration.text)
        let log = "\(lab.folder.path)/netprobe.log"
        // To a file: the shell's commands read it.
        let start = [
            "sh", "-c", "exec \"$0\" serve --listen 127.0.0.1:9719 --config \"$1\" >\"$2\" 2>&1",
            try NetprobeBinary.path(), file, log,
        ]
        let netprobe = try Subprocess(probe.command(start))
        defer { netprobe.destroy() }
        try lab.folder.write("help", help)
        let commands = try lab.folder.write("commands", try Self.commands(lab, configuration: file, log: log))
        signal(SIGINT, SIG_IGN)
        try interact(["bash", "--noprofile", "--rcfile", commands, "-i"])
        print("taking the lab down …")
    }

    private static func commands(_ lab: Lab, configuration: String, log: String) throws -> String {
        let program = try NetprobeBinary.path()
        let (prefix, sockets) = (lab.namespace(.probe).name.dropLast("probe".count), lab.folder.path)
        let distances = Lab.delays.map { "\($0.wire)) echo delay_us=\($0.microseconds) ;;" }.joined(separator: " ")
        let swanctl = "swanctl --list-sas --uri unix://\(sockets)/edge-ike/run/charon.vici"
        return """
            PS1='lab> '
            wire() { "\(try BuiltProgram.path(of: "labwire"))" tell "\(lab.wires.control)" "$@"; }
            # Of text it is still the one that everybody knows.
            cut() { case "${1:-}" in \(Lab.delays.map(\.wire).joined(separator: "|"))) wire cut "$@" ;; *) command cut "$@" ;; esac; }
            unplug() { wire unplug "$@"; }
            mend() { local wire; wire mend "$@" && for wire in "$@"; do harm "$wire" >/dev/null; done; }
            harm() { local wire=${1:?harm WIRE KEY=VALUE…}; shift; wire set "$wire" both $(distance "$wire") "$@"; }
            distance() { case "$1" in \(distances) esac; }
            dropped() { wire list >/dev/null; tail -n 20 "\(lab.wires.ledger)"; }
            on() { local part=$1; shift; ip netns exec "\(prefix)$part" "$@"; }
            frr() { local part=$1; shift; vtysh --vty_socket "\(sockets)/$part/run/frr" "$@"; }
            bgp() { frr "${1:-edge}" -c 'show bgp ipv4'; }
            bfd() { frr "${1:-edge}" -c 'show bfd peers brief'; }
            tunnel() { \(swanctl) 2>/dev/null; }
            metrics() { on probe curl -s http://127.0.0.1:9719/metrics | grep "${1:-netprobe_link_}" | grep -v '^#'; }
            alerts() { on probe curl -s http://127.0.0.1:9093/api/v2/alerts | jq -r '\(Self.alertLines)' | sort; }
            netprobe() { on probe "\(program)" "$@"; }
            path() { netprobe path "${1:-10.1.0.4}" --config "\(configuration)" --no-dns; }
            log() { tail -n "${1:-20}" "\(log)"; }
            follow() { tail -n 5 -f "\(log)"; }
            lab() { cat "\(sockets)/help"; }
            lab

            """
    }

    /// For jq: a line of each alert with all its labels.
    private static let alertLines =
        #".[] | .labels.alertname + "  " + (.labels | del(.alertname) | to_entries | map(.key + "=" + .value) | join(" "))"#

    private struct NoShell: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs a program on the terminal of this one.
    private static func interact(_ arguments: [String]) throws {
        var argv = arguments.map { strdup($0) } + [nil]
        defer { for pointer in argv { free(pointer) } }
        // It inherits that interrupts are ignored otherwise, and a shell cannot set that right.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        var pid: pid_t = 0
        let status = posix_spawnp(&pid, arguments[0], nil, &attributes, &argv, environ)
        guard status == 0 else {
            throw NoShell(description: "\(arguments[0]): \(String(cString: strerror(status)))")
        }
        var ending: Int32 = 0
        while waitpid(pid, &ending, 0) < 0, errno == EINTR {}
    }

    private static let help = """

        A site, an ExpressRoute circuit with two connections (wires er1, er2), a VPN (wire wan) and a VNet:

          probe ── edge ══ er1 ══ msee1 ── ergw ── vnet (10.1.0.4, 10.1.0.5)
                     ╞════ er2 ══ msee2 ──┘          │       vnet2 (10.2.0.4) hangs on both msee
                     └════ wan ══ vpngw ─────────────┘

          cut er1 er2      both connections die silently        mend er1 er2     and are as they were
          unplug er1       dies with loss of carrier            harm er1 loss=0.08 | delay_us=5000 | jitter_us=500 |
          cut wan          the VPN's way over the Internet                duplicate=0.1 | reorder=0.1 | mtu=1400 | rate=1e6
                                                                (one harm takes the place of the one before)
          follow           what netprobe says (Ctrl-C ends it)  log [N]          its last lines
          alerts           what Alertmanager has, with labels   metrics [TEXT]   netprobe's metrics
          path [TARGET]    the way to Azure, named              netprobe …       any other command of it
          bgp|bfd [PART]   the routers' view                    tunnel           strongSwan's view
          frr PART         vtysh of edge, msee1, msee2, ergw, vpngw, vnet, vnet2
          on PART COMMAND  a command in a namespace             dropped          the wires' own list
          lab              this text                            exit             takes it all down

        Try: follow &   cut er1 er2   alerts   mend er1 er2


        """
}
