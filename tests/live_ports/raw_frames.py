# SPDX-License-Identifier: Apache-2.0
"""Ethernet frames, byte by byte, into and out of an interface; and what tshark reads of a capture."""
import socket
import subprocess
import time

from network import run

HERE, THERE = bytes.fromhex("020000000011"), bytes.fromhex("020000000012")
ETHERTYPE = 0x88B5  # for local experiments
ETH_P_ALL = 3
SOL_PACKET, PACKET_AUXDATA, TP_STATUS_VLAN_VALID = 263, 8, 0x10


def frame(number, size=100, vlan=None) -> bytes:
    """`size` bytes without FCS; the number stands behind the EtherType."""
    tag = b"" if vlan is None else (0x8100).to_bytes(2, "big") + vlan.to_bytes(2, "big")
    head = THERE + HERE + tag + ETHERTYPE.to_bytes(2, "big") + number.to_bytes(4, "big")
    return head + bytes((number + i) % 256 for i in range(size - len(head)))


def pfc(quanta, priority=0) -> bytes:
    """The receiver behind THERE holds one priority for so many quanta."""
    times = b"".join((quanta if p == priority else 0).to_bytes(2, "big") for p in range(8))
    return bytes.fromhex("0180c2000001") + THERE + bytes.fromhex("88080101") + (1 << priority).to_bytes(2, "big") \
        + times + bytes(26)


class RawPort:
    """A packet socket on an interface of the process's own namespace, or of a site's (site.inside())."""

    def __init__(self, interface, timeout_s=2.0):
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        self._socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self._socket.bind((interface, 0))
        self._socket.settimeout(timeout_s)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self._socket.close()

    def send(self, frames, rate=2_000):
        for bytes_ in frames:
            self._socket.send(bytes_)
            time.sleep(1 / rate)

    def receive(self, count) -> list:
        """Up to so many frames from the other side, until none comes for a while; tags as they were."""
        frames = []
        while len(frames) < count:
            try:
                data, ancillary, _flags, address = self._socket.recvmsg(10_000, 256)
            except TimeoutError:
                break
            if address[2] == socket.PACKET_OUTGOING or data[6:12] != HERE:
                continue
            for level, kind, aux in ancillary:
                if level == SOL_PACKET and kind == PACKET_AUXDATA:
                    status, tci = int.from_bytes(aux[0:4], "little"), int.from_bytes(aux[16:18], "little")
                    if status & TP_STATUS_VLAN_VALID:
                        data = data[:12] + (0x8100).to_bytes(2, "big") + tci.to_bytes(2, "big") + data[12:]
            frames.append(data)
        return frames

    def receive_pauses(self, priority=0) -> list:
        """Quanta of the PFC frames for this priority from the other side, until none comes for a while."""
        quanta = []
        while True:
            try:
                data, address = self._socket.recvfrom(10_000)
            except TimeoutError:
                return quanta
            if address[2] == socket.PACKET_OUTGOING or data[12:16] != bytes.fromhex("88080101"):
                continue
            if int.from_bytes(data[16:18], "big") >> priority & 1:
                at = 18 + 2 * priority
                quanta.append(int.from_bytes(data[at:at + 2], "big"))


def read_capture(file) -> list:
    """(length, bytes, seconds) of each frame of ours, as tshark tells them."""
    fields = ("frame.len", "eth.dst", "eth.src", "vlan.id", "data.data", "frame.time_epoch")
    words = [word for field in fields for word in ("-e", field)]
    out = run("tshark", "-r", file, "-T", "fields", *words, "-Y", f"eth.src == {HERE.hex(':')}",
              stdin=subprocess.DEVNULL)
    frames = []
    for line in out.splitlines():
        length, destination, source, vlan, data, seconds = line.split("\t")
        tag = f"8100{int(vlan):04x}" if vlan else ""
        text = destination.replace(":", "") + source.replace(":", "") + tag + f"{ETHERTYPE:04x}" + data
        frames.append((int(length), bytes.fromhex(text), seconds))
    return frames
