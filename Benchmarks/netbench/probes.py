"""Probes of services beside Debian's prometheus-blackbox-exporter: CPU per probe, `/probe` under load, peers that keep one waiting."""

import selectors
import shutil
import socket
import tempfile
import time

from .exporter import Exporter
from .network import Loopback
from .processes import eventually, inside, resident_bytes, run, start, stop
from .services import WaitingPeers, WebServer, listens
from .statistics import median, percentile
from .table import Row

MODULES = """modules:
  http: {prober: http, timeout: 1s, http: {preferred_ip_protocol: ip4}}
  https: {prober: http, timeout: 1s, http: {preferred_ip_protocol: ip4, tls_config: {insecure_skip_verify: true}}}
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

KINDS = [("http", "http", "http://127.0.0.1:8080/", 2), ("https", "https", "https://127.0.0.1:8443/", 2),
         ("tcp", "tcp", "127.0.0.1:8080", 3), ("icmp", "icmp", "127.0.0.1", 3)]


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
    with open(modules, "w") as file:
        file.write(MODULES)
    try:
        with Loopback() as network, WebServer(network["lo"]) as web:
            configuration = f"server: {{modules: {modules}}}\nprobes: [icmp://127.0.0.1]\n"
            with Exporter(network["lo"], configuration) as netprobe, Oracle(network["lo"], modules) as oracle:
                yield from _cpu(network["lo"], netprobe, oracle, quick)
                yield _rate(network["lo"], netprobe, 2 if quick else 10)
                yield _waiting(network, netprobe)
            yield _memory(network["lo"], web, 35 if quick else 95)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _cpu(namespace, netprobe, oracle, quick):
    """The same questions to both, in turn, over eight connections that are kept."""
    for name, module, target, factor in KINDS:
        own, theirs = [], []
        for _ in range(1 if quick else 3):
            own.append(_ask(namespace, netprobe.port, netprobe.process.pid, module, target, quick))
            theirs.append(_ask(namespace, oracle.port, oracle.process.pid, module, target, quick))
        ours, other = median(own), median(theirs)
        yield Row(
            f"`/probe` {name}: CPU (user + system) per probe", f"≤ 1/{factor} of blackbox_exporter",
            f"{ours * 1e6:.0f} µs (blackbox_exporter 0.23: {other * 1e6:.0f} µs, {other / ours:.1f} ×)",
            ours * factor <= other)


def _ask(namespace, port, pid, module, target, quick):
    count = 500 if quick else 4000
    url = f"http://127.0.0.1:{port}/probe?module={module}&target={target}"
    body = inside(namespace, lambda: _get(port, f"/probe?module={module}&target={target}"))
    if "\nprobe_success 1" not in body:
        raise RuntimeError(f"{url}: {body}")
    started = _process_cpu(pid)
    run("ip", "netns", "exec", namespace, "ab", "-q", "-k", "-n", str(count), "-c", "8", url)
    return (_process_cpu(pid) - started) / count


def _process_cpu(pid):
    """User and system time of the whole process, threads that have ended too: its clock by clock_getcpuclockid(3)."""
    return time.clock_gettime((~pid << 3) | 2)


def _get(port, path):
    with socket.create_connection(("127.0.0.1", port), 10) as peer:
        peer.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        text = b""
        while piece := peer.recv(65536):
            text += piece
    return text.decode()


def _rate(namespace, netprobe, seconds):
    """2,000 questions a second over 50 connections, evenly; each answer's own round trip."""
    connections = inside(namespace, lambda: [socket.create_connection(("127.0.0.1", netprobe.port), 10) for _ in range(50)])
    question = b"GET /probe?module=icmp&target=127.0.0.1 HTTP/1.1\r\nHost: x\r\n\r\n"
    selector = selectors.DefaultSelector()
    for peer in connections:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.setblocking(False)
        selector.register(peer, selectors.EVENT_READ, bytearray())
    free, times, asked, failed = list(connections), [], 0, 0
    wanted, begun = 2000 * seconds, time.monotonic()
    while len(times) + failed < wanted:
        now = time.monotonic()
        due = min(wanted, int((now - begun) * 2000) + 1)
        while asked < due and free:
            free.pop().send(question)
            asked += 1
        for key, _ in selector.select(0.0005):
            key.data.extend(key.fileobj.recv(65536))
            answer = bytes(key.data)
            end = answer.find(b"\r\n\r\n")
            length = answer.lower().find(b"content-length: ")
            if end < 0 or length < 0 or len(answer) < end + 4 + int(answer[length + 16:answer.find(b"\r", length)]):
                continue
            place = answer.find(b'probe_icmp_duration_seconds{phase="rtt"} ')
            if b"\nprobe_success 1" in answer and place >= 0:
                times.append(float(answer[place + 41:answer.find(b"\n", place)]))
            else:
                failed += 1
            key.data.clear()
            free.append(key.fileobj)
        if now - begun > 3 * seconds + 5:
            break
    taken = time.monotonic() - begun
    for peer in connections:
        peer.close()
    rate = (len(times) + failed) / taken
    worst = percentile(times, 0.99)
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
