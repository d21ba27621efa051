// SPDX-License-Identifier: Apache-2.0
// What losses cost a message: which of its packets are lost is drawn, and what each loss costs the queue pair that has
// it follows from how RNICs recover. Go-back-N: what the queue pair sends between the loss and the NAK, a round trip
// later, is for nothing, and is sent again. Selective repeat: the packet alone is sent again, and the queue pair stands
// still when its window is used up before that is acknowledged. The last packet of a message that nothing follows has
// no successor whose arrival would tell: the timer has to, or the next message. Times are picoseconds since the start
// of the run.
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/units/draws.hpp"

namespace farlink::fabric_flows {

struct RecoverySettings {
  bool is_selective = false;
  bool naks_again = false;  // a lost retransmission has a NAK of its own; else the timer finds it
  double timeout = 0;       // of the retransmission timer; infinity: none
  double window = 0;        // packets of a queue pair
};

// A message as it was sent: its packets evenly over the queue pairs, which were served in turn.
struct Sending {
  double start = 0, end = 0;
  double round_trip = 0;                      // of a packet and its answer, but for the queue of the line
  double wait_at_start = 0, wait_at_end = 0;  // in that queue
  std::uint64_t packets = 0;                  // of all queue pairs together
  double loss = 0;                            // of each packet, 0-1
  double answer_loss = 0;                     // of a NAK
  bool is_followed = false;                   // another message of the pair goes on behind it
};

// The time from a loss that was told until its packet has been sent for good, but for the round trip that telling it
// takes; counts what happens.
struct Repair;
double retry(const RecoverySettings& settings, const Sending& sending, const units::Draws& draws,
             std::uint64_t& ordinal, Repair& repair);

struct Repair {
  double resent_now = 0;    // packets that are to be sent again from `end` on
  double resent_later = 0;  // packets that go again behind that, when their queue pair gets on
  double ready = 0;         // when the last packet will have been sent, at least; 0: with the message
  std::uint64_t lost = 0, resent = 0, timeouts = 0;
  // The last packet of these queue pairs, and nothing behind it that would tell.
  std::vector<std::uint32_t> untold;
};

// blocked[q]: until when queue pair q makes no progress; goes on from message to message. `draws` and `first`: the
// random stream of the pair, and the ordinal of its next draw, which moves on.
Repair repair(const RecoverySettings& settings, const Sending& sending, std::vector<double>& blocked,
              const units::Draws& draws, std::uint64_t& first);

}  // namespace farlink::fabric_flows
