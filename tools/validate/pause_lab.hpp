// SPDX-License-Identifier: Apache-2.0
// A link that is lossless over its distance, in virtual time: a RNIC that always has something to send, a far edge that
// drains as slowly as it is told, and what happens in between.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "control/headroom/bounds.hpp"
#include "dataplane/virtual_time/engine.hpp"

namespace farlink::validate {

struct PauseSetup {
  units::BitRate rate;  // of RNIC and line, both ways
  units::Duration one_way;
  units::BitRate drain;  // of the exit port
  units::Bytes far_buffer;
  link::FarControlConfig control = {};
  link::PauseTarget target = link::PauseTarget::serializer;
  bool is_busy_back = false;  // the other direction is full too, so that pause frames have to wait
};

// What the bounds ask of it; slots of 10 us.
headroom::Path path_of(const PauseSetup& setup);
// XOFF over the fibre with renewal, as control/headroom's far_settings() would make it.
void set_thresholds(PauseSetup& setup, units::Bytes xoff, units::Bytes xon, units::Bytes headroom);
// The same as thresholds of the receivers behind a far edge that relays their pauses.
void set_relay(PauseSetup& setup, units::Bytes xoff, units::Bytes xon, units::Bytes headroom);

class PauseLab {
 public:
  explicit PauseLab(const PauseSetup& setup);
  ~PauseLab();

  // Runs on to the first event at or after `end`, give or take a window.
  void run_until(units::Duration end);
  // Windows of this length at most.
  void set_window(units::Duration window) { engine_.set_longest_window(window); }
  units::Duration now() const { return engine_.last_event().since_start(); }

  const link::NearCounters& near() const { return engine_.direction(0, 0).near().counters(); }
  const link::FarCounters& far() const { return engine_.direction(0, 0).far().counters(); }
  const link::NearCounters& near_back() const { return engine_.direction(0, 1).near().counters(); }
  bool is_conserved() const;

  // Of the exit port since the first frame arrived, 1 when it never stood still.
  double exit_utilisation() const;

 private:
  class Sender;
  PauseSetup setup_;
  virtual_time::Engine engine_;
  std::vector<std::unique_ptr<Sender>> senders_;
};

// A pause frame and a full packet on the line, as the lab has them.
inline constexpr std::uint32_t full_packet_bytes = 4'178;

}  // namespace farlink::validate
