# SPDX-License-Identifier: Apache-2.0
"""Two Linux guests with Soft-RoCE, one at each end of a middle that moves frames between two vhost-user sockets.

    with Rig(middle) as rig:
        print(rig.run(Perftest("ib_write_bw")).client)

Needs neither root nor an RDMA device nor hardware virtualisation. Python's standard library only.
"""
import contextlib
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from exchange import Exchange, free_port
from guest import initramfs, kernel
from guest_vm import Guest
from perftest import Perftest, PerftestError, Result

REPOSITORY = Path(__file__).resolve().parents[2]
CACHE = REPOSITORY / "build" / "rdma-vm"  # the guests' kernel
INNER_PORT = 18515  # of perftest's server inside its guest
HOST_SEEN_BY_GUEST = "10.0.2.2"
MTU = 4200  # of the guests' link; the RoCE path MTU is then 4096


@dataclass(frozen=True)
class Site:
    name: str
    address: str
    mac: str


WEST = Site("west", "192.168.77.1", "52:54:00:00:01:01")
EAST = Site("east", "192.168.77.2", "52:54:00:00:01:02")


class Rig:
    """`middle`: has start(west_socket, east_socket, folder), and stop(). Clients run in the west, servers in the east;
    RDMA alone crosses the middle, perftest's TCP exchange takes another way (exchange.py)."""

    def __init__(self, middle, cache: Path = CACHE):
        self._middle = middle
        self._cache = cache
        self._cleanup = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="farlink-rdma-vm-")))
            linux = kernel.find_or_download(self._cache)
            image = self.folder / "initramfs"
            initramfs.build(linux, image)
            sockets = {site: self.folder / f"{site.name}.sock" for site in (WEST, EAST)}
            stack.callback(self._middle.stop)
            self._middle.start(sockets[WEST], sockets[EAST], self.folder)
            self._guests = {}
            ports = {}
            for site in (WEST, EAST):
                ports[site] = free_port()
                self._guests[site] = Guest(site.name, self.folder, linux.image, image, sockets[site], site.mac,
                                           ports[site], INNER_PORT)
                stack.callback(self._guests[site].stop)
            self.exchange = Exchange(ports[EAST])
            stack.callback(self.exchange.close)
            for guest in self._guests.values():
                guest.wait_until_ready()
            self._gid_index = {site: self._configure(site, peer) for site, peer in ((WEST, EAST), (EAST, WEST))}
            self._cleanup = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._cleanup.close()

    def guest(self, site: Site) -> Guest:
        return self._guests[site]

    def run(self, test: Perftest, on_endpoints=None, timeout_s=120.0) -> Result:
        """Runs perftest from west to east. `on_endpoints(client, server)` is called when both queue pairs and first
        PSNs are known and no RDMA frame has been sent."""
        west, east = self._guests[WEST], self._guests[EAST]
        self.exchange.expect(holds=on_endpoints is not None)
        server = east.start("exec " + test.command(self._gid_index[EAST], INNER_PORT))
        try:
            east.run(f"until grep -qi ':{INNER_PORT:04X} .* 0A ' /proc/net/tcp /proc/net/tcp6; do sleep 0.1; done", 60)
            client = west.start("exec " + test.command(self._gid_index[WEST], self.exchange.port, HOST_SEEN_BY_GUEST))
            try:
                if on_endpoints is not None:
                    if not self.exchange.wait_for_endpoints(60):
                        raise PerftestError(f"{test.program}: no exchange of queue pairs within 60 s")
                    on_endpoints(self.exchange.client, self.exchange.server)
                self.exchange.release()
                outputs = {"client": client.wait(timeout_s), "server": server.wait(30)}
            finally:
                client.stop()
        finally:
            self.exchange.release()
            server.stop()
        for side, output in outputs.items():
            if output.code != 0:
                both = "\n".join(f"{name}:\n{each.text}" for name, each in outputs.items())
                raise PerftestError(f"{test.program}: the {side} failed with {output.code}\n{both}")
        return Result(outputs["client"].text, outputs["server"].text)

    def rdma_counters(self, site: Site) -> dict[str, int]:
        """What rxe counted since the guest's start, by its own names (`rdma statistic show`)."""
        text = self._guests[site].run("/bin/rdma statistic show link rxe0/1")
        return {name: int(value) for name, value in re.findall(r"(\w+) (\d+)", text.partition("rxe0/1")[2])}

    def _configure(self, site, peer):
        guest = self._guests[site]
        device = "link=$(basename $(dirname $(grep -l {} /sys/class/net/*/address)))".format(site.mac)
        guest.run(
            f"{device}; echo 1 >/proc/sys/net/ipv6/conf/$link/disable_ipv6; "  # RDMA alone crosses the link
            f"/bin/ip link set lo up && /bin/ip link set $link mtu {MTU} up && "
            f"/bin/ip addr add {site.address}/24 dev $link && "
            f"/bin/ip neigh add {peer.address} lladdr {peer.mac} dev $link nud permanent && "
            "/bin/rdma link add rxe0 type rxe netdev $link && "
            "exchange=$(basename $(dirname $(grep -l 52:54:00:00:02:0f /sys/class/net/*/address))) && "
            "/bin/ip link set $exchange up && /bin/ip addr add 10.0.2.15/24 dev $exchange")
        gids = guest.run("cd /sys/class/infiniband/rxe0/ports/1/gids && grep -n . *")
        tail = "ffff:" + "".join(f"{int(part):02x}" + ":" * (place == 1)
                                 for place, part in enumerate(site.address.split(".")))
        match = re.search(rf"^(\d+):\d+:.*:{tail}$", gids, re.MULTILINE)
        if match is None:
            raise PerftestError(f"{site.name}: rxe0 has no GID of {site.address}:\n{gids}")
        return int(match[1])
