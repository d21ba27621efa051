// SPDX-License-Identifier: Apache-2.0
// Which further lcore moves the frames of which port. With as many further lcores as ports, or fewer, each port is one
// lcore's; with more, receiving and sending are shared out one by one.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "dataplane/dpdk/relay.hpp"

namespace farlink::dpdk {

class Relays {
 public:
  // lcores: how many there are beside those of the links; 0: ports are served by the links' own.
  Relays(std::vector<Port*> ports, std::size_t lcores);

  // nullptr: the port is served by the link's own lcore.
  ReceiveRelay* receive(const Port& port) noexcept;
  // Makes the way of one more outlet to the port; nullptr: the outlet sends itself.
  TransmitRelay* add_transmit(Port& port, units::Duration max_lag, bool records_lag);

  std::size_t lcores() const noexcept { return shares_.size(); }
  const std::vector<ReceiveRelay*>& receives_of(std::size_t lcore) const noexcept { return shares_[lcore].receives; }
  const std::vector<TransmitRelay*>& transmits_of(std::size_t lcore) const noexcept { return shares_[lcore].transmits; }

 private:
  struct Share {  // of one lcore
    std::vector<ReceiveRelay*> receives;
    std::vector<TransmitRelay*> transmits;
  };
  std::size_t number_of(const Port& port) const noexcept;

  std::vector<Port*> ports_;
  std::vector<std::unique_ptr<ReceiveRelay>> receives_;  // by port
  std::vector<std::unique_ptr<TransmitRelay>> transmits_;
  std::vector<Share> shares_;
};

}  // namespace farlink::dpdk
