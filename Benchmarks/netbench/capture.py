"""What goes over a link, by Debian's tcpdump with nanoseconds."""

import os
import signal
import struct
import tempfile
import time

from .processes import eventually, start, stop


class Capture:
    """Captures on one interface of a namespace; a context manager, whose packets are there when it ends."""

    def __init__(self, namespace, interface, expression):
        self.command = ["tcpdump", "-i", interface, "-U", "-B", "8192", "-s", "96", "--time-stamp-precision=nano"]
        self.namespace, self.expression = namespace, expression

    def __enter__(self):
        handle, self.file = tempfile.mkstemp(prefix="netbench-capture-")
        os.close(handle)
        self.process = start([*self.command, "-w", self.file, self.expression], self.namespace)
        # The header of the file is written when the socket is open.
        eventually("tcpdump captures", lambda: os.path.getsize(self.file) >= 24)
        return self

    def __exit__(self, *_):
        # The kernel hands packets over in blocks, one a second at the latest; one by one they would disturb what is measured.
        time.sleep(1.2)
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        finally:
            stop(self.process)
            with open(self.file, "rb") as file:
                self.data = file.read()
            os.unlink(self.file)

    def packets(self):
        """Nanoseconds since the epoch, and the frame."""
        if struct.unpack_from("<I", self.data)[0] != 0xA1B23C4D:
            raise RuntimeError("not a capture with nanoseconds")
        offset = 24
        while offset + 16 <= len(self.data):
            seconds, nanoseconds, length, _ = struct.unpack_from("<IIII", self.data, offset)
            yield seconds * 10**9 + nanoseconds, self.data[offset + 16:offset + 16 + length]
            offset += 16 + length
