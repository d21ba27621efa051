# SPDX-License-Identifier: Apache-2.0
"""What can stand between the guests: dpdk-testpmd, a plain forwarder that shows what the rig itself does."""
import shutil
import time
from pathlib import Path

from process import Child

START_TIMEOUT_S = 60


class MiddleError(Exception):
    """The process between the guests does not do what it should."""


def wait_for_sockets(child, paths):
    """Until the process listens on all of them; throws with its last words when it does not."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not all(path.exists() for path in paths):
        if child.exit_code is not None or time.monotonic() > deadline:
            how = "runs but has no vhost-user sockets" if child.exit_code is None else f"ended with {child.exit_code}"
            raise MiddleError(f"{child.name} {how}:\n{child.last_words()}")
        time.sleep(0.1)


class TestpmdMiddle:
    """dpdk-testpmd, every frame from one port to the other, with no delay but its own."""

    def __init__(self):
        self._child = None

    def start(self, west_socket: Path, east_socket: Path, folder: Path):
        testpmd = shutil.which("dpdk-testpmd", path="/usr/local/bin:/usr/bin:/bin")
        if testpmd is None:
            raise MiddleError("dpdk-testpmd is not installed; run: tools/deps --install --rigs")
        # Two processors at most are used: one runs the loop, one everything else.
        self._child = Child("dpdk-testpmd", [
            testpmd, "-l", "0,1", "--no-huge", "-m", "512", "--no-shconf", "--no-pci",
            "--log-level=lib.vhost.config:warning",
            "--vdev", f"net_vhost0,iface={west_socket},queues=1", "--vdev", f"net_vhost1,iface={east_socket},queues=1",
            "--", "--forward-mode=io", "--total-num-mbufs=8192", "--mbuf-size=9472", "--no-lsc-interrupt",
            "--stats-period=3600",  # without it, end of file on standard input ends the program
        ], folder / "testpmd.log", {"RUNTIME_DIRECTORY": str(folder)})  # where DPDK keeps its own sockets
        wait_for_sockets(self._child, (west_socket, east_socket))

    def stop(self):
        if self._child is not None:
            self._child.stop()
