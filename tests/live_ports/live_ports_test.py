#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ordinary programs between two network namespaces, with `farlink up` in the middle: what they measure is what the link
was told to do, exactly where frames are counted, and within the machine's own noise where time is.

Usage: live_ports_test.py [-v]   (as root; FARLINK_BINARY names the program; default: build/release/bin/farlink)
"""
import contextlib
import json
import socket
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "rdma_vm")]
sys.dont_write_bytecode = True

import measure  # noqa: E402
import network  # noqa: E402
from farlink_up import BACK, FORWARD, LINK, FarlinkUp, farlink, scenario  # noqa: E402
from process import turn_signals_into_exceptions  # noqa: E402
from raw_frames import RawPort, frame, pfc, read_capture  # noqa: E402

PAYLOAD = 1448  # of a full frame: TCP's with time stamps
CAUSES = ("queue", "headroom", "random", "burst", "bit-error", "listed", "cut")


class LivePortsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="farlink-live-ports-")))
        cls.west, cls.east = network.Site("west", 1), network.Site("east", 2)
        for site in (cls.west, cls.east):
            cls.addClassCleanup(site.remove)
        cls.west.remember(cls.east)
        cls.east.remember(cls.west)

    @contextlib.contextmanager
    def up(self, *words, **values):
        """A run that must be valid to its end, but for what the machine did to it, and account for every frame."""
        with FarlinkUp(self.folder, scenario(**values), *words) as up:
            yield up
        self.assertEqual(up.exit_code, 0 if up.final["valid"] else 3, up.log())
        self.assertEqual(up.defects(), [])
        self.assertTrue(up.final["is_conserved"])
        self.assertEqual(up.final["held"], 0)
        self.assertEqual(up.final["mbufs_free"], up.final["mbufs"])

    def ping(self, *words, **more):
        return measure.ping(self.west, self.east, *words, **more)

    def test_ping_reads_five_milliseconds_more_each_way(self):
        with self.up(delay="5ms") as up:
            far = measure.distance(self.west, self.east)
            lag_ms = sum(up.direction(name)["lag"]["median_ns"] for name in (FORWARD, BACK)) / 1e6
            up.set("delay=0")
            near = measure.distance(self.west, self.east)
        noise_ms = near.noise + far.noise + 0.05  # two wake-ups and system calls more or less
        print(f"\nping: {near.least:.3f} ms near, {far.least:.3f} ms far; noise {near.noise:.3f} and {far.noise:.3f} "
              f"ms, lag of the link {lag_ms:.3f} ms")
        self.assertGreaterEqual(far.least, 10 - 0.001, "no frame may be early")
        self.assertLessEqual(abs(far.least - near.least - 10), noise_ms)
        self.assertLess(noise_ms, 5, "this machine is too noisy to tell")

    def test_set_while_running_is_seen_by_ping(self):
        with self.up(delay="10ms") as up:
            for delay_ms in (10, 2, 7):
                up.set(f"delay={delay_ms}ms", "loss=0")
                reading = self.ping(count=30)
                self.assertEqual(reading.received, reading.sent)
                self.assertGreaterEqual(reading.least, 2 * delay_ms - 0.001)
                self.assertLess(reading.least, 2 * delay_ms + 3)
            up.set("loss=50%", direction=FORWARD)
            before = up.settled(FORWARD)
            reading = self.ping(count=400, interval_s=0.005)
            lost = up.settled(FORWARD)["dropped"]["random"] - before["dropped"]["random"]
            self.assertEqual(reading.sent - reading.received, lost)
            low, high = measure.binomial_interval(400, 0.5)
            self.assertTrue(low <= lost <= high, lost)

    def test_a_wrong_set_changes_nothing(self):
        with self.up(delay="1ms") as up:
            before = up.direction(FORWARD)["settings"]
            for values in (("loss=2",), ("delay=1",), ("loss=1%", "speed=1gbit"), ("delay=2ms", "rate=-1gbit"),
                           ("loss=1%", "delay=1000s"), ("lossless.buffer=1kB",)):
                done = farlink("link", "set", LINK, *values, expect=2)
                self.assertNotEqual(done.stderr.strip(), "", values)
                self.assertEqual(up.direction(FORWARD)["settings"], before, values)
            reading = self.ping(count=20)
            self.assertEqual(reading.received, 20)
            self.assertGreaterEqual(reading.least, 2 - 0.001)
            self.assertLess(reading.least, 4)

    def iperf3(self, up, name, headers, *words):
        """Asserts the rate; what the machine took away meanwhile is missing at most, and nothing is ever on top."""
        expected = measure.payload_rate(100e6, PAYLOAD, headers)
        for _ in range(3):
            stolen = up.stolen_s()
            reading = measure.iperf3(self.east, self.west, self.folder, *words)
            stolen = (up.stolen_s() - stolen) / reading.seconds
            error = reading.bits_per_second / expected - 1
            print(f"\niperf3 {name}: {reading.bits_per_second / 1e6:.3f} Mb/s of {expected / 1e6:.3f}, {error:+.3%}; "
                  f"{stolen:.3%} of the time was stolen, seconds differ by {reading.spread:.3%}")
            if abs(error) < 0.01:
                break
        self.assertLess(error, 0.01, name)
        self.assertGreater(error, -0.01 - stolen, name)

    def test_iperf3_reads_the_rate(self):
        # Room for what comes in a quarter of a second, should the lcore stand still.
        ports = {site: f"net_af_packet{i},iface=far-{site},framecnt=8192" for i, site in enumerate(("west", "east"))}
        with self.up(rate="100mbit", buffer="4MiB", **ports) as up:
            self.iperf3(up, "UDP", measure.UDP_HEADERS, "--udp", "--bitrate", "120M", "--length", PAYLOAD)
            self.assertGreater(up.settled(FORWARD)["dropped"]["queue"], 0)  # more was sent than the line carries
            self.iperf3(up, "TCP", measure.TCP_HEADERS)

    def test_one_percent_loss_is_one_percent_and_exactly_what_the_link_says(self):
        count = 120_000
        with self.up() as up:
            up.set("loss=1%", direction=FORWARD)
            west, east, link = self.west.count(), self.east.count(), up.settled(FORWARD)
            measure.send_datagrams(self.west, self.east, count)
            sent = (self.west.count() - west).sent
            after = up.settled(FORWARD)
            received = (self.east.count() - east).received
            missed = up.port("west-0")["missed"]
        lost = after["dropped"]["random"] - link["dropped"]["random"]
        entered = after["frames_in"] - link["frames_in"]
        print(f"\nloss: {lost} of {entered}; {missed} of {sent} came while the lcore stood still")
        self.assertGreaterEqual(sent, count)
        self.assertEqual(entered + missed, sent)
        self.assertGreater(entered, 100_000)
        self.assertEqual(after["frames_out"] - link["frames_out"], received)
        self.assertEqual(entered - received, lost)
        self.assertEqual({cause: after["dropped"][cause] for cause in CAUSES if cause != "random"},
                         {cause: 0 for cause in CAUSES if cause != "random"})
        low, high = measure.binomial_interval(entered, 0.01)
        self.assertTrue(low <= lost <= high, f"{lost} of {entered}")

    def test_a_cut_loses_what_crosses_in_it(self):
        rate = 1_000
        with self.up(delay="1ms") as up:
            west, east = self.west.count(), self.east.count()
            farlink("link", "event", LINK, "cut", "500ms", "--in", "700ms")
            measure.send_datagrams(self.west, self.east, 2 * rate, rate=rate)
            forward = up.settled(FORWARD)
            sent, received = (self.west.count() - west).sent, (self.east.count() - east).received
            state = up.show()
        cut = forward["dropped"]["cut"]
        standstill = state["workers"][0]["longest_gap_seconds"]
        print(f"\ncut: {cut} of {sent}; the lcore stood still for {standstill * 1e3:.1f} ms at most")
        self.assertEqual((forward["frames_in"], forward["frames_out"]), (sent, received))
        self.assertEqual(sent - received, cut)
        self.assertLessEqual(abs(cut - rate * 0.5), rate * (0.025 + 2 * standstill))
        self.assertEqual([event["what"] for event in state["events"]], ["cut 500ms", "cut ends"])
        self.assertFalse(forward["is_cut"])

    def test_a_receivers_pause_comes_back_to_the_sender_over_the_fibre(self):
        lossless = ("{pfc: end-to-end, buffer: 1MiB, far-buffer: 1200kB, far-xoff: 20kB, far-xon: 10kB, headroom: 1MB, "
                    "far-rate: 1gbit}")
        frames = [frame(i, 1500) for i in range(60)]  # 91 kB on the line
        with self.up("--set", f"links.{LINK}.lossless={lossless}", delay="5ms") as up:
            with self.west.inside():
                sender = RawPort("eth0")
            with self.east.inside():
                receiver = RawPort("eth0", timeout_s=1)
            deadline = time.monotonic() + 10
            while not up.port("west-0")["is_up"] and time.monotonic() < deadline:
                time.sleep(0.1)
            with sender, receiver:
                # 33.6 ms each at 1 Gb/s, so that the exit stays shut while the frames come.
                receiving = threading.Thread(target=receiver.send, args=([pfc(0xFFFF)] * 80, 1_000))
                receiving.start()
                time.sleep(0.02)
                sender.send(frames, rate=10_000)
                receiving.join()
                self.assertEqual(receiver.receive(len(frames)), frames)
                pauses = sender.receive_pauses()
            forward = up.settled(FORWARD)
            back = up.direction(BACK)
            self.assertEqual(up.port("west-0")["pause_sent"], len(pauses))
        print(f"\npauses at the sender: {pauses}")
        self.assertGreaterEqual(len(pauses), 2)
        self.assertEqual((pauses[0], pauses[-1]), (0xFFFF, 0))
        self.assertGreaterEqual(forward["far_pauses"], 1)
        self.assertEqual(back["frames_absorbed"], forward["pause_frames"])
        self.assertEqual(sum(forward["dropped"].values()), 0)

    def test_collectors_read_the_same_counters(self):
        with self.up(name="told") as up, socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as telemetry:
            telemetry.settimeout(5)
            telemetry.connect("/run/dpdk/told/dpdk_telemetry.v2")
            telemetry.recv(4096)  # its greeting

            def ask(what):
                telemetry.send(what.encode())
                return next(iter(json.loads(telemetry.recv(65536)).values()))

            measure.send_datagrams(self.west, self.east, 500, rate=2_000)
            forward = up.settled(FORWARD)
            self.assertEqual(ask("/farlink/links"), ["west-east:0", "west-east:1"])
            told = ask("/farlink/link,west-east:0")
            self.assertEqual((told["from"], told["to"]), ("west", "east"))
            self.assertEqual((told["frames_in"], told["frames_out"], told["frames_held"]), (500, 500, 0))
            self.assertEqual(forward["frames_in"], 500)
            self.assertIsNone(ask("/farlink/link,nowhere:0"))
            self.assertIsNone(ask("/farlink/link,west-east:2"))

    def test_captures_are_what_was_sent_and_what_arrived_frame_by_frame(self):
        sizes = (60, 61, 100, 777, 1514)
        sent = [frame(i, sizes[i % len(sizes)], vlan=7 if i % 10 == 9 else None) for i in range(300)]
        with self.up(delay="1ms") as up:
            up.set("loss=10%", direction=FORWARD)
            for point in ("access", "line", "exit"):
                with self.subTest(point=point), contextlib.ExitStack() as stack:
                    with self.east.inside():
                        receiver = stack.enter_context(RawPort("eth0"))
                    with self.west.inside():
                        sender = stack.enter_context(RawPort("eth0"))
                    file = self.folder / f"{point}.pcapng"
                    before = up.settled(FORWARD)
                    with up.capture(file, point, "--direction", FORWARD) as report:
                        sender.send(sent)
                        lost = up.settled(FORWARD)["dropped"]["random"] - before["dropped"]["random"]
                    received = receiver.receive(len(sent) - lost)
                    self.assertEqual(len(received), len(sent) - lost)
                    self.assertGreater(lost, 5)
                    self.assertEqual((report["exit_code"], report["missed"]), (0, 0))
                    captured = read_capture(file)
                    expected = received if point == "exit" else sent
                    self.assertEqual([bytes_ for _, bytes_, _ in captured], expected)
                    self.assertEqual([length for length, _, _ in captured], [len(bytes_) for bytes_ in expected])
                    stamps = [seconds for _, _, seconds in captured]
                    self.assertEqual(stamps, sorted(stamps))
                    self.assertLess(abs(float(stamps[-1]) - time.time()), 60)
                    self.assertTrue(any(not seconds.endswith("000") for seconds in stamps), "no nanoseconds")


if __name__ == "__main__":
    network.enter_private()
    turn_signals_into_exceptions()
    unittest.main(verbosity=2)
