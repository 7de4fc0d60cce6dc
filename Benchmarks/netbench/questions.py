"""Asks an HTTP server many questions over connections that are kept."""

import selectors
import socket
import time

from .processes import inside


class Questions:
    """Connections to one port inside a namespace."""

    def __init__(self, namespace, port, connections):
        self.peers = inside(
            namespace, lambda: [socket.create_connection(("127.0.0.1", port), 10) for _ in range(connections)])
        self.selector = selectors.DefaultSelector()
        for peer in self.peers:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer.setblocking(False)
            self.selector.register(peer, selectors.EVENT_READ, bytearray())

    def ask(self, path, count, rate=None, within=60.0):
        """The bodies of `count` answers and the seconds they took; `rate` questions a second, else as fast as it goes."""
        question = f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        free, bodies, asked, begun = list(self.peers), [], 0, time.monotonic()
        while len(bodies) < count:
            now = time.monotonic()
            if now - begun > within:
                raise TimeoutError(f"{path}: {len(bodies)} answers of {count} within {within:.0f} s")
            due = count if rate is None else min(count, int((now - begun) * rate) + 1)
            while asked < due and free:
                free.pop().send(question)
                asked += 1
            for key, _ in self.selector.select(0.0005):
                piece = key.fileobj.recv(65536)
                if not piece:
                    raise RuntimeError(f"{path}: the connection is closed")
                key.data.extend(piece)
                body = self._body(key.data)
                if body is not None:
                    bodies.append(body)
                    key.data.clear()
                    free.append(key.fileobj)
        return bodies, time.monotonic() - begun

    @staticmethod
    def _body(data):
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(data[:end + 2]).lower()
        place = head.find(b"content-length: ")
        if place < 0:
            return Questions._chunks(bytes(data[end + 4:]))
        length = int(head[place + 16:head.find(b"\r", place)])
        return bytes(data[end + 4:]) if len(data) >= end + 4 + length else None

    @staticmethod
    def _chunks(data):
        """The body of a chunked answer (RFC 9112 §7.1); None while it is not whole. A chunk may end inside a line."""
        body = b""
        while True:
            end = data.find(b"\r\n")
            if end < 0:
                return None
            size = int(data[:end].split(b";")[0], 16)
            if len(data) < end + 4 + size:
                return None
            if size == 0:
                return body
            body += data[end + 2:end + 2 + size]
            data = data[end + 4 + size:]

    def close(self):
        for peer in self.peers:
            peer.close()
