# SPDX-License-Identifier: Apache-2.0
"""Carries perftest's TCP exchange from the client's guest to the server's, and reads it on the way.

Both sides tell each other queue pair and first PSN before the first RDMA frame. The last of these messages can be held
back here, so that what depends on them (a listed loss, a capture) is arranged before the traffic starts.
"""
import re
import socket
import threading
from dataclasses import dataclass

# perftest's message: lid:out_reads:qpn:psn:rkey:vaddr:gid
MESSAGE = re.compile(rb"[0-9a-f]{4}:[0-9a-f]{4}:([0-9a-f]{6}):([0-9a-f]{6}):[0-9a-f]{8}:[0-9a-f]{16}:")
BACKLOG = 4


@dataclass(frozen=True)
class Endpoint:
    """A queue pair and the PSN of the first frame that it will send."""
    qp: int
    psn: int


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Exchange:
    """Listens on a port of 127.0.0.1 (`port`) and leads every connection to `server_port` of 127.0.0.1."""

    def __init__(self, server_port: int):
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        self.port = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._connections = []
        self.expect()
        threading.Thread(target=self._accept, name="exchange", daemon=True).start()

    def expect(self, holds=False):
        """Starts anew for the next perftest; `holds`: its exchange waits for release()."""
        with self._lock:
            self.client = self.server = None
            self._known = threading.Event()
            self._released = threading.Event()
            if not holds:
                self._released.set()

    def wait_for_endpoints(self, timeout_s) -> bool:
        """Whether `client` and `server` are known."""
        return self._known.wait(timeout_s)

    def release(self):
        self._released.set()

    def close(self):
        self._listener.close()
        for connection in self._connections:
            connection.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            try:
                server = socket.create_connection(("127.0.0.1", self._server_port), timeout=10)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            self._connections += [client, server]
            for source, target, side in ((client, server, "client"), (server, client, "server")):
                threading.Thread(target=self._carry, args=(source, target, side), daemon=True).start()

    def _carry(self, source, target, side):
        seen = b""
        try:
            while data := source.recv(65536):
                seen = (seen + data)[-4096:]
                if self._completes(side, seen):
                    self._released.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            for end in (source, target):
                end.close()

    def _completes(self, side, seen):
        """Reads one side's message; true when both sides are known by it."""
        with self._lock:
            match = MESSAGE.search(seen)
            if match is None or getattr(self, side) is not None:
                return False
            setattr(self, side, Endpoint(int(match[1], 16), int(match[2], 16)))
            if self.client is None or self.server is None:
                return False
            self._known.set()
            return True
