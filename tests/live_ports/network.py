# SPDX-License-Identifier: Apache-2.0
"""Sites as network namespaces, behind veth pairs whose near ends are Farlink's ports.

enter_private() puts the process, and all it starts, into network, mount and process namespaces of its own with an empty
/run: no name can clash, no frame can leave, and everything is gone when the process ends, however it ends.
"""
import contextlib
import ctypes
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)
MARK = "FARLINK_PRIVATE_NAMESPACES"
PROGRAMS = ("unshare", "ip", "ethtool", "ping", "iperf3", "tshark")


def enter_private():
    """Starts this program again, inside. Needs root."""
    if os.environ.get(MARK) == "1":
        run("mount", "-t", "tmpfs", "tmpfs", "/run")
        Path("/run/netns").mkdir()
        run("ip", "link", "set", "lo", "up")
        return
    missing = [name for name in PROGRAMS if subprocess.run(["which", name], capture_output=True).returncode != 0]
    if missing:
        sys.exit(f"missing programs: {', '.join(missing)}; tools/deps --install --rigs --tests brings them")
    if os.geteuid() != 0:
        sys.exit("network namespaces and packet sockets need root; run it with sudo")
    os.environ[MARK] = "1"
    os.execvp("unshare", ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
                          sys.executable, *sys.argv])


def run(*words, **more) -> str:
    """A command that must succeed; returns what it writes."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, timeout=120,
                          **more)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, words))} failed with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def _setns(descriptor):
    if _libc.setns(descriptor, 0) != 0:
        raise OSError(ctypes.get_errno(), "setns")


@dataclass(frozen=True)
class InterfaceCount:
    sent: int
    received: int

    def __sub__(self, other):
        return InterfaceCount(self.sent - other.sent, self.received - other.received)


class Site:
    """A namespace NAME with one interface eth0, whose other end is far-NAME here; its address is 10.9.0.NUMBER."""

    @classmethod
    def existing(cls, name: str, address: str) -> "Site":
        site = cls.__new__(cls)
        site.name, site.port, site.address = name, f"far-{name}", address
        return site

    def __init__(self, name: str, number: int, mtu: int = 1500):
        self.name, self.port, self.address = name, f"far-{name}", f"10.9.0.{number}"
        run("ip", "netns", "add", name)
        run("ip", "link", "add", self.port, "type", "veth", "peer", "name", "eth0", "netns", name)
        self._prepare("eth0", mtu, ("ip", "netns", "exec", name))
        self._prepare(self.port, mtu, ())
        self.run("ip", "address", "add", f"{self.address}/24", "dev", "eth0")
        self.run("ip", "link", "set", "lo", "up")

    @staticmethod
    def _prepare(interface, mtu, inside):
        """Frames as they are on a wire, and none that nobody asked for."""
        run(*inside, "sh", "-c", f"echo 1 > /proc/sys/net/ipv6/conf/{interface}/disable_ipv6")
        run(*inside, "ethtool", "-K", interface, "tx", "off", "tso", "off", "gso", "off", "gro", "off")
        run(*inside, "ip", "link", "set", interface, "up", "mtu", mtu)

    def command(self, *words) -> list:
        return ["ip", "netns", "exec", self.name, *words]

    def run(self, *words) -> str:
        return run(*self.command(*words))

    @contextlib.contextmanager
    def inside(self):
        """What is opened in the block belongs to this namespace."""
        with open("/proc/self/ns/net") as before, open(f"/run/netns/{self.name}") as here:
            _setns(here.fileno())
            try:
                yield
            finally:
                _setns(before.fileno())

    def count(self, interface="eth0") -> InterfaceCount:
        """Frames that the interface has sent and received."""
        for line in self.run("cat", "/proc/net/dev").splitlines():
            fields = re.split(r"[\s:]+", line.strip())
            if fields[0] == interface:
                return InterfaceCount(sent=int(fields[10]), received=int(fields[2]))
        raise RuntimeError(f"{self.name} has no {interface}")

    def remember(self, other: "Site"):
        """Knows the other's MAC address from now on, so that no ARP crosses."""
        mac = other.run("cat", "/sys/class/net/eth0/address").strip()
        self.run("ip", "neighbour", "replace", other.address, "lladdr", mac, "dev", "eth0", "nud", "permanent")

    def remove(self):
        run("ip", "netns", "del", self.name)
        subprocess.run(["ip", "link", "del", self.port], capture_output=True, check=False)
