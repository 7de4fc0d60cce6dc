"""An independent truth about an outage: Debian's fping beside netprobe, over the same route, every few milliseconds."""

import os
import re
import tempfile

from .processes import eventually, start, stop

_ANSWER = re.compile(r"^\[(\d+\.\d+)\] \S+ : \[\d+\], \d+ bytes, (\S+) ms")


class Witness:
    """Asks one target all the time; a context manager."""

    INTERVAL_MILLISECONDS = 5

    def __init__(self, namespace, target):
        self.namespace, self.target = namespace, target

    def __enter__(self):
        handle, self.log = tempfile.mkstemp(prefix="netbench-witness-")
        os.close(handle)
        self.process = start(
            ["fping", "-l", "-D", "-p", str(self.INTERVAL_MILLISECONDS), "-t", "500", self.target],
            self.namespace, self.log)
        eventually("fping is answered", self._sent)
        return self

    def __exit__(self, *_):
        stop(self.process)
        os.unlink(self.log)

    def outage(self):
        """The longest time, in seconds, from the sending of an answered request to that of the next answered one."""
        sent = self._sent()
        return max(later - earlier for earlier, later in zip(sent, sent[1:]))

    def _sent(self):
        with open(self.log) as file:
            answers = (_ANSWER.match(line) for line in file)
            return sorted(float(answer[1]) - float(answer[2]) / 1e3 for answer in answers if answer)
