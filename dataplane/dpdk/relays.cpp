// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/relays.hpp"

#include <algorithm>
#include <utility>

namespace farlink::dpdk {

Relays::Relays(std::vector<Port*> ports, std::size_t lcores) : ports_{std::move(ports)}, shares_(lcores) {
  if (lcores == 0) return;
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    receives_.push_back(std::make_unique<ReceiveRelay>(*ports_[i]));
    shares_[i % lcores].receives.push_back(receives_.back().get());
  }
}

std::size_t Relays::number_of(const Port& port) const noexcept {
  return static_cast<std::size_t>(std::find(ports_.begin(), ports_.end(), &port) - ports_.begin());
}

ReceiveRelay* Relays::receive(const Port& port) noexcept {
  return shares_.empty() ? nullptr : receives_[number_of(port)].get();
}

TransmitRelay* Relays::add_transmit(Port& port, units::Duration max_lag, bool records_lag) {
  if (shares_.empty()) return nullptr;
  transmits_.push_back(std::make_unique<TransmitRelay>(port, max_lag, records_lag));
  // One port's outlets are all one lcore's, so that nobody has to wait for a lock.
  const std::size_t number = number_of(port);
  const std::size_t task = shares_.size() > ports_.size() ? ports_.size() + number : number;
  shares_[task % shares_.size()].transmits.push_back(transmits_.back().get());
  return transmits_.back().get();
}

}  // namespace farlink::dpdk
