"""Hops and their times by `netprobe path` and by the path tools of Debian, on one chain and in one run."""

import json

from .exporter import binary
from .network import Chain
from .processes import run
from .table import Row

_RUNS = 3


def measure(_quick, _):
    with Chain(8) as chain:
        ours = _hops(chain, _netprobe)
        apart = {}
        for name, trace in (("mtr", _mtr), ("traceroute", _traceroute), ("tracepath", _tracepath), ("scamper", _scamper)):
            theirs = _hops(chain, trace)
            # Times are beside each other where the hops are.
            alike = list(theirs) == list(ours) and list(ours) == [f"10.8.{link}.2" for link in range(chain.hops)]
            apart[name] = max(abs(ours[hop] - theirs[hop]) for hop in ours) * 1e3 if alike else None
    alike = [name for name, microseconds in apart.items() if microseconds is not None]
    yield Row("hops of `netprobe path` beside mtr, traceroute, tracepath and scamper", "the same",
              f"all {len(ours)} the same as by {', '.join(alike) or 'none'}", len(alike) == len(apart))
    yield Row("the times of those hops", "within 200 µs",
              "farthest apart: " + ", ".join(f"{name} {apart[name]:.0f} µs" for name in alike),
              bool(alike) and all(apart[name] <= 200 for name in alike))


def _hops(chain, trace):
    """For each hop the least of its times, in milliseconds: an answer may wait for a busy processor."""
    best = {}
    for _ in range(_RUNS):
        for address, milliseconds in trace(lambda *command: run("ip", "netns", "exec", chain["r0"], *command), chain.target):
            best[address] = min(milliseconds, best.get(address, milliseconds))
    return best


def _netprobe(run_there, target):
    report = json.loads(run_there(binary(), "path", target, "--no-dns", "--output", "json"))
    return [(hop["responders"][0]["address"], hop["best_ns"] / 1e6) for hop in report["hops"] if hop["responders"]]


def _mtr(run_there, target):
    lines = run_there("mtr", "-n", "-C", "-c", "3", "-i", "0.3", target).splitlines()
    columns = lines[0].rstrip(",").split(",")
    rows = [dict(zip(columns, line.split(","))) for line in lines[1:]]
    return [(row["Ip"], float(row["Best"])) for row in rows if row["Ip"] != "???"]


def _traceroute(run_there, target):
    return _lines(run_there("traceroute", "-n", "-I", "-N", "1", target))


def _scamper(run_there, target):
    return _lines(run_there("scamper", "-I", f"trace -P icmp-paris {target}"))


def _tracepath(run_there, target):
    return _lines(run_there("tracepath", "-n", target).replace("ms", " ms"))


def _lines(output):
    """Of lines such as ` 2  10.8.1.2  0.052 ms  0.048 ms`, tracepath's with a colon behind the number."""
    for line in output.splitlines():
        words = line.split()
        if len(words) < 4 or not words[0].rstrip(":?").isdigit() or not words[1].startswith("10.8."):
            continue
        times = [float(number) for number, unit in zip(words[2:], words[3:]) if unit == "ms"]
        if times:
            yield words[1], min(times)
