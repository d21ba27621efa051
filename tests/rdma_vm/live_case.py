# SPDX-License-Identifier: Apache-2.0
"""What tests of real RDMA through `farlink up` share: two guests around one link, and what each has counted."""
import contextlib
import os
import tempfile
import unittest
from pathlib import Path

from farlink_middle import BACK, FORWARD, FarlinkMiddle
from rig import EAST, REPOSITORY, WEST, Rig

BINARY = Path(os.environ.get("FARLINK_BINARY", REPOSITORY / "build/release/bin/farlink"))
LONGEST_DELAY_MS = 100
RATE = "2gbit"  # twice what emulated guests send; buffers are counted for it and the longest delay


class LiveCase(unittest.TestCase):
    """Starts each test with a link that does nothing. All tests of a process share it and the guests."""

    @staticmethod
    def set_up_module():
        LiveCase.middle = FarlinkMiddle(BINARY, f"delay: {LONGEST_DELAY_MS}ms", RATE)
        LiveCase.rig = unittest.enterModuleContext(Rig(LiveCase.middle))

    def setUp(self):
        self.middle.set("delay=0", "loss=0", "listed-loss=[]")
        self.count_from_now()

    def tearDown(self):
        state = self.middle.show()
        self.assertTrue(state["valid"] and state["is_conserved"], state["why_invalid"])

    def count_from_now(self):
        """link() and guest() tell what has happened since."""
        self.link_before = {direction: self.middle.settled(direction) for direction in (FORWARD, BACK)}
        self.guest_before = {site: self.rig.rdma_counters(site) for site in (WEST, EAST)}

    def link(self, direction):
        return self.middle.settled(direction) - self.link_before[direction]

    def guest(self, site):
        before = self.guest_before[site]
        return {name: value - before[name] for name, value in self.rig.rdma_counters(site).items()}

    def run_captured(self, test, point, direction, read, on_endpoints):
        """Runs perftest, and returns `read(file)` of the capture that goes with it. `on_endpoints(client, server)` is
        called before the first frame."""
        with tempfile.TemporaryDirectory(prefix="farlink-rdma-vm-") as folder:
            file = Path(folder) / "capture.pcapng"
            with contextlib.ExitStack() as capture:

                def start(client, server):
                    on_endpoints(client, server)
                    capture.enter_context(self.middle.capture(point, direction, file))

                result = self.rig.run(test, start).bandwidth()
                self.assertEqual((result.bytes, result.iterations), (test.bytes, test.iterations))
                for each in (FORWARD, BACK):
                    self.middle.settled(each)
            return read(file)

    def assert_nothing_else_crossed_or_was_lost(self):
        """What the guests' own stacks counted is what the link counted, frame by frame."""
        west, east = self.guest(WEST), self.guest(EAST)
        for direction, sender, receiver in ((FORWARD, west, east), (BACK, east, west)):
            link = self.link(direction)
            self.assertEqual(link.entered, sender["sent_pkts"], direction)
            self.assertEqual(link.left, receiver["rcvd_pkts"], direction)
