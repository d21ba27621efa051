// SPDX-License-Identifier: Apache-2.0
// The bounds held against the link itself, at 80, 120 and 300 km and 100, 400 and 800 Gb/s: no frame is lost with the
// headroom of the bound and one is with 1 % less; the exit never stands still with the XON of the bound, and with less
// it stands still for as long as the closed form says.
#include <catch2/catch.hpp>

#include "control/headroom/bounds.hpp"
#include "tools/validate/pause_lab.hpp"

namespace farlink::headroom {
namespace {

using validate::full_packet_bytes;
using validate::PauseLab;
using validate::PauseSetup;

struct Fibre {
  std::int64_t km;
  std::uint64_t gigabits;
  Scheme scheme;
};

template <class Check>
void for_each_fibre(Check check) {
  for (const std::int64_t km : {80, 120, 300}) {
    for (const std::uint64_t gigabits : {100U, 400U, 800U}) {
      for (const Scheme scheme : {Scheme::end_to_end, Scheme::segmented}) {
        INFO(km << " km, " << gigabits << " Gb/s, " << (scheme == Scheme::segmented ? "segmented" : "end-to-end"));
        check(Fibre{km, gigabits, scheme});
      }
    }
  }
}

PauseSetup setup_of(const Fibre& fibre, BitRate drain) {
  PauseSetup setup;
  setup.rate = BitRate::gigabits(fibre.gigabits);
  setup.one_way = Duration::picoseconds(4'897'389) * fibre.km;
  setup.drain = drain;
  setup.target = fibre.scheme == Scheme::end_to_end ? link::PauseTarget::senders : link::PauseTarget::serializer;
  return setup;
}

link::FarCounters stopped_receiver(const Fibre& fibre, Bytes headroom) {
  PauseSetup setup = setup_of(fibre, BitRate::megabits(1));
  setup.is_busy_back = true;
  set_thresholds(setup, Bytes{200'000}, Bytes{100'000}, headroom);
  PauseLab lab{setup};
  lab.run_until(setup.one_way * 5);
  CHECK(lab.is_conserved());
  CHECK(lab.near_back().frames_generated == lab.far().signals_sent);
  return lab.far();
}

}  // namespace

TEST_CASE("headroom: nothing is lost with the bound, something with 1 % less") {
  for_each_fibre([](const Fibre& fibre) {
    const Bytes headroom = bounds(fibre.scheme, path_of(setup_of(fibre, BitRate::megabits(1)))).headroom;
    const link::FarCounters enough = stopped_receiver(fibre, headroom);
    CHECK(enough.dropped.total() == 0);
    CHECK(enough.queue_peak_bytes <= headroom.count() + 200'000);
    CHECK(enough.queue_peak_bytes > headroom.count() / 100 * 99 + 200'000);
    CHECK(enough.xoff_sent == 1);
    const link::FarCounters less = stopped_receiver(fibre, Bytes{headroom.count() / 100 * 99});
    CHECK(less.dropped.headroom > 0);
    CHECK(less.dropped.total() == less.dropped.headroom);
  });
}

TEST_CASE("XON: the exit never stands still with the bound, and as long as the closed form says with half of it") {
  for_each_fibre([](const Fibre& fibre) {
    const BitRate drain = BitRate::gigabits(fibre.gigabits) / 2;
    PauseSetup setup = setup_of(fibre, drain);
    const Bytes bound = bounds(fibre.scheme, path_of(setup)).xon;
    for (const Bytes xon : {bound, bound / 2}) {
      set_thresholds(setup, xon + Bytes{full_packet_bytes} * 2, xon, Bytes::gibi(1));
      PauseLab lab{setup};
      lab.run_until(setup.one_way * 24);
      CHECK(lab.far().dropped.total() == 0);
      CHECK(lab.far().xoff_sent > 1);
      if (xon == bound) {
        CHECK(lab.exit_utilisation() > 0.999);
        CHECK(lab.exit_utilisation() < 1.001);
        continue;
      }
      // A cycle: from XON the queue h drains, the exit is idle until the round trip is over, the queue fills at half
      // the rate, goes on doing so for a round trip, and drains back to h.
      const double h = static_cast<double>(xon.count()) * 8, rate = static_cast<double>(fibre.gigabits) * 1e9 / 2;
      const double round_trip = setup.one_way.seconds() * 2;
      const double idle = round_trip - h / rate;
      const double cycle = round_trip + h / rate + round_trip + round_trip;
      CHECK(lab.exit_utilisation() == Approx(1 - idle / cycle).margin(0.03));
      CHECK(lab.exit_utilisation() < 0.95);
    }
  });
}

}  // namespace farlink::headroom
