#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The software RNIC's half of the comparison with Soft-RoCE, which needs no guests."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from live_case import BINARY  # noqa: E402
from recovery import Loss, Recovery, in_virtual_time  # noqa: E402
from witness_case import CASES, MESSAGES, SCENARIO, WINDOW  # noqa: E402


class WitnessVirtualTest(unittest.TestCase):
    def test_every_case(self):
        for case in CASES:
            with self.subTest(lost=case.what_is_lost):
                self.assertEqual(in_virtual_time(BINARY, SCENARIO, case.data, case.answers, MESSAGES), case.expected)

    def test_a_full_window(self):
        # Whatever closes the window asks for an ACK as well, so the last one before the NAK is that of frame 288: it opens
        # the window up to frame 417.
        ours = in_virtual_time(BINARY, SCENARIO, (Loss(300),), (), 50)
        self.assertEqual((ours.sent, ours.retransmitted, ours.timeouts), (800 + 118, 288 + WINDOW - 300 + 1, 0))


if __name__ == "__main__":
    unittest.main()
