"""Resident memory with a hundred targets, and how long /metrics takes with ten thousand series."""

import time

from .exporter import Exporter
from .network import Loopback
from .processes import resident_bytes
from .statistics import median
from .table import Row


def measure(quick, _):
    with Loopback() as network:
        memory, per_target = _memory(network["lo"], 5 if quick else 30)
        yield Row("resident memory with 100 targets", "≤ 40 MB", f"{memory / 1e6:.1f} MB", memory <= 40e6)
        count = max(1, round(10000 / per_target))
        series, size, times = _scrapes(network["lo"], count)
    yield Row(
        "`/metrics` with 10,000 series, whole answer", "≤ 20 ms",
        f"{median(times) * 1e3:.1f} ms ({series} series, {size / 1e6:.2f} MB; worst of {len(times)}: "
        f"{max(times) * 1e3:.1f} ms)", median(times) <= 0.02)


def _configuration(count):
    probes = "\n".join(f"  - icmp://{address}" for address in Loopback.addresses(count))
    return f"probes:\n{probes}\n"


def _memory(namespace, seconds):
    with Exporter(namespace, _configuration(100)) as netprobe:
        for _ in range(seconds):
            netprobe.get("/metrics")
            time.sleep(1)
        series = len(netprobe.metrics().samples)
        return resident_bytes(netprobe.process.pid), series / 100


def _scrapes(namespace, count):
    with Exporter(namespace, _configuration(count)) as netprobe:
        time.sleep(3)
        bodies = [netprobe.get("/metrics") for _ in range(25)]
        body = bodies[-1][0]
        series = sum(1 for line in body.splitlines() if line and not line.startswith("#"))
        return series, len(body), [taken for _, taken in bodies]
