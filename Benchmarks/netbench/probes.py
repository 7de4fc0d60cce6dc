"""Probes of services beside Debian's prometheus-blackbox-exporter: CPU per probe, `/probe` under load, peers that keep one waiting."""

import shutil
import tempfile
import time

from .exporter import Exporter
from .network import Loopback
from .processes import eventually, resident_bytes, start, stop
from .questions import Questions
from .services import WaitingPeers, WebServer, listens
from .statistics import median, percentile
from .table import Row

MODULES = """modules:
  http: {prober: http, timeout: 1s, http: {preferred_ip_protocol: ip4}}
  https: {prober: http, timeout: 1s, http: {preferred_ip_protocol: ip4, tls_config: {ca_file: AUTHORITY}}}
  tcp: {prober: tcp, timeout: 1s, tcp: {preferred_ip_protocol: ip4}}
  banner: {prober: tcp, timeout: 1s, tcp: {preferred_ip_protocol: ip4, query_response: [{expect: "^never$"}]}}
  tls: {prober: tcp, timeout: 1s, tcp: {preferred_ip_protocol: ip4, tls: true, tls_config: {insecure_skip_verify: true}}}
  icmp: {prober: icmp, timeout: 1s, icmp: {preferred_ip_protocol: ip4}}
  dns: {prober: dns, timeout: 1s, dns: {query_name: a.test, query_type: A, preferred_ip_protocol: ip4}}
  dns_tcp: {prober: dns, timeout: 1s, dns: {query_name: a.test, query_type: A, transport_protocol: tcp, preferred_ip_protocol: ip4}}
  dns_tls: {prober: dns, timeout: 1s, dns: {query_name: a.test, query_type: A, transport_protocol: tcp, dns_over_tls: true, preferred_ip_protocol: ip4, tls_config: {insecure_skip_verify: true}}}
  grpc: {prober: grpc, timeout: 1s, grpc: {preferred_ip_protocol: ip4}}
  grpc_tls: {prober: grpc, timeout: 1s, grpc: {tls: true, preferred_ip_protocol: ip4, tls_config: {insecure_skip_verify: true}}}
"""

# Name and module, its target for /probe, the same as a configured target, and the bound: a part of the exporter's CPU.
KINDS = [("http", "http://127.0.0.1:8080/", "http://{}:8080/", 2), ("https", "https://127.0.0.1:8443/", "https://{}:8443/", 2),
         ("tcp", "127.0.0.1:8080", "tcp://{}:8080", 3), ("icmp", "127.0.0.1", "icmp://{}", 3)]


class Oracle:
    """Debian's exporter inside a namespace; a context manager."""

    port = 9115

    def __init__(self, namespace, modules):
        self.namespace, self.modules = namespace, modules

    def __enter__(self):
        self.process = start(["prometheus-blackbox-exporter", f"--config.file={self.modules}",
                              f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=error"], self.namespace)
        eventually("blackbox_exporter listens", lambda: listens(self.namespace, self.port))
        return self

    def __exit__(self, *_):
        stop(self.process)


def measure(quick, _):
    folder = tempfile.mkdtemp(prefix="netbench-")
    modules = f"{folder}/blackbox.yml"
    try:
        with Loopback() as network, WebServer(network["lo"]) as web:
            with open(modules, "w") as file:
                file.write(MODULES.replace("AUTHORITY", web.authority))
            configuration = f"server: {{modules: {modules}}}\nprobes: [icmp://127.0.0.1]\n"
            with Exporter(network["lo"], configuration) as netprobe, Oracle(network["lo"], modules) as oracle:
                yield from _cpu(network["lo"], web, netprobe, oracle, quick)
                yield _rate(network["lo"], netprobe, 2 if quick else 10)
                yield _waiting(network, netprobe)
            yield _memory(network["lo"], web, 35 if quick else 65)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _cpu(namespace, web, netprobe, oracle, quick):
    """The exporter's probes over eight kept connections, ours in the same way, and ours as they run by themselves."""
    for name, asked, configured, factor in KINDS:
        own, theirs, scheduled = [], [], []
        for _ in range(1 if quick else 3):
            own.append(_ask(namespace, netprobe.port, netprobe.process.pid, name, asked, quick))
            theirs.append(_ask(namespace, oracle.port, oracle.process.pid, name, asked, quick))
            scheduled.append(_schedule(namespace, web, configured, 3 if quick else 6))
        ours, other, regular = median(own), median(theirs), median(scheduled)
        yield Row(
            f"{name} probe: CPU (user + system)", f"≤ 1/{factor} of blackbox_exporter",
            f"{regular * 1e6:.0f} µs (blackbox_exporter 0.23: {other * 1e6:.0f} µs, {other / regular:.1f} ×)",
            regular * factor <= other)
        yield Row(
            "the same asked over `/probe`", "below blackbox_exporter",
            f"{ours * 1e6:.0f} µs ({other / ours:.1f} ×)", ours < other)


def _schedule(namespace, web, target, seconds):
    """A hundred targets ten times a second, with their metrics; CPU of the program by probe."""
    more = f", ca_file: {web.authority}" if target.startswith("https") else ""
    probes = "\n".join(f"  - {{target: \"{target.format(address)}\"{more}}}" for address in (f"127.0.0.{i}" for i in range(1, 101)))
    text = f"defaults: {{interval: {'500ms' if more else '100ms'}, timeout: 90ms}}\nprobes:\n{probes}\n"
    with Exporter(namespace, text.replace("timeout: 90ms", "timeout: 400ms") if more else text, port=9720) as netprobe:
        time.sleep(2)
        pid = netprobe.process.pid
        first, before = netprobe.metrics(), _process_cpu(pid)
        time.sleep(seconds)
        taken, last = _process_cpu(pid) - before, netprobe.metrics()
        count = last.sum("netprobe_probe_received_total") - first.sum("netprobe_probe_received_total")
        if count < 50 * seconds:
            raise RuntimeError(f"{target}: {count} answers in {seconds} s")
        return taken / count


def _ask(namespace, port, pid, module, target, quick):
    count = 300 if quick else 3000
    questions = Questions(namespace, port, 8)
    path = f"/probe?module={module}&target={target}"
    bodies, _ = questions.ask(path, 50)
    started = _process_cpu(pid)
    bodies += questions.ask(path, count)[0]
    taken = _process_cpu(pid) - started
    questions.close()
    if any(b"\nprobe_success 1" not in body for body in bodies):
        raise RuntimeError(f"{path}: a probe failed")
    return taken / count


def _process_cpu(pid):
    """User and system time of the whole process, threads that have ended too: its clock by clock_getcpuclockid(3)."""
    return time.clock_gettime((~pid << 3) | 2)


def _rate(namespace, netprobe, seconds):
    """2,000 questions a second over 50 connections, evenly; each answer's own round trip."""
    questions = Questions(namespace, netprobe.port, 50)
    path = "/probe?module=icmp&target=127.0.0.1"
    questions.ask(path, 200)
    bodies, taken = questions.ask(path, 2000 * seconds, rate=2000, within=5 * seconds + 10)
    questions.close()
    mark, times = b'probe_icmp_duration_seconds{phase="rtt"} ', []
    for body in bodies:
        place = body.find(mark)
        if b"\nprobe_success 1" in body and place >= 0:
            times.append(float(body[place + len(mark):body.find(b"\n", place)]))
    failed, rate, worst = len(bodies) - len(times), len(bodies) / taken, percentile(times, 0.99)
    return Row(
        "2,000 `/probe` ICMP requests/s over 50 connections", "RTT p99 ≤ 100 µs, none lost",
        f"{rate:.0f}/s, RTT p50 {percentile(times, 0.5) * 1e6:.0f} µs, p99 {worst * 1e6:.0f} µs, {failed} failed",
        rate >= 1980 and failed == 0 and worst <= 100e-6)


def _waiting(network, netprobe):
    """Each kind of probe against each peer; the module's time is 1 s."""
    worst, which, count = 0.0, "", 0
    with WaitingPeers(network, "lo") as peers:
        for kind, port in peers.PORTS.items():
            for module in ("http", "https", "banner", "tls", "dns_tcp", "dns_tls", "grpc", "grpc_tls"):
                target = f"https://127.0.0.1:{port}/" if module == "https" else f"127.0.0.1:{port}"
                taken = netprobe.get(f"/probe?module={module}&target={target}")[1]
                count += 1
                if taken > worst:
                    worst, which = taken, f"{module}, {kind}"
        for module, target in (("icmp", "127.9.9.9"), ("dns", "127.0.0.1:7001"), ("tcp", "127.0.0.1:7002")):
            taken = netprobe.get(f"/probe?module={module}&target={target}")[1]
            count += 1
            if taken > worst:
                worst, which = taken, module
    return Row(
        "every kind of probe against silent, half-open, dripping and endless peers; time-out 1 s", "≤ time-out + 50 ms",
        f"worst of {count}: {(worst - 1) * 1e3:+.1f} ms ({which})", worst <= 1.05)


def _memory(namespace, web, seconds):
    probes = "\n".join(
        f"  - {{target: \"https://127.0.{i >> 8}.{i & 255}:8443/\", ca_file: {web.authority}, interval: 30s, timeout: 10s}}"
        for i in range(1, 1001))
    with Exporter(namespace, f"probes:\n{probes}\n") as netprobe:
        most = 0
        for _ in range(seconds):
            time.sleep(1)
            most = max(most, resident_bytes(netprobe.process.pid))
        metrics = netprobe.metrics()
        good = metrics.sum("netprobe_probe_received_total")
        bad = metrics.sum("netprobe_probe_failures_total")
    return Row("1,000 HTTPS endpoints at 30 s: resident memory", "≤ 150 MB",
               f"{most / 1e6:.0f} MB at most ({good:.0f} probes, {bad:.0f} failed)", most <= 150e6 and bad == 0 and good > 900)
