// SPDX-License-Identifier: Apache-2.0
// O10 to O12: PFC and rate matching over a distance. How much headroom, how much below XON, and how long a pause lasts
// that nothing renews.
#include <cmath>

#include "control/headroom/bounds.hpp"
#include "dataplane/link/rate_matcher.hpp"
#include "tools/validate/flows.hpp"
#include "tools/validate/oracle.hpp"
#include "tools/validate/pause_lab.hpp"

namespace farlink::validate {

namespace {

using headroom::Scheme;
using units::BitRate;
using units::Bytes;
using units::Duration;

constexpr double mebi = 1 << 20;

PauseSetup fibre(double km, std::uint64_t gigabits, Scheme scheme) {
  PauseSetup setup;
  setup.rate = setup.drain = BitRate::gigabits(gigabits);
  setup.one_way = Duration::from_seconds(km * 4.8974e-6);
  if (scheme == Scheme::end_to_end) setup.target = link::PauseTarget::senders;
  return setup;
}

std::string describe(double km, std::uint64_t gigabits, const char* scheme) {
  return short_number(km) + " km, " + std::to_string(gigabits) + " Gb/s, " + scheme;
}

// The worst case: the receiver stops while the line is full, and the way back is full too.
std::uint64_t drops_with(PauseSetup setup, Scheme scheme, Bytes headroom) {
  setup.drain = BitRate::megabits(1);
  setup.is_busy_back = true;
  const auto set = scheme == Scheme::relay ? set_relay : set_thresholds;
  set(setup, Bytes{200'000}, Bytes{100'000}, headroom);
  PauseLab lab{setup};
  lab.run_until(setup.one_way * 5);
  return lab.far().dropped.total();
}

// A receiver of half the line's rate; XOFF as low as the bound has it.
double exit_utilisation_with(PauseSetup setup, Scheme scheme, const headroom::Bounds& need) {
  setup.drain = setup.rate / 2;
  if (scheme == Scheme::relay)
    set_relay(setup, need.xoff, need.xon, need.headroom);
  else
    set_thresholds(setup, need.xon + Bytes{full_packet_bytes} * 2, need.xon, Bytes::gibi(1));
  PauseLab lab{setup};
  lab.run_until(setup.one_way * 30);
  return lab.exit_utilisation();
}

void add_bounds(std::vector<Row>& rows, double km, std::uint64_t gigabits, Scheme scheme, const char* name) {
  const PauseSetup setup = fibre(km, gigabits, scheme);
  headroom::Path path = path_of(setup);
  const Bytes headroom = headroom::bounds(scheme, path).headroom;
  const std::string what = describe(km, gigabits, name);
  const double in_flight = static_cast<double>(units::bytes_in(setup.rate, path.round_trip).count());
  rows.push_back({"O10", "headroom over one bandwidth-delay product", what, "", 1,
                  static_cast<double>(headroom.count()) / in_flight, 0.01, Tolerance::relative});
  rows.push_back({"O10", "frames dropped, headroom at the bound", what, "", 0,
                  static_cast<double>(drops_with(setup, scheme, headroom)), 0, Tolerance::absolute});
  const std::uint64_t below = drops_with(setup, scheme, Bytes{headroom.count() / 100 * 99});
  rows.push_back({"O10", "frames dropped, 1 % below", what, "", 1, static_cast<double>(below), 0, Tolerance::at_least});
  path.drain = setup.rate / 2;
  rows.push_back({"O10", "exit busy, XON at the bound", what + ", drain at half the rate", "", 0.99,
                  exit_utilisation_with(setup, scheme, headroom::bounds(scheme, path)), 0, Tolerance::at_least});
}

}  // namespace

std::vector<Row> pause_bounds(const Settings& settings) {
  std::vector<Row> rows;
  add_bounds(rows, 80, 100, Scheme::end_to_end, "end-to-end");
  add_bounds(rows, 80, 100, Scheme::segmented, "segmented");
  if (!settings.affords(3'000'000)) return rows;
  add_bounds(rows, 120, 400, Scheme::end_to_end, "end-to-end");
  add_bounds(rows, 300, 800, Scheme::end_to_end, "end-to-end");
  add_bounds(rows, 300, 800, Scheme::segmented, "segmented");
  add_bounds(rows, 80, 100, Scheme::relay, "relay");
  add_bounds(rows, 300, 800, Scheme::relay, "relay");
  return rows;
}

std::vector<Row> rate_matching_buffer(const Settings&) {
  PauseSetup setup;
  setup.rate = setup.drain = BitRate::gigabits(100);
  setup.one_way = Duration::microseconds(400);
  const headroom::Path path = path_of(setup);
  const std::string what = "80 km (400 us one way), 100 Gb/s";
  std::vector<Row> rows;
  rows.push_back({"O11", "bandwidth-delay product", what, "MiB", 9.54,
                  static_cast<double>(units::bytes_in(setup.rate, path.round_trip).count()) / mebi, 0.02,
                  Tolerance::relative});

  PauseSetup pfc = setup;
  pfc.drain = BitRate::megabits(1);
  set_thresholds(pfc, Bytes::mebi(6), Bytes::mebi(6), headroom::bounds(Scheme::segmented, path).headroom);
  PauseLab paused{pfc};
  paused.run_until(Duration::milliseconds(4));
  rows.push_back({"O11", "PFC, XOFF at 6 MiB: buffer used when the receiver stops", what, "MiB", 15.5,
                  static_cast<double>(paused.far().queue_peak_bytes) / mebi, 0.05, Tolerance::relative});

  // The smallest buffer that rate matching keeps the line busy with, to 0.5 %.
  const auto is_busy = [&](Bytes buffer) {
    PauseSetup matched = setup;
    matched.far_buffer = buffer;
    const Duration frame = units::serialization_time(path.frame, path.rate);
    matched.control = link::RateMatchingConfig{path.rate, headroom::reaction(path) + frame, path.slot};
    PauseLab lab{matched};
    lab.run_until(Duration::milliseconds(8));
    return lab.far().dropped.total() == 0 && lab.exit_utilisation() >= 0.99;
  };
  std::uint64_t least = 5 << 20, most = 20 << 20;
  while (most - least > most / 200) (is_busy(Bytes{(least + most) / 2}) ? most : least) = (least + most) / 2;
  rows.push_back({"O11", "rate matching, slots of 10 us: least buffer without loss and at 99 % of the rate", what,
                  "MiB", 9.72, static_cast<double>(most) / mebi, 0.05, Tolerance::relative});
  return rows;
}

std::vector<Row> pause_expiry(const Settings&) {
  std::vector<Row> rows;
  for (const auto& [gigabits, microseconds] :
       {std::pair{std::uint64_t{100}, 335.5}, {std::uint64_t{400}, 83.9}, {std::uint64_t{800}, 41.9}}) {
    PauseSetup setup = fibre(10, gigabits, Scheme::end_to_end);
    setup.drain = BitRate::megabits(1);
    set_thresholds(setup, Bytes{100'000}, Bytes{50'000}, Bytes::gibi(1));
    std::get<link::FarThresholdConfig>(setup.control).refresh = Duration::zero();
    PauseLab lab{setup};
    lab.set_window(Duration::nanoseconds(50));
    // The longest time without a frame out of the RNIC, which ends when the pause has run out.
    Duration longest, last;
    std::uint64_t frames = 0;
    while (longest < Duration::microseconds(20)) {
      lab.run_until(lab.now() + Duration::nanoseconds(10));
      if (lab.near().frames_in == frames) continue;
      if (frames > 0) longest = std::max(longest, lab.now() - last);
      last = lab.now();
      frames = lab.near().frames_in;
    }
    rows.push_back({"O12", "65535 quanta of XOFF, not renewed: the sender sends again after",
                    std::to_string(gigabits) + " Gb/s", "us", microseconds, longest.seconds() * 1e6, 1,
                    Tolerance::absolute});
  }
  return rows;
}

}  // namespace farlink::validate
