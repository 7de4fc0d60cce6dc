"""Capture on a veth pair at the rate that one core can send: netprobe, and tcpdump to nowhere beside it."""

import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time

from .network import Namespaces
from .processes import cpu_seconds, run, start, stop
from .table import Row

SHARED = pathlib.Path(os.environ.get("CAPTURES", "../shared"))


class Wire(Namespaces):
    """near and far, joined by their interfaces `wire`; nothing but what is sent on purpose crosses it."""

    def __init__(self):
        super().__init__("near", "far")

    def build(self):
        for name in self.names:
            self.sysctl(name, "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
        self.cable("near", "wire", "far", "wire")
        for name in self.names:
            self.ip(name, "link set wire up")


def measure(quick, _):
    seconds = 5 if quick else 60
    if not (SHARED / "pcaps/corpus").is_dir():
        raise RuntimeError(f"no captures in {SHARED}/pcaps/corpus")
    with tempfile.TemporaryDirectory() as folder, Wire() as network:
        captures = sorted(str(path) for path in (SHARED / "pcaps/corpus").glob("*.pcap"))
        run("python3", str(SHARED / "tools/make-large-capture.py"), f"{folder}/large.pcap", "12", *captures)
        run("gcc", "-O2", "-o", f"{folder}/sender", "Benchmarks/sender/sender.c")
        bench = Bench(network, folder, seconds)
        rate, dropped, share, flows = bench.netprobe()
        peer_rate, peer_dropped, peer_share = bench.tcpdump()
    yield Row(
        f"live capture on a veth, {seconds} s", "≥ 0.7 M packets/s offered, none dropped, < 60 % of a core",
        f"{rate / 1e6:.2f} M packets/s of {flows} flows, {dropped} dropped, {share * 100:.0f} % (tcpdump -w to nowhere: "
        f"{peer_rate / 1e6:.2f} M, {peer_dropped} dropped, {peer_share * 100:.0f} %)",
        rate >= 0.7e6 and dropped == 0 and share < 0.6)


class Bench:
    def __init__(self, network, folder, seconds):
        self.network, self.folder, self.seconds = network, folder, seconds

    def netprobe(self):
        """Packets a second, those dropped or never seen, the share of a core, and flows."""
        binary = os.environ.get("NETPROBE", ".build-release/release/netprobe")
        report = f"{self.folder}/report.json"
        capture = start([binary, "capture", "wire", "--output", "json", "--top", "1"], self.network["far"], report)
        sent, taken, used = self._send(capture)
        document = json.loads(pathlib.Path(report).read_text())
        dropped = max(document["packets_dropped"], sent - document["packets"])
        return sent / taken, dropped, used / taken, document["flows"]

    def tcpdump(self):
        log = f"{self.folder}/tcpdump.log"
        capture = start(
            ["tcpdump", "-n", "-i", "wire", "-s", "512", "-B", "65536", "-w", "/dev/null"], self.network["far"], log)
        sent, taken, used = self._send(capture)
        counted = int(re.search(r"(\d+) packets captured", pathlib.Path(log).read_text())[1])
        return sent / taken, sent - counted, used / taken

    def _send(self, capture):
        try:
            time.sleep(1)
            before = cpu_seconds(capture.pid)
            sender = subprocess.run(
                ["ip", "netns", "exec", self.network["near"], f"{self.folder}/sender", "wire",
                 f"{self.folder}/large.pcap", str(self.seconds)], capture_output=True, text=True, check=False)
            if sender.returncode != 0:
                raise RuntimeError(f"sender: {sender.stderr}")
            time.sleep(0.5)
            used = cpu_seconds(capture.pid) - before
            capture.send_signal(signal.SIGINT)
            capture.wait(20)
        finally:
            stop(capture)
        sent, taken = sender.stdout.split()
        return int(sent), float(taken), used
