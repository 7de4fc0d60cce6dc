"""`netprobe path` over eight hops, ten rounds, beside mtr: time and CPU."""

import ctypes
import os
import resource
import time

from . import hops, pacing
from .exporter import binary
from .network import Chain
from .processes import run
from .statistics import median
from .table import Row

_PR_SET_CHILD_SUBREAPER = 36


def measure(quick, options):
    _adopt_orphans()
    ours, theirs = [], []
    with Chain(8) as chain:
        for _ in range(1 if quick else 3):
            ours.append(_cost(chain, binary(), "path", chain.target, "--no-dns", "--count", "10"))
            theirs.append(_cost(chain, "mtr", "-n", "-r", "-c", "10", chain.target))
    seconds, peer_seconds = (median([cost[0] for cost in costs]) for costs in (ours, theirs))
    cpu, peer_cpu = (median([cost[1] for cost in costs]) for costs in (ours, theirs))
    yield Row(
        "`netprobe path` over 8 hops, 10 rounds", "≤ 2 s, ≤ 1/5 of `mtr -r -c 10`",
        f"{seconds:.2f} s (mtr 0.95: {peer_seconds:.1f} s)", seconds <= 2 and seconds <= peer_seconds / 5)
    yield Row(
        "the same: CPU (user + system)", "below mtr",
        f"{cpu * 1e3:.1f} ms (mtr 0.95 with its mtr-packet: {peer_cpu * 1e3:.1f} ms; median of {len(ours)})",
        cpu < peer_cpu)
    yield from hops.measure(quick, options)
    yield from pacing.measure(quick, options)


def _adopt_orphans():
    """mtr does not wait for its mtr-packet: what that has used comes to us."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _cost(chain, *command):
    """Seconds on the clock and of CPU, with all children."""
    before = _children()
    started = time.monotonic()
    output = run("ip", "netns", "exec", chain["r0"], *command)
    taken = time.monotonic() - started
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    for link in range(chain.hops):
        if f"10.8.{link}.2" not in output:
            raise RuntimeError(f"{command[0]} did not find 10.8.{link}.2:\n{output}")
    return taken, _children() - before


def _children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
