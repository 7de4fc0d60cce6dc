"""The one table."""

import os
import platform
import time

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


class Row:
    def __init__(self, what, bound, measured, met):
        self.cells, self.met = (what, bound, measured, "yes" if met else "**no**"), met

    def __str__(self):
        return f"| {' | '.join(self.cells)} |"


def header():
    return "| what | bound | measured | met |\n| --- | --- | --- | --- |"


def machine():
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "?")
    return (f"{time.strftime('%Y-%m-%d', time.gmtime())}: {os.cpu_count()} × {model}, Linux {platform.release()}, "
            f"load at the start {os.getloadavg()[0]:.1f}")


def write(path, about, rows):
    """Puts the table between the marks of the file."""
    with open(path) as file:
        text = file.read()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    table = "\n".join([about + ".", "", header(), *map(str, rows)])
    with open(path, "w") as file:
        file.write(f"{before}{BEGIN}\n{table}\n{END}{after}")
