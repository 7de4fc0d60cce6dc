"""`netprobe path` over eight hops, ten rounds, beside mtr."""

import time

from .exporter import binary
from .network import Chain
from .processes import run
from .statistics import median
from .table import Row


def measure(quick, _):
    with Chain(8) as chain:
        ours = [_seconds(chain, binary(), "path", chain.target, "--no-dns", "--count", "10")
                for _ in range(1 if quick else 3)]
        theirs = _seconds(chain, "mtr", "-n", "-r", "-c", "10", chain.target)
    yield Row(
        "`netprobe path` over 8 hops, 10 rounds", "≤ 2 s", f"{median(ours):.2f} s (mtr 0.95: {theirs:.1f} s)",
        median(ours) <= 2)


def _seconds(chain, *command):
    started = time.monotonic()
    output = run("ip", "netns", "exec", chain["r0"], *command)
    taken = time.monotonic() - started
    for link in range(chain.hops):
        if f"10.8.{link}.2" not in output:
            raise RuntimeError(f"{command[0]} did not find 10.8.{link}.2:\n{output}")
    return taken
