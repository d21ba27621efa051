// SPDX-License-Identifier: Apache-2.0
// Loses exactly the frames that the scenario names: the nth frame that matches {destination QP, PSN, opcode}; an unset
// field matches all. Counts frames in ingress order.
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/link/config.hpp"

namespace farlink::link {

class ListedLoss {
 public:
  explicit ListedLoss(const std::vector<ListedFrame>& listed) { reconfigure(listed); }

  // Entries that stay keep their count.
  void reconfigure(const std::vector<ListedFrame>& listed) {
    std::vector<Entry> next;
    next.reserve(listed.size());
    for (const ListedFrame& frame : listed) {
      std::uint64_t seen = 0;
      for (const Entry& entry : entries_)
        if (entry.frame == frame) seen = entry.seen;
      next.push_back({frame, seen});
    }
    entries_ = std::move(next);
  }

  bool loses(const Descriptor& d) noexcept {
    bool is_lost = false;
    for (Entry& entry : entries_) {
      const ListedFrame& f = entry.frame;
      if (f.destination_qp && *f.destination_qp != d.destination_qp) continue;
      if (f.psn && *f.psn != d.psn) continue;
      if (f.opcode && *f.opcode != d.opcode) continue;
      is_lost |= ++entry.seen == f.nth;
    }
    return is_lost;
  }

 private:
  struct Entry {
    ListedFrame frame;
    std::uint64_t seen = 0;
  };
  std::vector<Entry> entries_;
};

}  // namespace farlink::link
