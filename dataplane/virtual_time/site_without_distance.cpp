// SPDX-License-Identifier: Apache-2.0
// Sites between which there is no distance. A frame still takes its time in the exit port of a far edge, so within the
// shortest such time no site can learn what another does, and hundreds of RNICs do much in it.
#include <algorithm>

#include "dataplane/units/prefetch.hpp"
#include "dataplane/virtual_time/frame_adapter.hpp"
#include "dataplane/virtual_time/site.hpp"

namespace farlink::virtual_time {

void Site::look_for_exits(Instant limit) {
  known_exits_.clear();
  for (link::Direction* direction : incoming_) {
    for (const link::FarEdge::Exit& exit : direction->far().tell_exits(limit)) {
      units::prefetch<1>(exit.frame);
      nics_[exit.port]->prefetch_for_arrival();
      known_exits_.push_back({exit.at, exit.frame});
    }
  }
  if (incoming_.size() > 1)
    std::stable_sort(known_exits_.begin(), known_exits_.end(),
                     [](const KnownExit& a, const KnownExit& b) { return a.at < b.at; });
}

void Site::prefetch_exits() const noexcept {
  for (const KnownExit& exit : known_exits_) {
    const link::Descriptor& d = exit.frame->descriptor;
    const rnic::Nic& nic = *nics_[d.egress_port];
    nic.prefetch_arrival(d.destination_qp, static_cast<wire::Opcode>(d.opcode));
    if ((d.flags & flag_ack_request) != 0) nic.prefetch_arrival(d.destination_qp, wire::Opcode::acknowledge);
  }
}

bool Site::run_known(Instant limit) {
  bool has_run = false;
  for (std::size_t next = 0;;) {
    const Due due = next_of_site();
    if (next < known_exits_.size() && known_exits_[next].at <= due.at) {
      take_known(next++);
      continue;
    }
    if (due.at >= limit) break;
    dispatch(due);
    has_run = true;
  }
  for (link::Direction* direction : outgoing_) {
    direction->near().settle(limit - Duration::picoseconds(1));
    if (direction->near().has_outputs()) take_near(*direction);
  }
  return has_run || !known_exits_.empty();
}

void Site::take_known(std::size_t index) {
  const KnownExit& exit = known_exits_[index];
  const link::Descriptor& d = exit.frame->descriptor;
  const std::uint32_t number = d.egress_port;
  rnic::Nic& nic = *nics_[number];
  last_event_ = exit.at;
  deliver(d, nic, exit.at);
  nic_events_.set(number, nic.next_event());
  if (!nic.completions().empty()) hand_over(number, exit.at);
}

void Site::pass_far_edges(Instant limit) noexcept {
  for (link::Direction* direction : incoming_) direction->far().pass(limit);
}

}  // namespace farlink::virtual_time
