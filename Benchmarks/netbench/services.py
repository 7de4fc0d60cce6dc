"""Servers that are probed: nginx with and without TLS, and peers that keep a prober waiting."""

import os
import selectors
import shutil
import socket
import tempfile
import threading
import time

from .processes import eventually, inside, run, start, stop


class WebServer:
    """nginx inside a namespace, on every address of loopback: plain on 8080, TLS on 8443; a context manager."""

    def __init__(self, namespace):
        self.namespace = namespace
        self.folder = tempfile.mkdtemp(prefix="netbench-")
        self.authority = f"{self.folder}/web.pem"

    def __enter__(self):
        os.chmod(self.folder, 0o755)
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
            "-keyout", f"{self.folder}/web.key", "-out", self.authority, "-subj", "/CN=web",
            "-addext", "subjectAltName=DNS:localhost," + ",".join(f"IP:127.0.{i >> 8}.{i & 255}" for i in range(1, 1025)))
        with open(f"{self.folder}/nginx.conf", "w") as file:
            file.write(f"""daemon off; master_process off; worker_processes 1; pid {self.folder}/pid; error_log {self.folder}/err;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    {" ".join(f"{name}_temp_path {self.folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))}
    server {{
        listen 0.0.0.0:8080; listen 0.0.0.0:8443 ssl http2;
        ssl_certificate {self.folder}/web.pem; ssl_certificate_key {self.folder}/web.key;
        location / {{ return 200 "hello, this is a page of some bytes\\n"; }}
    }}
}}
""")
        self.process = start(["nginx", "-p", self.folder, "-c", f"{self.folder}/nginx.conf", "-e", f"{self.folder}/err"],
                             self.namespace)
        eventually("nginx listens", lambda: listens(self.namespace, 8443))
        return self

    def __exit__(self, *_):
        stop(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)


def listens(namespace, port):
    try:
        inside(namespace, lambda: socket.create_connection(("127.0.0.1", port), 1)).close()
        return True
    except OSError:
        return False


class WaitingPeers:
    """Peers that never let a probe come to its end; a context manager.

    `silent` takes a connection and says nothing, `half_open` is a port whose SYNs nobody answers, `dripping` sends a byte each
    100 ms, `endless` sends without end.
    """

    PORTS = {"silent": 7001, "half_open": 7002, "dripping": 7003, "endless": 7004}
    _text = b"HTTP/1.1 200 OK\r\nX-Fill: "

    def __init__(self, network, name):
        self.network, self.name = network, name

    def __enter__(self):
        self.network.nft(self.name, f"""table inet waiting {{
    chain input {{
        type filter hook input priority 0
        tcp dport {self.PORTS['half_open']} drop
        udp dport 7001 drop
        ip daddr 127.9.9.9 drop
    }}
}}
""")
        self.running = True
        self.selector = selectors.DefaultSelector()
        for kind in ("silent", "dripping", "endless"):
            listener = inside(self.network[self.name], self._listener)
            listener.bind(("0.0.0.0", self.PORTS[kind]))
            listener.listen(64)
            self.selector.register(listener, selectors.EVENT_READ, kind)
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()
        return self

    @staticmethod
    def _listener():
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return listener

    def __exit__(self, *_):
        self.running = False
        self.thread.join()

    def _serve(self):
        peers, last = [], 0.0
        while self.running:
            for key, _ in self.selector.select(0.02):
                peer, _ = key.fileobj.accept()
                peer.setblocking(False)
                peers.append([key.data, peer, 0])
            isTime, now = False, time.monotonic()
            if now - last >= 0.1:
                isTime, last = True, now
            for entry in peers:
                kind, peer, sent = entry
                try:
                    if kind == "dripping" and isTime:
                        peer.send(self._text[sent:sent + 1] or b"x")
                        entry[2] += 1
                    elif kind == "endless":
                        peer.send(b"x" * 4096 if sent else self._text)
                        entry[2] = 1
                except BlockingIOError:
                    pass
                except OSError:
                    entry[0] = "gone"
            for entry in peers:
                if entry[0] == "gone":
                    entry[1].close()
            peers = [entry for entry in peers if entry[0] != "gone"]
        for _, peer, _ in peers:
            peer.close()
