#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What goes wrong around `farlink up` on real ports: a clear message or a clean recovery, and nothing left behind.

Usage: live_faults_test.py [-v]   (as root; FARLINK_BINARY names the program; default: build/release/bin/farlink)
"""
import contextlib
import os
import signal
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "rdma_vm")]
sys.dont_write_bytecode = True

import measure  # noqa: E402
import network  # noqa: E402
from farlink_up import FORWARD, RUNTIME, FarlinkUp, farlink, scenario  # noqa: E402
from process import turn_signals_into_exceptions  # noqa: E402
from raw_frames import RawPort, frame  # noqa: E402


def hugepages():
    return [file.read_text() for file in sorted(Path("/sys/kernel/mm/hugepages").glob("*/free_hugepages"))]


def left_behind():
    """Sockets and folders of runs, here and in the abstract namespace."""
    files = [str(file) for root in (RUNTIME / "farlink", Path("/run/dpdk")) for file in root.glob("*")]
    names = Path("/proc/net/unix").read_text()
    return files + [line for line in names.splitlines() if "farlink" in line or "dpdk" in line]


class LiveFaultsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="farlink-live-faults-")))
        network.run("sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6")  # of taps to come
        cls.west, cls.east = network.Site("west", 1), network.Site("east", 2)
        for site in (cls.west, cls.east):
            cls.addClassCleanup(site.remove)
        cls.west.remember(cls.east)
        cls.east.remember(cls.west)

    def setUp(self):
        self.assertEqual(left_behind(), [])

    def up(self, folder=None, *words, **values):
        return FarlinkUp(folder or self.folder, scenario(**values), *words)

    def refusal(self, *words, **values):
        """What it says before it ends with 2."""
        file = self.folder / "refused.yaml"
        file.write_text(scenario(**values))
        said = farlink("up", file, *words, expect=2).stderr
        self.assertIn("farlink: ", said)
        return said

    def assert_pings(self, count=20):
        reading = measure.ping(self.west, self.east, count)
        self.assertEqual(reading.received, count)

    def assert_sound(self, up, *reasons):
        """Ended on its own terms, every frame accounted for, and not valid for these reasons alone."""
        self.assertEqual(up.exit_code, 0 if up.final["valid"] else 3, up.log())
        self.assertTrue(up.final["is_conserved"], up.final["why_invalid"])
        unexpected = [why for why in up.defects() if not any(reason in why for reason in reasons)]
        self.assertEqual(unexpected, [])

    def test_however_it_is_ended_it_leaves_nothing_behind(self):
        pages = hugepages()
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.up() as up:
                self.assert_pings()
                self.assertEqual(len(list((RUNTIME / "farlink").glob("*.sock"))), 1)
                up.stop(number)
            self.assert_sound(up)
            self.assertEqual(left_behind(), [])
        with self.up() as up:
            farlink("link", "stop")
            deadline = time.monotonic() + 10
            while up.child.exit_code is None and time.monotonic() < deadline:
                time.sleep(0.1)
            self.assertIsNotNone(up.child.exit_code)
        self.assert_sound(up)
        self.assertEqual(left_behind(), [])
        self.assertEqual(hugepages(), pages)

    def test_a_run_that_was_killed_does_not_stand_in_the_way_of_the_next(self):
        with self.up() as up:
            up.stop(signal.SIGKILL)
        with self.up() as up:
            self.assert_pings()
        self.assert_sound(up)

    def test_an_interface_that_is_not_there(self):
        said = self.refusal(west="net_af_packet0,iface=far-nowhere")
        self.assertIn("port net_af_packet0,iface=far-nowhere", said)
        self.assertIn("does the interface exist", said)

    def test_two_runs_on_one_port(self):
        with self.up() as up:
            said = self.refusal("--socket", self.folder / "second.sock", name="second")
            self.assertIn("interface far-west is another port's or another farlink's already", said)
            said = self.refusal()
            self.assertIn("another farlink serves it", said)
            self.assert_pings()  # and not twice
            self.assertEqual(up.settled(FORWARD)["frames_in"], 20)
        self.assert_sound(up)
        said = self.refusal(east="net_af_packet1,iface=far-west")
        self.assertIn("interface far-west", said)

    def test_slots_that_cannot_be(self):
        said = self.refusal(west="net_af_packet0,iface=far-west,framesz=3000,blocksz=4096")
        self.assertIn("blocksz must be a multiple of framesz", said)

    def test_an_interface_goes_down_and_comes_back(self):
        for interface, inside in (("far-east", ()), ("eth0", self.east.command())):
            with self.subTest(interface=interface), self.up() as up:
                self.assert_pings()
                network.run(*inside, "ip", "link", "set", interface, "down")
                time.sleep(0.5)
                before = self.west.count()
                lost = measure.ping(self.west, self.east, 20)
                sent = (self.west.count() - before).sent
                self.assertEqual((lost.received, sent), (0, 20))
                port = up.port("east-0")
                self.assertEqual((port["is_up"], port["link_changes"], port["down"]), (False, 1, 20))
                network.run(*inside, "ip", "link", "set", interface, "up")
                self.east.run("ip", "address", "replace", f"{self.east.address}/24", "dev", "eth0")
                self.east.remember(self.west)
                self.west.remember(self.east)
                time.sleep(0.5)
                self.assert_pings()
                port = up.port("east-0")
                self.assertEqual((port["is_up"], port["link_changes"], port["down"]), (True, 2, 20))
                self.assertEqual(port["sent"], 40)
            self.assert_sound(up)

    def test_frames_that_the_far_port_cannot_carry_are_counted(self):
        for interface, inside in (("far-west", ()), ("eth0", self.west.command())):
            network.run(*inside, "ip", "link", "set", interface, "mtu", 9000)
        try:
            with self.up(mtu=9018) as up:
                with self.west.inside():
                    sender = RawPort("eth0")
                with self.east.inside():
                    receiver = RawPort("eth0", timeout_s=1)
                with sender, receiver:
                    good = [frame(1, 1514), frame(2, 1518, vlan=5), frame(3, 60)]
                    long = [frame(11, 1515), frame(12, 1519, vlan=5), frame(13, 9014)]
                    sender.send([good[0], long[0], good[1], long[1], long[2], good[2]])
                    self.assertEqual(receiver.receive(6), good)
                self.assertEqual((up.port("west-0")["largest_frame"], up.port("east-0")["largest_frame"]), (9014, 1514))
                self.assertEqual((up.port("west-0")["too_long"], up.port("west-0")["received"]), (3, 6))
            self.assert_sound(up)
        finally:
            for interface, inside in (("far-west", ()), ("eth0", self.west.command())):
                network.run(*inside, "ip", "link", "set", interface, "mtu", 1500)

    def test_frames_that_found_the_packet_sockets_ring_full_make_the_run_invalid(self):
        with self.up(west="net_af_packet0,iface=far-west,framesz=2048,blocksz=8192,framecnt=64") as up:
            before = self.west.count()
            os.kill(up.child.pid, signal.SIGSTOP)
            measure.send_datagrams(self.west, self.east, 1000)
            os.kill(up.child.pid, signal.SIGCONT)
            sent = (self.west.count() - before).sent
            port = up.port("west-0")
            self.assertEqual(port["received"] + port["missed"], sent)
            self.assertEqual(port["received"], 64)
            self.assertIn(f"port west-0: {sent - 64} frames missed: the port had them before they could be taken",
                          up.show()["why_invalid"])
        self.assertEqual(up.exit_code, 3)
        self.assertTrue(up.final["is_conserved"])

    def carries_between_taps(self, *runs):
        """Frames into tap-west come out of tap-east, through all runs, and back."""
        with contextlib.ExitStack() as stack:
            ups = [stack.enter_context(run) for run in runs]
            for interface in ("tap-west", "tap-east"):
                network.run("ip", "link", "set", interface, "up")
            time.sleep(1)  # until peers have found each other
            west, east = (stack.enter_context(RawPort(name)) for name in ("tap-west", "tap-east"))
            frames = [frame(i, 60 + i * 7) for i in range(200)]
            for sender, receiver in ((west, east), (east, west)):
                sender.send(frames, rate=500)
                self.assertEqual(receiver.receive(len(frames)), frames)
        for up in ups:
            self.assert_sound(up)
            self.assertEqual([one["frames_out"] for one in up.final["links"][0]["directions"]], [200, 200])

    def second(self, **values):
        folder = self.folder / "second"
        folder.mkdir(exist_ok=True)
        return self.up(folder, name="second", **values)

    def test_af_xdp(self):
        with self.up(west="net_af_xdp0,iface=far-west", east="net_af_xdp1,iface=far-east", delay="1ms") as up:
            self.assert_pings()
            self.assertIn("interface far-west is another port's", self.refusal("--socket", self.folder / "second.sock"))
        self.assert_sound(up)

    def test_taps(self):
        self.carries_between_taps(self.up(west="net_tap0,iface=tap-west", east="net_tap1,iface=tap-east"))

    def test_memif_between_two_runs(self):
        memif = f"socket={self.folder}/memif.sock,socket-abstract=no,id=0"
        self.carries_between_taps(
            self.up(west="net_tap0,iface=tap-west", east=f"net_memif0,role=server,{memif}"),
            self.second(west=f"net_memif0,role=client,{memif}", east="net_tap0,iface=tap-east"))

    def test_vhost_user_between_two_runs(self):
        socket = self.folder / "vhost.sock"
        self.carries_between_taps(
            self.up(west="net_tap0,iface=tap-west", east=f"net_vhost0,iface={socket},queues=1"),
            self.second(west=f"net_virtio_user0,path={socket}", east="net_tap0,iface=tap-east",
                        more=", args: [--single-file-segments]"))
        self.assertFalse(socket.exists())

    def test_a_vhost_peer_leaves_and_comes_back(self):
        socket = self.folder / "vhost.sock"
        frames = [frame(i, 100) for i in range(50)]
        with self.up(west="net_tap0,iface=tap-west", east=f"net_vhost0,iface={socket},queues=1") as up:
            network.run("ip", "link", "set", "tap-west", "up")
            for visit in range(1, 4):
                with self.second(west=f"net_virtio_user0,path={socket}", east="net_tap0,iface=tap-east",
                                 more=", args: [--single-file-segments]"):
                    network.run("ip", "link", "set", "tap-east", "up")
                    time.sleep(1)
                    with RawPort("tap-west") as west, RawPort("tap-east") as east:
                        west.send(frames, rate=500)
                        self.assertEqual(east.receive(len(frames)), frames)
                    self.assertTrue(up.port("east-0")["is_up"])
                time.sleep(0.3)
                self.assertFalse(up.port("east-0")["is_up"])
                before = up.port("east-0")
                with RawPort("tap-west") as west:
                    west.send(frames, rate=500)
                time.sleep(0.3)
                port = up.port("east-0")
                self.assertEqual((port["down"] - before["down"], port["sent"]), (50, before["sent"]))
                self.assertEqual(port["link_changes"], 2 * visit)
        self.assert_sound(up)

    def test_a_vhost_socket_in_use_stays_with_who_has_it(self):
        socket = self.folder / "busy.sock"
        with self.up(west=f"net_vhost0,iface={socket},queues=1") as up:
            said = self.refusal(name="second", west=f"net_vhost0,iface={socket},queues=1", east="net_null0")
            self.assertIn(f"another port or process serves the socket {socket}", said)
            self.assertTrue(socket.exists())
        self.assert_sound(up)
        self.assertFalse(socket.exists())

    def test_memory_and_cards_that_are_not_there(self):
        said = self.refusal(buffer="1GiB", more=", memory: 64MiB")
        self.assertIn("MiB of memory; there are 64 MiB", said)
        self.assertIn("vfio-pci", self.refusal(west="0000:ff:1f.7"))


if __name__ == "__main__":
    network.enter_private()
    turn_signals_into_exceptions()
    unittest.main(verbosity=2)
