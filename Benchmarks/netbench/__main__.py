"""Runs the measurements and prints their table."""

import argparse
import sys

from . import accuracy, build, detection, footprint, live, load, probes, table, trace

MEASUREMENTS = {
    "detection": detection, "load": load, "accuracy": accuracy, "footprint": footprint, "probes": probes, "path": trace,
    "live": live, "build": build,
}


def main():
    parser = argparse.ArgumentParser(prog="Benchmarks/run", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MEASUREMENTS)}; all unless said")
    parser.add_argument("--quick", action="store_true", help="few repetitions and no build: shows that it works, no more")
    parser.add_argument("--write", action="store_true", help="puts the table into docs/benchmarks.md")
    options = parser.parse_args()
    unknown = set(options.names) - set(MEASUREMENTS)
    if unknown:
        parser.error(f"no measurement {', '.join(sorted(unknown))}")
    about, rows = table.machine(), []
    print(f"{about}.\n\n{table.header()}", flush=True)
    for name in options.names or MEASUREMENTS:
        try:
            for row in MEASUREMENTS[name].measure(options.quick, options):
                rows.append(row)
                print(row, flush=True)
        except (RuntimeError, TimeoutError, OSError) as error:
            rows.append(table.Row(name, "", f"not measured: {str(error).splitlines()[0]}", False))
            print(rows[-1], flush=True)
            print(f"benchmarks: {name}: {error}", file=sys.stderr)
    if options.write:
        table.write("docs/benchmarks.md", about, rows)
    return 0 if all(row.met for row in rows) else 1


sys.exit(main())
