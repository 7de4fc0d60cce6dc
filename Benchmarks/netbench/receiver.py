"""Stands before a real Alertmanager and stamps each alert when Alertmanager has accepted it."""

import http.client
import http.server
import json
import os
import socket
import tempfile
import threading
import time

from .processes import eventually, inside, start, stop


class Receiver:
    """Debian's Alertmanager in a namespace, and a relay before it on port 9093; a context manager."""

    def __init__(self, namespace):
        self.namespace = namespace
        self.accepted = []  # (monotonic seconds, labels)

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="netbench-am-")
        path = os.path.join(self.folder, "alertmanager.yml")
        with open(path, "w") as file:
            file.write("route: {receiver: none}\nreceivers: [{name: none}]\n")
        self.process = start(
            ["prometheus-alertmanager", f"--config.file={path}", f"--storage.path={self.folder}",
             "--web.listen-address=127.0.0.1:9193", "--cluster.listen-address="], self.namespace)
        eventually("Alertmanager listens", lambda: self._connect(), within=20).close()
        self.server = inside(self.namespace, lambda: _Relay(self))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        stop(self.process)

    def _connect(self):
        try:
            return inside(self.namespace, lambda: socket.create_connection(("127.0.0.1", 9193), 5))
        except OSError:
            return None

    def forward(self, body, content_type):
        connection = http.client.HTTPConnection("127.0.0.1", 9193)
        connection.sock = self._connect()
        connection.request("POST", "/api/v2/alerts", body, {"Content-Type": content_type})
        status = connection.getresponse().status
        connection.close()
        now = time.monotonic()
        if status == 200:
            self.accepted += [(now, alert["labels"]) for alert in json.loads(body)]
        return status

    def first(self, name, since):
        """When the first alert of that name was accepted after `since`; None if it was not yet."""
        return next((at for at, labels in self.accepted if at > since and labels.get("alertname") == name), None)


class _Relay(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, receiver):
        self.receiver = receiver
        super().__init__(("127.0.0.1", 9093), _Handler)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status = self.server.receiver.forward(body, self.headers.get("Content-Type", ""))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass
