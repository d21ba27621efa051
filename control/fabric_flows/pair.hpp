// SPDX-License-Identifier: Apache-2.0
// The messages of a rank pair: one flow, whose queue pairs go along side by side. Times are picoseconds, rates bytes
// on the line per picosecond.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "control/fabric/fabric.hpp"
#include "dataplane/units/draws.hpp"

namespace farlink::fabric_flows {

// Of a message, from being posted to its acknowledgement.
struct Transfer {
  fabric::Message message;
  units::Instant posted;
  std::uint64_t packets = 0;
  double bytes = 0;  // on the line, of the data alone
  double start = 0;  // of sending
  double wait_at_start = 0;
};

struct Pair {
  std::uint32_t path = 0, back = 0;                     // of the data and of its answers
  std::uint32_t near_nic = 0, far_nic = 0;              // of all sites
  std::vector<std::pair<std::uint32_t, double>> waves;  // that its queue pairs are on, and their share; together 1
  std::vector<std::uint32_t> waves_back;
  std::vector<double> blocked;  // by queue pair; see repairs.hpp
  units::Draws draws;
  std::uint64_t next_draw = 0;

  std::deque<Transfer> transfers;        // that are not acknowledged
  std::uint32_t delivered = 0;           // the first so many of them
  std::uint32_t departed = 0, sent = 0;  // likewise: whose arrival is known, and that were sent once

  // What is being sent.
  bool is_active = false;
  bool is_repairing = false;  // packets of transfers[sent] that were lost, or thrown away behind a loss
  double rate = 0;            // 0: not yet given
  double end = 0;             // on the clock of the line
  double work = 0;            // bytes of this segment, until there is a rate
  double left = 0;            // bytes of the message behind this segment
  double repair_ready = 0;
  double carried = 0;  // bytes to be sent again together with the next message
  std::uint32_t version = 0;

  // Queue pairs that have lost the last packet of the message that was sent last, which the timer tells at `deadline`,
  // unless another message does.
  std::vector<std::uint32_t> untold;
  double deadline = 0;
  std::uint32_t missing_answers = 0;  // acknowledgements that were lost, for which a later one stands
  double answer_deadline = 0;         // or the timer

  double last_arrival = 0;
  // With a window that may be used up: ends of what is on its way, as bytes sent so far, and when they are known to
  // have arrived.
  struct Chunk {
    double sent = 0, acknowledged = 0;
  };
  std::deque<Chunk> chunks;
  double sent_bytes = 0, acknowledged_bytes = 0;
  bool is_waiting = false;  // for the window
};

}  // namespace farlink::fabric_flows
