"""A thousand targets once a second: processor time for each probe, beside fping and smokeping_prober; ten thousand: loss."""

import os
import subprocess
import tempfile
import time

from .exporter import Exporter, Metrics
from .network import Loopback
from .processes import cpu_seconds, eventually, start, stop
from .statistics import median
from .table import Row


def measure(quick, _):
    rounds, seconds = (1, 8) if quick else (3, 20)
    addresses = Loopback.addresses(1000)
    ours, fping, smokeping = [], [], []
    with Loopback() as network:
        namespace = network["lo"]
        for _ in range(rounds):
            ours.append(_netprobe(namespace, addresses, seconds))
            fping.append(_fping(namespace, addresses, seconds))
            smokeping.append(_smokeping(namespace, addresses, seconds))
        many = _netprobe(namespace, Loopback.addresses(10000), seconds)
    cost = median([result.microseconds for result in ours])
    peer = median([result.microseconds for result in fping])
    other = median([result.microseconds for result in smokeping])
    yield Row(
        "1,000 ICMP targets at 1 Hz: CPU (user + system) per probe", "below fping",
        f"{cost:.1f} µs (fping 5.1 {peer:.1f} µs, smokeping_prober 0.6.1 {other:.0f} µs; median of {rounds})",
        cost < peer)
    lost = sum(result.lost for result in ours)
    yield Row(
        "1,000 ICMP targets at 1 Hz: false loss", "0",
        f"{lost} of {sum(result.sent for result in ours)} (fping {sum(result.lost for result in fping)}, "
        f"smokeping_prober {sum(result.lost for result in smokeping)}); spoiled by overload "
        f"{sum(result.invalid for result in ours)}", lost == 0)
    yield Row(
        "10,000 ICMP targets at 1 Hz: false loss", "0",
        f"{many.lost} of {many.sent}; spoiled by overload {many.invalid}; {many.microseconds:.1f} µs a probe",
        many.lost == 0 and many.sent > 9000 * seconds)


class _Result:
    def __init__(self, cpu, sent, lost, invalid=0):
        self.microseconds = cpu / max(1, sent) * 1e6
        self.sent, self.lost, self.invalid = int(sent), int(lost), int(invalid)


def _netprobe(namespace, addresses, seconds):
    probes = "\n".join(f"  - icmp://{address}" for address in addresses)
    with Exporter(namespace, f"defaults: {{interval: 1s, timeout: 800ms}}\nprobes:\n{probes}\n") as netprobe:
        time.sleep(4)
        before, after, cpu = _span(netprobe, seconds)

        def grown(name):
            return after.sum(f"netprobe_probe_{name}_total") - before.sum(f"netprobe_probe_{name}_total")

        # Counters grow when a probe is settled, so that sent and received are of the same probes.
        return _Result(cpu, grown("sent"), grown("sent") - grown("received"), grown("invalid"))


def _span(exporter, seconds):
    """The metrics before and after that time, and what it cost; nothing is read back within."""
    before, cpu = exporter.get("/metrics")[0], cpu_seconds(exporter.process.pid)
    time.sleep(seconds)
    cpu = cpu_seconds(exporter.process.pid) - cpu
    after = exporter.get("/metrics")[0]
    return Metrics(before), Metrics(after), cpu


def _fping(namespace, addresses, seconds):
    with tempfile.NamedTemporaryFile("w", suffix=".targets") as file:
        file.write("\n".join(addresses) + "\n")
        file.flush()
        command = ["ip", "netns", "exec", namespace, "fping", "-l", "-q", "-p", "1000", "-i", "0.2", "-f", file.name]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        time.sleep(4)
        cpu = cpu_seconds(process.pid)
        time.sleep(seconds)
        cpu = cpu_seconds(process.pid) - cpu
        process.send_signal(2)
        report = process.communicate()[1]
    sent = received = 0
    for line in report.splitlines():
        if "xmt/rcv/%loss = " in line:
            counts = line.split("xmt/rcv/%loss = ")[1].split("/")
            sent, received = sent + int(counts[0]), received + int(counts[1])
    # Its totals cover the whole run; at the end up to one probe a target is still in flight.
    lost = max(0, sent - received - len(addresses) // 100)
    return _Result(cpu, len(addresses) * seconds, lost)


def _smokeping(namespace, addresses, seconds):
    command = ["prometheus-smokeping-prober", "--no-privileged", "--ping.interval=1s",
               "--web.listen-address=127.0.0.1:9374", *addresses]
    exporter = Exporter(namespace, "", port=9374)
    exporter.process = start(command, namespace)
    try:
        eventually("smokeping_prober answers", lambda: _answers(exporter), within=20)
        time.sleep(4)
        before, after, cpu = _span(exporter, seconds)
    finally:
        stop(exporter.process)
        os.rmdir(exporter.folder)
    sent = after.sum("smokeping_requests_total") - before.sum("smokeping_requests_total")
    received = (after.sum("smokeping_response_duration_seconds_count")
                - before.sum("smokeping_response_duration_seconds_count"))
    return _Result(cpu, sent, max(0, sent - received - len(addresses) // 100))


def _answers(exporter):
    try:
        return exporter.get("/metrics")
    except (OSError, RuntimeError):
        return None
