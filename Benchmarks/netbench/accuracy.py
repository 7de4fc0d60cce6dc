"""Round-trip times of fifty targets against a packet capture of the same probes."""

import time

from .capture import Capture
from .exporter import Exporter
from .network import Pair
from .statistics import percentile
from .table import Row


def measure(quick, _):
    seconds = 10 if quick else 40
    with Pair(50) as network:
        probes = "\n".join(f"  - icmp://{address}" for address in network.addresses)
        capture = Capture(network["near"], "wire", "icmp")
        configuration = f"defaults: {{interval: 1s, timeout: 800ms}}\nprobes:\n{probes}\n"
        with capture, Exporter(network["near"], configuration) as netprobe:
            shown = _observe(netprobe, seconds)
    captured = _captured(capture)
    errors = [abs(ours - theirs) * 1e6 for ours, theirs in _pairs(shown, captured)]
    p99 = percentile(errors, 0.99)
    yield Row(
        "RTT against the packet capture of the same probe, 50 targets at once", "p99 ≤ 20 µs",
        f"p50 {percentile(errors, 0.5):.1f} µs, p99 {p99:.1f} µs ({len(errors)} probes)", p99 <= 20)


def _observe(netprobe, seconds):
    """For each target: the RTT of its n-th probe, where a reading caught it alone."""
    last, shown = {}, {}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        metrics = netprobe.metrics()
        sums = {labels["target"]: value for labels, value in metrics.all("netprobe_probe_rtt_seconds_sum")}
        for labels, count in metrics.all("netprobe_probe_rtt_seconds_count"):
            target = labels["target"]
            before_count, before_sum = last.get(target, (0, 0.0))
            if count == before_count + 1:
                shown.setdefault(target, {})[int(count) - 1] = sums[target] - before_sum
            last[target] = (count, sums[target])
        time.sleep(0.2)
    return shown


def _captured(capture):
    """For each target: the round trips in the order of their requests."""
    requests, trips = {}, {}
    for at, packet in capture.packets():
        header = 14 + (packet[14] & 15) * 4
        kind, identity = packet[header], packet[header + 4:header + 8]
        if kind == 8:
            requests.setdefault((packet[30:34], identity), at)
        elif kind == 0 and (packet[26:30], identity) in requests:
            sent = requests.pop((packet[26:30], identity))
            trips.setdefault("icmp://" + ".".join(map(str, packet[26:30])), []).append((sent, (at - sent) / 1e9))
    return {target: [trip for _, trip in sorted(found)] for target, found in trips.items()}


def _pairs(shown, captured):
    for target, probes in shown.items():
        for index, ours in probes.items():
            if index < len(captured.get(target, [])):
                yield ours, captured[target][index]
