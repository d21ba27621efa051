# SPDX-License-Identifier: Apache-2.0
"""The RoCEv2 frames in a capture, read by tshark, and where the order of their PSNs has a hole."""
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

PSNS = 1 << 24
NAK_OF_SEQUENCE = 0x60  # the syndrome of an acknowledgement that asks for a PSN again


class CaptureError(Exception):
    """A capture that tshark cannot read."""


@dataclass(frozen=True)
class RoceFrame:
    time_s: float
    psn: int
    syndrome: int | None  # of acknowledgements

    @property
    def is_answer(self):
        """Of WRITE and SEND."""
        return self.syndrome is not None

    @property
    def is_nak(self):
        return self.syndrome == NAK_OF_SEQUENCE


def frames_towards(capture: Path, *qps: int) -> list[RoceFrame]:
    """RoCEv2 frames towards those queue pairs, in the order of their times."""
    if shutil.which("tshark") is None:
        raise CaptureError("tshark is not installed; run: tools/deps --install --tests")
    fields = ["frame.time_epoch", "infiniband.bth.psn", "infiniband.aeth.syndrome"]
    wanted = " or ".join(f"infiniband.bth.destqp == {qp:#x}" for qp in qps)
    # The length of a snapped frame is no news to tshark; its payload is none of our business.
    command = ["tshark", "-r", str(capture), "-n", "-Y", wanted, "-T", "fields", "--disable-protocol", "rpcordma",
               *(word for field in fields for word in ("-e", field))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CaptureError(f"{' '.join(command)} failed: {done.stderr.strip()}")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    frames = [RoceFrame(float(time), int(psn, 0), int(syndrome, 0) if syndrome else None)
              for time, psn, syndrome in rows]
    return sorted(frames, key=lambda frame: frame.time_s)


def psns_towards(capture: Path, qp: int) -> list[int]:
    """PSNs of the RoCEv2 frames towards that queue pair, in the order of the capture."""
    return [frame.psn for frame in frames_towards(capture, qp)]


def skipped(psns: list[int]) -> list[int]:
    """PSNs that were jumped over on the way forward; a step back is a retransmission and skips nothing."""
    holes = []
    for previous, current in zip(psns, psns[1:]):
        step = (current - previous) % PSNS
        if step < PSNS // 2:
            holes += [(previous + i) % PSNS for i in range(1, step)]
    return holes
