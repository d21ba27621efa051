#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the rig reads, on texts and frames written by hand: perftest's tables and exchange, PSN sequences, archives."""
import socket
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from exchange import Endpoint, Exchange  # noqa: E402
from guest.initramfs import Archive  # noqa: E402
from perftest import Perftest, PerftestError, Result  # noqa: E402
from recovery import GoBack, Recovery, go_backs, on_the_line  # noqa: E402
from roce_capture import NAK_OF_SEQUENCE, PSNS, RoceFrame, skipped  # noqa: E402

BANDWIDTH_TEXT = """\
 #bytes     #iterations    BW peak[MB/sec]    BW average[MB/sec]   MsgRate[Mpps]
 65536      300              16.95              16.46  \t\t   0.000263
-----
"""
LATENCY_TEXT = """\
 #bytes #iterations t_min[usec] t_max[usec] t_typical[usec] t_avg[usec] t_stdev[usec] 99% percentile[usec]
 64      200          545.19         9183.39      3116.50  \t       3415.28     \t1778.63\t\t8446.72 
"""
CLIENT_MESSAGE = b"0000:0080:000012:32cb11:000003f8:00007f0f002b2000:00:00:"
SERVER_MESSAGE = b"0000:0080:000013:ffffff:00000392:00007f4b40c95000:00:00:"


class PerftestTest(unittest.TestCase):
    def test_bandwidth(self):
        row = Result(BANDWIDTH_TEXT, "").bandwidth()
        self.assertEqual((row.bytes, row.iterations, row.average_mib_per_s), (65536, 300, 16.46))

    def test_latency(self):
        row = Result(LATENCY_TEXT, "").latency()
        self.assertEqual((row.least, row.most, row.typical, row.p99), (545.19, 9183.39, 3116.5, 8446.72))

    def test_no_table(self):
        with self.assertRaisesRegex(PerftestError, "no line under 'BW average'"):
            Result("Failed to modify QP\n", "").bandwidth()

    def test_frames(self):
        self.assertEqual([Perftest("ib_write_bw", bytes=size, iterations=3).frames for size in (1, 4096, 4097, 65536)],
                         [3, 3, 6, 48])


class SkippedTest(unittest.TestCase):
    def test_rows(self):
        for psns, holes in (([5, 6, 7], []), ([5, 7, 8, 6, 7, 8, 9], [6]), ([5, 8], [6, 7]), ([5, 5, 6], []),
                            ([PSNS - 1, 1, 0, 1], [0]), ([], [])):
            with self.subTest(psns=psns):
                self.assertEqual(skipped(psns), holes)


class RecoveryTest(unittest.TestCase):
    def test_a_nak_and_a_timer(self):
        first = PSNS - 2  # PSNs go round within it
        frames = [RoceFrame(time, (first + place) % PSNS, None)
                  for time, place in ((0.0, 0), (0.1, 1), (0.2, 3), (0.5, 1), (0.6, 2), (0.7, 3), (2.3, 3))]
        frames += [RoceFrame(0.4, first + 1, NAK_OF_SEQUENCE), RoceFrame(1.1, 1, 0x1f)]
        frames.sort(key=lambda frame: frame.time_s)
        self.assertEqual([frame.is_nak for frame in frames if frame.is_answer], [True, False])
        steps = [GoBack(step.reached, step.to, round(step.silence_s, 6)) for step in go_backs(frames, first)]
        self.assertEqual(steps, [GoBack(3, 1, 0.1), GoBack(3, 3, 1.2)])
        self.assertEqual(on_the_line(frames, first, timer_s=1.0), Recovery(7, 3, 1, 2))
        self.assertEqual(on_the_line(frames, first, timer_s=3.0).timeouts, 0)

    def test_nothing_lost(self):
        frames = [RoceFrame(place / 10, place, None) for place in range(5)]
        self.assertEqual(go_backs(frames, 0), [])
        self.assertEqual(on_the_line(frames, 0, 1.0), Recovery(5, 0, 0, 0))


def receive(connection, length):
    """Bytes until there are so many. MSG_WAITALL does not wait on a socket that has a timeout."""
    data = b""
    while len(data) < length:
        more = connection.recv(length - len(data))
        if not more:
            break
        data += more
    return data


class ExchangeTest(unittest.TestCase):
    def test_last_message_waits_for_release(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            exchange = Exchange(listener.getsockname()[1])
            self.addCleanup(exchange.close)
            exchange.expect(holds=True)
            with socket.create_connection(("127.0.0.1", exchange.port), timeout=10) as client:
                server, _ = listener.accept()
                server.settimeout(10)
                with server:
                    client.sendall(CLIENT_MESSAGE[:20])  # TCP cuts where it likes
                    client.sendall(CLIENT_MESSAGE[20:])
                    self.assertEqual(receive(server, len(CLIENT_MESSAGE)), CLIENT_MESSAGE)
                    server.sendall(SERVER_MESSAGE)
                    self.assertTrue(exchange.wait_for_endpoints(10))
                    self.assertEqual((exchange.client, exchange.server),
                                     (Endpoint(0x12, 0x32cb11), Endpoint(0x13, PSNS - 1)))
                    client.settimeout(0.2)
                    self.assertRaises(TimeoutError, client.recv, 1)
                    exchange.release()
                    client.settimeout(10)
                    self.assertEqual(receive(client, len(SERVER_MESSAGE)), SERVER_MESSAGE)

    def test_without_holding_everything_passes(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            exchange = Exchange(listener.getsockname()[1])
            self.addCleanup(exchange.close)
            with socket.create_connection(("127.0.0.1", exchange.port), timeout=10) as client:
                server, _ = listener.accept()
                with server:
                    client.sendall(CLIENT_MESSAGE)
                    receive(server, len(CLIENT_MESSAGE))
                    server.sendall(SERVER_MESSAGE)
                    self.assertEqual(receive(client, len(SERVER_MESSAGE)), SERVER_MESSAGE)


class ArchiveTest(unittest.TestCase):
    def test_newc(self):
        archive = Archive()
        archive.add_file("bin/sh", b"12345", 0o755)
        data = archive.finish()
        folder, file = data[:112 + 4], data[116:]
        self.assertEqual(folder[:14], b"07070100000001")
        self.assertEqual(folder[110:114], b"bin\0")
        self.assertEqual(file[14:22], b"000081ED")
        self.assertEqual(file[54:62], b"00000005")
        self.assertEqual(file[110:128], b"bin/sh\0\0\0\0" + b"12345\0\0\0")
        self.assertEqual(len(data) % 4, 0)


if __name__ == "__main__":
    unittest.main()
