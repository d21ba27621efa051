# SPDX-License-Identifier: Apache-2.0
"""`farlink up` as a child process, driven by the program's own commands."""
import contextlib
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

from process import Child

REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("FARLINK_BINARY", REPOSITORY / "build/release/bin/farlink")).resolve()
RUNTIME = Path("/run/user-of-the-test")  # XDG_RUNTIME_DIR; /run is the test's own
LINK = "west-east"
FORWARD, BACK = "west->east", "east->west"

# Spinning on the last CPU, which the test's own traffic and whatever else this machine does share: what was taken away
# from the lcore, gap by gap above max-lag, is what the tests allow for.
SCENARIO = """\
farlink: 1
name: {name}
sites: {{west: {{nic: 10gbit}}, east: {{nic: 10gbit}}}}
links:
  west-east:
    between: [west, east]
    rate: {rate}
    delay: {delay}
    equipment-delay: 0
    lossless: {{pfc: off, buffer: {buffer}, far-buffer: {buffer}}}
ports:
  west: ["{west}"]
  east: ["{east}"]
dpdk: {{hugepages: false, idle: spin, lcores: [{cpu}], mtu: {mtu}B, max-lag: 1ms{more}}}
"""


def last_cpu():
    return max(os.sched_getaffinity(0))


def scenario(name="live-ports", rate="1gbit", delay="0", buffer="1MiB", mtu=1518, west="net_af_packet0,iface=far-west",
             east="net_af_packet1,iface=far-east", more="") -> str:
    return SCENARIO.format(name=name, rate=rate, delay=delay, buffer=buffer, mtu=mtu, west=west, east=east,
                           cpu=last_cpu(), more=more)


def environment():
    RUNTIME.mkdir(mode=0o700, exist_ok=True)
    return {"XDG_RUNTIME_DIR": str(RUNTIME)}


def farlink(*words, expect=0) -> subprocess.CompletedProcess:
    """Runs the program; its exit code must be the expected one."""
    command = [str(BINARY), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60,
                          env={**os.environ, **environment()})
    if done.returncode != expect:
        raise AssertionError(f"{' '.join(command)} ended with {done.returncode}, not {expect}:\n{done.stdout}"
                             f"\n{done.stderr}")
    return done


class FarlinkUp:
    """with FarlinkUp(folder, scenario(...)) as up: up.set("delay=5ms"). Ends as Ctrl-C ends it; `up.exit_code` and
    `up.final` (its last state) are there afterwards."""

    def __init__(self, folder: Path, text: str, *words):
        self.folder = folder
        self._scenario = folder / "scenario.yaml"
        self._scenario.write_text(text)
        self._run = ("--socket", re.search(r"^name: (\S+)$", text, re.MULTILINE).group(1))
        self._json = folder / "final.json"
        self._json.unlink(missing_ok=True)
        self._words = words
        self.exit_code = None
        self.final = None

    def __enter__(self):
        self.child = Child("farlink up", [BINARY, "up", self._scenario, "--json", self._json, *self._words],
                           self.folder / "up.log", environment())
        try:
            self._wait("it serves its control socket", lambda: self._answers() or self.child.exit_code is not None, 30)
            if self.child.exit_code is not None:
                raise AssertionError(f"farlink up ended with {self.child.exit_code}:\n{self.log()}")
        except BaseException:
            self.child.stop(signal.SIGINT)
            raise
        return self

    def __exit__(self, *_error):
        self.stop(signal.SIGINT)

    def stop(self, number):
        self.exit_code = self.child.stop(number, patience_s=30)
        if self._json.exists():
            self.final = json.loads(self._json.read_text())

    def defects(self) -> list:
        """Why the finished run is not valid, but for what a machine does that takes the CPU away: lateness, and frames
        that came while the lcore stood still and found no room."""
        stolen = sum(one["stolen_seconds"] for one in self.final["workers"])
        machine = ("left later than max-lag", "stood still", "frames missed", "did not take in time")
        return [why for why in self.final["why_invalid"] if stolen == 0 or not any(word in why for word in machine)]

    def log(self):
        return self.child.last_words(100)

    def show(self) -> dict:
        return json.loads(farlink("link", "show", LINK, "--json", "-", *self._run).stdout)

    def direction(self, name) -> dict:
        return next(one for one in self.show()["links"][0]["directions"] if one["direction"] == name)

    def stolen_s(self) -> float:
        """How long the lcore has stood still, in gaps of more than a millisecond."""
        return sum(one["stolen_seconds"] for one in self.show()["workers"])

    def port(self, name) -> dict:
        return next(one for one in self.show()["ports"] if one["name"] == name)

    def set(self, *values, direction="both"):
        farlink("link", "set", LINK, *values, "--direction", direction, *self._run)

    def settled(self, name=FORWARD) -> dict:
        """The direction once no frame is inside any more."""
        found = []

        def is_empty():
            found[:] = [self.direction(name)]
            one = found[0]
            return one["frames_held"] == 0 and one["frames_in"] == one["frames_out"] + sum(one["dropped"].values())

        self._wait(f"{name} is empty", is_empty, 10)
        return found[0]

    @contextlib.contextmanager
    def capture(self, file: Path, point: str, *words):
        """From here to the end of the block; yields a dictionary with what the program said at the end."""
        said = {}
        child = Child("farlink capture", [BINARY, "capture", LINK, "--at", point, *words, *self._run, "-w", file],
                      self.folder / f"capture-{point}.log", environment())
        try:
            self._wait("the capture runs", lambda: any(one["file"] == str(file) for one in self.show()["captures"]), 10)
            yield said
            time.sleep(0.3)  # what has left is in the ring; it is written every millisecond
        finally:
            said["exit_code"] = child.stop(signal.SIGINT)
        report = next(one for one in self.show()["captures"] if one["file"] == str(file))
        said.update(report)

    def _answers(self):
        try:
            self.show()
        except AssertionError:
            return False
        return True

    @staticmethod
    def _wait(what, is_so, timeout_s):
        deadline = time.monotonic() + timeout_s
        while not is_so():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {timeout_s} s until {what}, in vain")
            time.sleep(0.1)
