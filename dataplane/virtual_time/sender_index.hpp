// SPDX-License-Identifier: Apache-2.0
// Which queue pair of an RNIC sends to a given one: a frame names the queue pair that it goes to, and a near edge that
// answers it has to find where it came from. Built when it is first asked, and added to when queue pairs were opened
// since. Owner: the site.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "dataplane/rnic/nic.hpp"

namespace farlink::virtual_time {

class SenderIndex {
 public:
  static constexpr std::uint32_t none = ~0U;

  // Of `nic`, the queue pair whose frames leave by `route` for `destination_qp` behind `egress_port`.
  std::uint32_t find(const rnic::Nic& nic, std::uint16_t route, std::uint16_t egress_port,
                     std::uint32_t destination_qp) {
    for (; known_ < nic.qp_count(); ++known_) {
      const std::uint32_t qp = rnic::first_qp_number + known_;
      const rnic::Responder& responder = nic.responder(qp);
      queue_pairs_[key(responder.path().route, responder.path().egress_port, responder.destination_qp())] = qp;
    }
    const auto found = queue_pairs_.find(key(route, egress_port, destination_qp));
    return found == queue_pairs_.end() ? none : found->second;
  }

 private:
  static std::uint64_t key(std::uint16_t route, std::uint16_t egress_port, std::uint32_t qp) noexcept {
    return (std::uint64_t{route} << 40) | (std::uint64_t{egress_port} << 24) | qp;
  }
  std::uint32_t known_ = 0;
  std::unordered_map<std::uint64_t, std::uint32_t> queue_pairs_;
};

}  // namespace farlink::virtual_time
