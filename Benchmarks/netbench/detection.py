"""From the cut of a circuit to the alert that a real Alertmanager has accepted, and how true the measured outage is."""

import random
import time

from .exporter import Exporter
from .network import Site
from .processes import eventually
from .receiver import Receiver
from .statistics import median, percentile
from .table import Row
from .witness import Witness

_CONFIGURATION = """\
site: {{name: seoul, vantage: probe-a, references: [icmp://10.0.0.1]}}
defaults: {{{defaults}flows: 8}}
circuits:
  kr-er-01:
    peering: private
    primary: {{subnet: 172.16.0.0/30, pin: {{source: 10.9.0.11, returns: true}}}}
    secondary: {{subnet: 172.16.0.4/30, pin: {{source: 10.9.0.12, returns: true}}}}
vpns:
  kr-vpn: {{gateways: [10.254.0.2], pin: {{interface: vpn0, returns: true}}, edge: [icmp://10.1.255.30], ike: off}}
links:
  - name: seoul-koreacentral
    peering: private
    tiers: [[kr-er-01/primary, kr-er-01/secondary], [kr-vpn]]
    through: [icmp://10.1.0.4]
    workloads: [icmp://10.1.0.4, icmp://10.1.0.5]
    detection: {{down_after: 3}}
alerting: {{alertmanagers: [http://127.0.0.1:9093]}}
"""


def measure(quick, _):
    cuts = 5 if quick else 20
    fast = _cuts(cuts, "interval: 100ms, timeout: 100ms, ", settle=1.5)
    slow = _cuts(2 if quick else 5, "", settle=4.0)
    yield Row(
        "cut → alert accepted by Alertmanager 0.25; 100 ms, `down_after` 3", "p99 ≤ 0.5 s",
        f"p50 {median(fast.latencies):.3f} s, p99 {percentile(fast.latencies, 0.99):.3f} s ({cuts} cuts)",
        percentile(fast.latencies, 0.99) <= 0.5)
    yield Row(
        "the same with the defaults (1 s, 800 ms)", "≤ 4 s",
        f"p50 {median(slow.latencies):.2f} s, worst {max(slow.latencies):.2f} s ({len(slow.latencies)} cuts)",
        max(slow.latencies) <= 4)
    worst = max(map(abs, fast.errors))
    yield Row(
        "measured outage against fping each 5 ms; 100 ms", "within 100 ms",
        f"median {median(fast.errors) * 1e3:+.0f} ms, worst {worst * 1e3:.0f} ms", worst <= 0.1)


class _cuts:
    """Cuts both connections, waits for CircuitLost, moves the traffic; a fresh netprobe each time."""

    def __init__(self, count, defaults, settle):
        self.latencies, self.errors = [], []
        configuration = _CONFIGURATION.format(defaults=defaults)
        with Site() as site, Receiver(site["host"]) as receiver:
            for _ in range(count):
                with Exporter(site["host"], configuration) as netprobe, Witness(site["host"], "10.1.0.4") as witness:
                    self._cut(site, receiver, netprobe, witness, settle)
                site.move_back()
                site.restore_circuit()

    def _cut(self, site, receiver, netprobe, witness, settle):
        eventually("the link is protected", lambda: netprobe.metrics().sum(
            "netprobe_link_state", state="protected") == 1, within=20)
        time.sleep(settle + random.random())
        before = site.cut_circuit()
        accepted = eventually("CircuitLost is accepted", lambda: receiver.first("CircuitLost", before), within=15)
        # From before the command began: what it takes to cut counts against netprobe.
        self.latencies.append(accepted - before)
        # An outage opens once every workload has missed its three.
        eventually("the link is down", lambda: netprobe.metrics().sum("netprobe_link_state", state="down") == 1)
        time.sleep(random.random())
        site.move_to_vpn()
        eventually("the outage is over", lambda: netprobe.metrics().sum("netprobe_link_outage_seconds_count") == 1)
        measured = netprobe.metrics().sum("netprobe_link_last_outage_seconds")
        self.errors.append(measured - witness.outage())
