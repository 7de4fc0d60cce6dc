"""What `netprobe path` sends to whom and when it ends: by a packet capture; and a router that limits its ICMP errors."""

import json
import subprocess
import time

from .capture import Capture
from .exporter import binary
from .network import Chain
from .table import Row

# All TTLs of the first round may go within 50 ms.
_FIRST_ROUND_NANOSECONDS = 60 * 10**6


def measure(_quick, _):
    with Chain(8) as chain:
        yield _pace(chain)
        yield _limit(chain)
        yield _silence(chain)


def _pace(chain):
    most, packets = 0, 0
    for flows in ("1", "8", "auto"):
        probes, _, _ = _trace(chain, "--count", "30", "--flows", flows)
        packets += len(probes)
        late = [probe for probe in probes if probe[0] > probes[0][0] + _FIRST_ROUND_NANOSECONDS]
        for hop in range(1, chain.hops + 1):
            times = sorted(at for at, ttl in late if min(ttl, chain.hops) == hop)
            most = max([most, *(sum(1 for at in times if first <= at < first + 10**9) for first in times)])
    return Row("packets of `netprobe path` to one responder after the first round, 30 rounds, 1 flow, 8 and `auto`",
               "≤ 20 in any second", f"at most {most} ({packets} packets captured)", 0 < most <= 20)


def _limit(chain):
    # Linux' own default, which the chain's other routers do without: an error a second to one host, after six at once.
    chain.sysctl("r3", "net.ipv4.icmp_ratelimit=1000")
    _, report, _ = _trace(chain, "--count", "10")
    chain.sysctl("r3", "net.ipv4.icmp_ratelimit=0")
    limited = [hop for hop in report["hops"] if hop["rate_limited"]]
    said = ", ".join(f"hop {hop['ttl']} ({hop['received']} of {hop['sent']})" for hop in limited) or "none"
    status = report["status"]
    return Row("a router with Linux' default limit of ICMP errors, ten rounds", "rate-limited, no loss",
               f"rate-limited: {said}; verdict {status}",
               [hop["ttl"] for hop in limited] == [3] and status == "reached")


def _silence(chain):
    chain.nft("r8", "table ip silent {\nchain input { type filter hook input priority 0; icmp type echo-request drop; }\n}\n")
    probes, report, ended = _trace(chain, "--count", "10")
    chain.nft("r8", "delete table ip silent\n")
    waited, took = ended - max(at for at, _ in probes) / 1e9, ended - probes[0][0] / 1e9
    worst = max((hop["worst_ns"] or 0) for hop in report["hops"]) / 1e9
    due = min(1, max(0.3, 4 * worst))
    return Row("end of `netprobe path` to a silent target after its last packet", "4 × worst RTT, from 0.3 to 1 s",
               f"{waited:.2f} s (due {due:.2f}), {took:.2f} s after the first; verdict {report['status']}",
               due <= waited <= due + 0.1 and report["status"] != "reached")


def _trace(chain, *options):
    """The probes as time and TTL, the report, and the end in seconds since the epoch."""
    with Capture(chain["r0"], "far", "icmp[icmptype] == icmp-echo") as capture:
        command = ["ip", "netns", "exec", chain["r0"], binary(), "path", chain.target, "--no-dns", "--output", "json"]
        output = subprocess.run([*command, *options], capture_output=True, text=True, check=False).stdout
        ended = time.time()
    return [(at, frame[22]) for at, frame in capture.packets()], json.loads(output), ended
