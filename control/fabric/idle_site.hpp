// SPDX-License-Identifier: Apache-2.0
// A site whose ranks do nothing of their own.
#pragma once

#include <string>

#include "control/fabric/fabric.hpp"

namespace farlink::fabric {

class IdleSite : public SiteDriver {
 public:
  void start(SiteFabric&, units::Instant) override {}
  void on_wake(std::uint64_t, units::Instant) override {}
  void on_delivered(const Message&, units::Instant, units::Instant) override {}
  void on_acknowledged(const Message&, units::Instant) override {}
  bool is_finished() const override { return true; }
  std::string waiting_for() const override { return "nothing"; }
};

}  // namespace farlink::fabric
