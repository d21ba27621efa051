# SPDX-License-Identifier: Apache-2.0
"""What a sender did about lost frames: read off a capture of the line, or told by `farlink run`.

A frame's place is its PSN, counted from the first frame that its queue pair sent.
"""
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from roce_capture import PSNS, RoceFrame


@dataclass(frozen=True)
class Loss:
    """The nth frame at that place is lost: 1 when it is sent first, 2 when it is sent again."""
    place: int
    nth: int = 1


@dataclass(frozen=True)
class Recovery:
    sent: int  # data frames, those that were sent again included
    retransmitted: int
    timeouts: int
    answers: int  # ACKs and NAKs, those that were lost included


@dataclass(frozen=True)
class GoBack:
    """A sender's step back from one place to another."""
    reached: int  # the last frame before it
    to: int
    silence_s: float  # how long the line had been empty, both ways


def go_backs(frames: list[RoceFrame], first_psn: int) -> list[GoBack]:
    """Of the data frames of one queue pair, in a capture of both directions. The answers go towards another queue pair,
    which may well have the same number in its own guest: what it is tells where a frame goes."""
    steps = []
    last_place, last_time = -1, None
    for frame in frames:
        if not frame.is_answer:
            place = (frame.psn - first_psn) % PSNS
            if place <= last_place:
                steps.append(GoBack(last_place, place, frame.time_s - last_time))
            last_place = place
        last_time = frame.time_s
    return steps


def on_the_line(frames: list[RoceFrame], first_psn: int, timer_s: float) -> Recovery:
    """`frames`: of both directions, lost ones included. A sender that a NAK sends back does so a one-way delay after it,
    one that waits for its timer after all of that: between them lies half of the timer."""
    places = [frame.psn for frame in frames if not frame.is_answer]
    timeouts = sum(step.silence_s > timer_s / 2 for step in go_backs(frames, first_psn))
    return Recovery(len(places), len(places) - len(set(places)), timeouts, len(frames) - len(places))


def in_virtual_time(binary: Path, scenario: Path, data: tuple[Loss, ...], answers: tuple[Loss, ...],
                    messages: int) -> Recovery:
    """The software RNIC of `farlink run` under the same losses; one queue pair, its messages posted at once."""
    def listed(losses):
        return "[" + ", ".join(f"{{psn: {loss.place}, nth: {loss.nth}}}" for loss in losses) + "]"

    command = [str(binary), "run", str(scenario), "--json", "-", "--no-report", "--attribution", "none",
               "--set", f"links.west-east.listed-loss={listed(data)}",
               "--set", f"links.west-east.reverse.listed-loss={listed(answers)}",
               "--set", f"workload.flows.messages={messages}", "--set", f"workload.flows.depth={messages}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}")
    result = json.loads(done.stdout)
    dropped = {link["direction"]: link["dropped"]["listed"] for link in result["links"]}
    if dropped != {"west->east": len(data), "east->west": len(answers)}:
        raise RuntimeError(f"{' '.join(command)}: lost {dropped}")
    flow, = result["flows"]
    back, = (link for link in result["links"] if link["direction"] == "east->west")
    return Recovery(flow["sent"], flow["retransmitted"], flow["timeouts"], back["frames_in"])
