# SPDX-License-Identifier: Apache-2.0
"""A perftest run as a value: what to run, and what its output says."""
from dataclasses import dataclass


class PerftestError(Exception):
    """perftest failed or printed no result."""


@dataclass(frozen=True)
class Perftest:
    program: str  # ib_write_bw, ib_read_bw, ib_send_bw, ib_send_lat
    bytes: int = 65536
    iterations: int = 300
    # Software RNICs starve when both sides poll; WRITE has no events to wait for. With them ib_send_lat waits for ever
    # once an acknowledgement was lost, whatever lost it.
    uses_events: bool = True
    depth: int | None = None  # messages in flight; perftest's own when not given
    ack_timeout: int = 18  # 4.096 us * 2^18 = 1.07 s: stalls of an emulated processor are no loss

    def command(self, gid_index: int, port: int, server: str = "") -> str:
        words = [self.program, "-d rxe0", f"-x {gid_index}", "-m 4096", f"-u {self.ack_timeout}", "-F",
                 f"-n {self.iterations}", f"-s {self.bytes}", f"-p {port}"]
        if self.depth is not None:
            words.append(f"-t {self.depth}")
        if self.uses_events and "write" not in self.program:
            words.append("-e")
        return " ".join([*words, server]).strip()

    @property
    def frames(self) -> int:
        """Data frames of 4096 bytes that all messages take, once each."""
        return self.iterations * -(-self.bytes // 4096)


@dataclass(frozen=True)
class Bandwidth:
    bytes: int
    iterations: int
    average_mib_per_s: float


@dataclass(frozen=True)
class Latency:
    """Half of the round trip, in microseconds."""
    bytes: int
    iterations: int
    least: float
    most: float
    typical: float  # the median
    p99: float


@dataclass(frozen=True)
class Result:
    client: str  # what perftest printed
    server: str

    def bandwidth(self) -> Bandwidth:
        row = _row(self.client, "BW average")
        return Bandwidth(int(row[0]), int(row[1]), float(row[3]))

    def latency(self) -> Latency:
        row = _row(self.client, "t_typical")
        return Latency(int(row[0]), int(row[1]), float(row[2]), float(row[3]), float(row[4]), float(row[7]))


def _row(text, heading):
    lines = text.splitlines()
    for heading_line, line in zip(lines, lines[1:]):
        if heading in heading_line and line.split() and line.split()[0].isdigit():
            return line.split()
    raise PerftestError(f"perftest printed no line under '{heading}':\n{text}")
