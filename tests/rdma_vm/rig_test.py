#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rig itself, without Farlink: two guests over a plain forwarder. When this fails, so must rdma_vm_test."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from middle import TestpmdMiddle  # noqa: E402
from perftest import Perftest  # noqa: E402
from process import turn_signals_into_exceptions  # noqa: E402
from rig import EAST, WEST, Rig  # noqa: E402


class RigTest(unittest.TestCase):
    def test_perftest_runs_between_the_guests(self):
        seen = []
        with Rig(TestpmdMiddle()) as rig:
            before = {site: rig.rdma_counters(site) for site in (WEST, EAST)}
            test = Perftest("ib_write_bw", iterations=50)
            result = rig.run(test, lambda client, server: seen.append((client, server)))
            sent = {site: rig.rdma_counters(site)["sent_pkts"] - before[site]["sent_pkts"] for site in (WEST, EAST)}
        self.assertEqual(result.bandwidth().iterations, 50)
        self.assertGreater(result.bandwidth().average_mib_per_s, 0)
        self.assertGreaterEqual(sent[WEST], test.frames)
        # The exchange was read rightly when perftest itself says the same.
        (client, server), = seen
        self.assertIn(f"QPN {client.qp:#06x} PSN {client.psn:#06x} ", result.client)
        self.assertIn(f"QPN {server.qp:#06x} PSN {server.psn:#06x} ", result.client)


if __name__ == "__main__":
    turn_signals_into_exceptions()
    unittest.main(verbosity=2)
