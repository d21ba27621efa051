# SPDX-License-Identifier: Apache-2.0
"""`farlink up` between the guests: started on a scenario of its own, changed and read through its control socket."""
import contextlib
import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from middle import MiddleError, wait_for_sockets
from process import Child

LINK = "west-east"
FORWARD, BACK = "west->east", "east->west"

# Buffers are counted for the longest delay, which is in force at the start. A machine that emulates two guests stalls
# for milliseconds: lag is measured and told, but says nothing about what was counted. The rate is far above what
# emulated guests send, and so is no limit.
SCENARIO = """\
farlink: 1
name: rdma-vm
sites: {{west: {{nic: 10gbit}}, east: {{nic: 10gbit}}}}
links:
  west-east:
    between: [west, east]
    rate: {rate}
    {longest}
    equipment-delay: 0
    lossless: {{pfc: off, buffer: 16MiB}}
ports:
  west: ["net_vhost0,iface={west},queues=1"]
  east: ["net_vhost1,iface={east},queues=1"]
dpdk: {{idle: yield, hugepages: false, mean-frame: 1500B, max-lag: 10s, args: [--log-level=lib.vhost.config:warning]}}
"""


@dataclass(frozen=True)
class Count:
    """Frames of one direction since the start."""
    entered: int
    left: int
    dropped: dict[str, int]  # by cause, every cause there is

    @property
    def lost(self):
        return sum(self.dropped.values())

    def __sub__(self, other):
        return Count(self.entered - other.entered, self.left - other.left,
                     {cause: frames - other.dropped[cause] for cause, frames in self.dropped.items()})


class FarlinkMiddle:
    """`binary`: the farlink program. `longest`: the delay at the start, and the longest that set() may ask for, as the
    scenario says it: "delay: 10ms" or "distance: 1000km". `rate`: of the link, to be above what the guests send."""

    def __init__(self, binary: Path, longest="delay: 10ms", rate="10gbit"):
        self._binary = binary.resolve()
        self._longest = longest
        self._rate = rate
        self._child = None

    def start(self, west_socket: Path, east_socket: Path, folder: Path):
        self._folder = folder
        if not self._binary.exists():
            raise MiddleError(f"{self._binary} is missing; build it: cmake --preset release && "
                              "cmake --build --preset release")
        scenario = folder / "rdma-vm.yaml"
        scenario.write_text(SCENARIO.format(west=west_socket, east=east_socket, longest=self._longest,
                                            rate=self._rate))
        self._environment = {"XDG_RUNTIME_DIR": str(folder), "RUNTIME_DIRECTORY": str(folder)}
        self._socket = folder / "control.sock"
        self._child = Child("farlink up", [self._binary, "up", scenario, "--socket", self._socket],
                            folder / "farlink.log", self._environment)
        wait_for_sockets(self._child, (west_socket, east_socket, self._socket))

    def stop(self):
        """Ends it as Ctrl-C does; throws when it does not end cleanly."""
        if self._child is None:
            return
        code = self._child.stop(signal.SIGINT, patience_s=20)
        if code not in (0, 130):
            raise MiddleError(f"farlink up ended with {code}:\n{self._child.last_words()}")

    def set(self, *values: str, direction="both"):
        """`farlink link set`, for example set("loss=0.5%", "delay=10ms"); returns when the link goes by them."""
        self._call("link", "set", LINK, *values, *self._only(direction))
        self._wait("the link takes the new values over", lambda: all(one["is_adopted"] for one in self._directions()))

    def show(self) -> dict:
        """What `farlink link show --json` tells."""
        return json.loads(self._call("link", "show", LINK, "--json", "-"))

    def settled(self, direction) -> Count:
        """The count once no frame is inside the link any more."""
        found = []

        def is_empty():
            one = next(one for one in self._directions() if one["direction"] == direction)
            found[:] = [Count(one["frames_in"], one["frames_out"], one["dropped"])]
            return one["frames_held"] == 0 and found[0].entered == found[0].left + found[0].lost

        self._wait(f"every frame {direction} has left or was dropped", is_empty)
        return found[0]

    @contextlib.contextmanager
    def capture(self, point, direction, file: Path):
        """`farlink capture` from here to the end of the block; `direction` may be both."""
        child = Child("farlink capture", [self._binary, "capture", LINK, "--at", point, *self._only(direction),
                                          "--socket", self._socket, "--snap", "128", "-w", file],
                      self._folder / "capture.log", self._environment)
        try:
            self._wait("the capture runs", lambda: self._capture_of(file) is not None or child.exit_code is not None)
            yield
        finally:
            code = child.stop(signal.SIGINT)
        if code not in (0, 130) or not file.exists():
            raise MiddleError(f"farlink capture ended with {code}:\n{child.last_words()}")
        if self._capture_of(file)["missed"] != 0:
            raise MiddleError(f"the capture is incomplete: {self._capture_of(file)}")

    def _directions(self):
        return next(link for link in self.show()["links"] if link["name"] == LINK)["directions"]

    def _capture_of(self, file):
        return next((one for one in self.show()["captures"] if one["file"] == str(file)), None)

    def _wait(self, what, is_so, timeout_s=5.0):
        deadline = time.monotonic() + timeout_s
        while not is_so():
            if time.monotonic() > deadline:
                raise MiddleError(f"waited {timeout_s} s until {what}, in vain: {json.dumps(self.show())}")
            time.sleep(0.05)

    def _only(self, direction):
        return [] if direction == "both" else ["--direction", direction]

    def _call(self, *words) -> str:
        command = [str(self._binary), *words, "--socket", str(self._socket)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30,
                              env={**os.environ, **self._environment})
        if done.returncode != 0:
            raise MiddleError(f"{' '.join(command)} failed with {done.returncode}: {done.stderr.strip()}\n"
                              f"farlink up: {self._child.last_words()}")
        return done.stdout
