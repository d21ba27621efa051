// SPDX-License-Identifier: Apache-2.0
// One WRITE with immediate from west to east over a lossy fibre, from beginning to end.
#pragma once

#include <set>
#include <utility>

#include "tests/rnic/two_nics.hpp"

namespace farlink::testing {

// Loses the listed frames of one side, counted from 0 in the order they leave.
inline FateOf lose(Side side, std::set<std::size_t> numbers) {
  return [side, numbers = std::move(numbers)](const Sent& sent) {
    return sent.from == side && numbers.count(sent.number) > 0 ? Fate::lost : Fate::delivered;
  };
}

struct WriteRun {
  WriteRun(const rnic::Config& config, std::size_t packets, const FateOf& fate, std::uint32_t first_psn = 0)
      : lab{config}, qp{lab.connect(first_psn)}, west{pattern(packets * 4096, 1)}, east(packets * 4096) {
    lab.set_fate(fate);
    lab.post(Side::west, qp, request(Operation::write_with_immediate, west, &east));
    lab.run();
  }
  const rnic::RequesterCounters& sender() { return lab.nic(Side::west).requester(qp).counters(); }
  const rnic::ResponderCounters& receiver() { return lab.nic(Side::east).responder(qp).counters(); }
  bool is_complete() const {
    return east == west && lab.done(Side::west, Completion::Kind::sent).size() == 1 &&
           lab.done(Side::east, Completion::Kind::received).size() == 1;
  }

  TwoNics lab;
  std::uint32_t qp;
  std::vector<std::byte> west, east;
};

}  // namespace farlink::testing
