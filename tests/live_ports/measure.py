# SPDX-License-Identifier: Apache-2.0
"""What ordinary programs measure over a link: ping, iperf3, frames sent and received."""
import json
import math
import re
import time
from dataclasses import dataclass

from process import Child

# FCS, preamble and gap of every frame on the line; and the headers of a UDP payload inside it.
LINE_OVERHEAD = 4 + 8 + 12
UDP_HEADERS = 14 + 20 + 8
TCP_HEADERS = 14 + 20 + 32  # with time stamps, as Linux sends


@dataclass(frozen=True)
class RoundTrips:
    """Milliseconds."""
    sent: int
    received: int
    least: float


@dataclass(frozen=True)
class Distance:
    """The least round trip in milliseconds, and by how much the least of a few of them is more than that as a rule:
    what the machine itself adds."""
    least: float
    noise: float


def ping(site, other, count=100, interval_s=0.01, size=56, *words) -> RoundTrips:
    out = site.run("sh", "-c", f"ping -q -c {count} -i {interval_s} -s {size} -W 1 {' '.join(words)} {other.address} "
                               "|| true")
    sent, received = map(int, re.search(r"(\d+) packets transmitted, (\d+) received", out).groups())
    times = re.search(r"= ([\d.]+)/", out)
    return RoundTrips(sent, received, float(times.group(1)) if times else math.inf)


def distance(site, other, rounds=12) -> Distance:
    """Every ping must be answered."""
    readings = [ping(site, other, count=20) for _ in range(rounds)]
    if any(reading.received != reading.sent for reading in readings):
        raise AssertionError(f"pings were lost: {readings}")
    least = sorted(reading.least for reading in readings)
    return Distance(least[0], least[rounds // 2] - least[0])


@dataclass(frozen=True)
class Throughput:
    """Payload at the receiver over whole seconds in the middle of the run."""
    bits_per_second: float
    seconds: float
    spread: float  # of one second, beside the mean; relative


def iperf3(server, client, folder, *words, seconds=10) -> Throughput:
    """The first two seconds (slow start, filling of queues) and the last (the control connection's end) do not
    count."""
    log = folder / "iperf3-server.json"
    child = Child("iperf3", server.command("iperf3", "--server", "--one-off", "--json", "--interval", "1"), log)
    try:
        for _ in range(50):
            listening = server.run("ss", "-Hltn", "sport", "=", ":5201")
            if listening:
                break
            time.sleep(0.1)
        client.run("iperf3", "--client", server.address, "--time", seconds, *words)
        deadline = time.monotonic() + 10
        while child.exit_code is None and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        child.stop()
    intervals = [one["sum"] for one in json.loads(log.read_text())["intervals"]][2:seconds - 1]
    total = sum(one["bytes"] for one in intervals) * 8
    took = sum(one["seconds"] for one in intervals)
    rates = [one["bytes"] * 8 / one["seconds"] for one in intervals]
    return Throughput(total / took, took, (max(rates) - min(rates)) / (total / took))


def payload_rate(rate_bps, payload, headers):
    """What is left of a line's rate for payload."""
    return rate_bps * payload / (payload + headers + LINE_OVERHEAD)


# Sends COUNT datagrams of SIZE bytes, numbered, at RATE a second to ADDRESS.
SENDER = """
import socket, sys, time
address, count, size, rate = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
start = time.monotonic()
for number in range(count):
    out.sendto(number.to_bytes(8, "big") + bytes(size - 8), (address, 9))
    ahead = start + number / rate - time.monotonic()
    if ahead > 0.001:
        time.sleep(ahead)
"""


def send_datagrams(site, other, count, size=64, rate=20_000):
    site.run("python3", "-c", SENDER, other.address, count, size, rate)


def binomial_interval(count, share, sigmas=4):
    deviation = math.sqrt(count * share * (1 - share))
    return count * share - sigmas * deviation, count * share + sigmas * deviation
