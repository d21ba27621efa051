# SPDX-License-Identifier: Apache-2.0
"""The PSNs in a capture, read by tshark, and where their order has a hole."""
import shutil
import subprocess
from pathlib import Path

PSNS = 1 << 24


class CaptureError(Exception):
    """A capture that tshark cannot read."""


def psns_towards(capture: Path, qp: int) -> list[int]:
    """PSNs of the RoCEv2 frames towards that queue pair, in the order of the capture."""
    if shutil.which("tshark") is None:
        raise CaptureError("tshark is not installed; run: tools/deps --install --tests")
    # The length of a snapped frame is no news to tshark; its payload is none of our business.
    command = ["tshark", "-r", str(capture), "-n", "-Y", f"infiniband.bth.destqp == {qp:#x}", "-T", "fields",
               "-e", "infiniband.bth.psn", "--disable-protocol", "rpcordma"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CaptureError(f"{' '.join(command)} failed: {done.stderr.strip()}")
    return [int(line, 0) for line in done.stdout.split()]


def skipped(psns: list[int]) -> list[int]:
    """PSNs that were jumped over on the way forward; a step back is a retransmission and skips nothing."""
    holes = []
    for previous, current in zip(psns, psns[1:]):
        step = (current - previous) % PSNS
        if step < PSNS // 2:
            holes += [(previous + i) % PSNS for i in range(1, step)]
    return holes
