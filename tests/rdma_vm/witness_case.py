# SPDX-License-Identifier: Apache-2.0
"""Linux Soft-RoCE as a witness: under the same listed losses it does what the software RNIC does, or something else that
its source explains. What is compared and why: docs/witness.md. rdma_vm_test.py runs it between its guests."""
from dataclasses import dataclass
from pathlib import Path

from farlink_middle import BACK, FORWARD
from live_case import BINARY, LONGEST_DELAY_MS, LiveCase
from perftest import Perftest
from recovery import Loss, Recovery, go_backs, in_virtual_time, on_the_line
from rig import EAST, REPOSITORY, WEST
from roce_capture import PSNS, RoceFrame, frames_towards

SCENARIO = REPOSITORY / "scenarios/lab/soft-roce-witness.yaml"
MESSAGES, FRAMES_OF_MESSAGE = 6, 16
LAST = MESSAGES * FRAMES_OF_MESSAGE - 1
WINDOW = 129  # frames that rxe has outstanding at most
ACK_TIMEOUT = 20  # 4.3 s, as in the scenario: a guest that gets no processor for a second has not lost anything
ATTEMPTS = 3


@dataclass(frozen=True)
class Case:
    what_is_lost: str
    retransmitted: int  # from where the sender goes back to, up to LAST, each time
    data: tuple[Loss, ...] = ()
    answers: tuple[Loss, ...] = ()
    naks: int = 0
    timeouts: int = 0
    duplicates: int = 0
    # Where rxe goes its own way, by its source:
    naks_not_obeyed: int = 0  # one that comes while it goes back for another, with no ACK between; then its timer
    naks_not_counted: int = 0  # those that never came, and those that name the oldest unacknowledged frame

    @property
    def rxe_answers(self):
        """rxe acknowledges each duplicate, asked or not."""
        return MESSAGES + self.naks + self.duplicates

    @property
    def expected(self):
        """Of the software RNIC, which acknowledges a duplicate that asks for it: the end of a message."""
        return Recovery(LAST + 1 + self.retransmitted, self.retransmitted, self.timeouts,
                        MESSAGES + self.naks + (Loss(LAST) in self.answers))


CASES = [
    Case("a frame in the middle of a message", 57, (Loss(39),), naks=1),
    Case("the first frame of a message", 48, (Loss(48),), naks=1, naks_not_counted=1),
    Case("the last frame of a message", 49, (Loss(47),), naks=1),
    Case("two frames", 57, (Loss(39), Loss(70)), naks=1),
    Case("a frame, and one of a later message when sent again", 57 + 26, (Loss(39), Loss(70, 2)), naks=2),
    Case("a frame, and one of its own message when sent again", 57 + 52, (Loss(39), Loss(44, 2)), naks=2,
         naks_not_obeyed=1),
    Case("a frame, twice", 57 + 57, (Loss(39), Loss(39, 2)), naks=1, timeouts=1),
    Case("the very last frame", 16, (Loss(LAST),), timeouts=1, duplicates=15),
    Case("a frame and the NAK for it", 64, (Loss(39),), (Loss(39),), naks=1, timeouts=1, duplicates=7,
         naks_not_counted=1),
    Case("the last ACK", 16, (), (Loss(LAST),), timeouts=1, duplicates=16),
    Case("an ACK before the last", 0, (), (Loss(47),)),
]


@dataclass(frozen=True)
class Witness:
    """What was seen of rxe."""
    frames: list[RoceFrame]
    first_psn: int
    timer_s: float

    @property
    def recovery(self):
        return on_the_line(self.frames, self.first_psn, self.timer_s)

    @property
    def steps(self):
        return go_backs(self.frames, self.first_psn)

    def is_prompt(self):
        first_answer = next((i for i, frame in enumerate(self.frames) if frame.is_answer), None)
        return not go_backs(self.frames[:first_answer], self.first_psn) and all(
            step.reached == LAST for step in self.steps)

    @property
    def naks(self):
        return [frame for frame in self.frames if frame.is_nak]


def listed(qp: int, first_psn: int, losses: tuple[Loss, ...]) -> str:
    return "listed-loss=[" + ", ".join(
        f"{{qp: {qp}, psn: {(first_psn + loss.place) % PSNS}, nth: {loss.nth}}}" for loss in losses) + "]"


class WitnessCase(LiveCase):
    def watch(self, test, data, answers) -> Witness:
        ends = []

        def name_frames(client, server):
            ends.extend((client, server))
            self.middle.set(listed(server.qp, client.psn, data), direction=FORWARD)
            self.middle.set(listed(client.qp, client.psn, answers), direction=BACK)

        def read(file: Path):
            client, server = ends
            return Witness(frames_towards(file, client.qp, server.qp), client.psn, 4.096e-6 * 2 ** test.ack_timeout)

        self.middle.set(f"delay={LONGEST_DELAY_MS}ms", "listed-loss=[]")
        self.count_from_now()
        return self.run_captured(test, "line", "both", read, name_frames)

    def watch_one_window(self, test, case) -> Witness:
        """Until neither guest was held up: nothing was still to be sent whenever the sender went back, and the first
        answer, which no case loses, was there before."""
        for _ in range(ATTEMPTS):
            seen = self.watch(test, case.data, case.answers)
            if seen.is_prompt():
                return seen
        self.fail(f"a guest was held up, {ATTEMPTS} times: {seen.steps}")

    def assert_rxe_counted(self, case, seen):
        """rxe's own counters are what the line saw."""
        west, east = self.guest(WEST), self.guest(EAST)
        self.assertEqual(west["sent_pkts"], seen.recovery.sent)
        self.assertEqual(east["sent_pkts"], seen.recovery.answers)
        self.assertEqual(east["out_of_seq_request"], len(seen.naks))
        self.assertEqual(west["rcvd_seq_err"], len(seen.naks) - case.naks_not_counted)
        self.assertEqual(west["completer_retry_err"], len(seen.steps))
        self.assertEqual(east["duplicate_request"], case.duplicates)
        self.assertEqual(west["retry_exceeded_err"], 0)
        self.assertEqual(self.link(FORWARD).dropped["listed"], len(case.data))
        self.assertEqual(self.link(BACK).dropped["listed"], len(case.answers))
        self.assert_nothing_else_crossed_or_was_lost()

    def hold_against(self, case, program):
        test = Perftest(program, iterations=MESSAGES, ack_timeout=ACK_TIMEOUT)
        seen = self.watch_one_window(test, case)
        rxe = seen.recovery
        ours = in_virtual_time(BINARY, SCENARIO, case.data, case.answers, MESSAGES)
        print(f"\n{program}, lost {case.what_is_lost}: again {rxe.retransmitted} / {ours.retransmitted}, "
              f"NAKs {len(seen.naks)}, timeouts {rxe.timeouts} / {ours.timeouts} (rxe / software RNIC)", flush=True)
        self.assert_rxe_counted(case, seen)
        self.assertEqual((rxe.sent, rxe.retransmitted), (ours.sent, ours.retransmitted))
        self.assertEqual(rxe.timeouts, ours.timeouts + case.naks_not_obeyed)
        self.assertEqual(ours, case.expected)
        self.assertEqual((len(seen.naks), rxe.answers), (case.naks, case.rxe_answers))

    def test_writes_are_recovered_alike(self):
        for case in CASES:
            with self.subTest(lost=case.what_is_lost):
                self.hold_against(case, "ib_write_bw")

    def test_sends_are_recovered_alike(self):
        self.hold_against(CASES[0], "ib_send_bw")

    def test_a_full_window_is_sent_again(self):
        """Fifty messages, more than a window: how many frames are out when the NAK comes depends on how fast the sender
        is, and on how many answers it reads at a time. It sends again what is out, a window at most."""
        case = Case("frame 300 of 800", 0, (Loss(300),))
        test = Perftest("ib_write_bw", iterations=50, ack_timeout=ACK_TIMEOUT)
        seen = self.watch(test, case.data, case.answers)
        rxe, ours = seen.recovery, in_virtual_time(BINARY, SCENARIO, case.data, case.answers, test.iterations)
        nak, = seen.naks
        step, = seen.steps
        places = [(frame.psn - seen.first_psn) % PSNS for frame in seen.frames
                  if not frame.is_answer and frame.time_s < nak.time_s + LONGEST_DELAY_MS / 1000]
        out = sum(place >= 300 for place in places)
        print(f"\nlost {case.what_is_lost}: again {rxe.retransmitted} / {ours.retransmitted} (rxe / software RNIC); "
              f"{out} were out when the NAK came to the guest", flush=True)
        self.assert_rxe_counted(case, seen)
        self.assertEqual(sorted(places), list(range(len(places))), "nothing is sent again before the NAK is there")
        self.assertEqual((step.to, rxe.retransmitted), (300, step.reached - 300 + 1))
        self.assertTrue(out <= rxe.retransmitted <= WINDOW)
        self.assertLessEqual(ours.retransmitted, WINDOW)
        self.assertEqual((rxe.timeouts, ours.timeouts), (0, 0))
