"""`netprobe serve` under measurement."""

import http.client
import os
import re
import shutil
import socket
import tempfile
import time

from .processes import eventually, inside, start, stop

_SAMPLE = re.compile(r'^([a-z_:]+)(?:\{(.*)\})? (\S+)')
_LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


def binary():
    path = os.environ.get("NETPROBE_BINARY", ".build-release/release/netprobe")
    if not os.access(path, os.X_OK):
        raise SystemExit(f"benchmarks: no {path}: make release, or set NETPROBE_BINARY")
    return os.path.abspath(path)


class Exporter:
    """netprobe inside a namespace with a configuration; a context manager."""

    def __init__(self, namespace, configuration, port=9719):
        self.namespace, self.port = namespace, port
        self.folder = tempfile.mkdtemp(prefix="netbench-")
        self.configuration = f"state_directory: {self.folder}/state\n" + configuration

    def __enter__(self):
        path = f"{self.folder}/netprobe.yml"
        with open(path, "w") as file:
            file.write(self.configuration)
        command = [binary(), "serve", "--config", path, "--listen", f"127.0.0.1:{self.port}"]
        self.process = start(command, self.namespace, f"{self.folder}/log")
        try:
            eventually("netprobe is ready", self._is_ready, within=30)
        except BaseException as error:
            log = self.log()
            self.__exit__()
            raise RuntimeError(f"netprobe does not start: {log[-2000:]}") from error
        return self

    def __exit__(self, *_):
        stop(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        with open(f"{self.folder}/log") as file:
            return file.read()

    def get(self, path):
        """The body, and the seconds it took from the request to its last byte."""
        connected = inside(self.namespace, lambda: socket.create_connection(("127.0.0.1", self.port), 10))
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.sock = connected
        started = time.monotonic()
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        taken = time.monotonic() - started
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{path}: status {answer.status}")
        return body.decode(), taken

    def metrics(self):
        return Metrics(self.get("/metrics")[0])

    def _is_ready(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"netprobe ended with {self.process.returncode}")
        try:
            return self.get("/-/ready") is not None
        except (OSError, RuntimeError):
            return False


class Metrics:
    """A text exposition, read back."""

    def __init__(self, text):
        self.samples = []
        for line in text.splitlines():
            found = _SAMPLE.match(line)
            if found and not line.startswith("#"):
                name, labels, value = found.groups()
                self.samples.append((name, dict(_LABEL.findall(labels or "")), float(value)))

    def all(self, name, **labels):
        for sample, found, value in self.samples:
            if sample == name and all(found.get(key) == wanted for key, wanted in labels.items()):
                yield found, value

    def sum(self, name, **labels):
        return sum(value for _, value in self.all(name, **labels))
