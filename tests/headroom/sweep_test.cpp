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

TEST_CASE(
    "relay: the headroom of one bandwidth-delay product is enough for all that receivers do, and 1 % less is not") {
  for (const std::int64_t km : {80, 120, 300}) {
    for (const std::uint64_t gigabits : {100U, 400U, 800U}) {
      INFO(km << " km, " << gigabits << " Gb/s");
      const Fibre fibre{km, gigabits, Scheme::relay};
      PauseSetup setup = setup_of(fibre, BitRate::megabits(1));
      setup.is_busy_back = true;
      const Bounds need = bounds(Scheme::relay, path_of(setup));
      for (const bool is_enough : {true, false}) {
        const Bytes headroom = is_enough ? need.headroom : Bytes{need.headroom.count() / 100 * 99};
        set_relay(setup, Bytes{200'000}, Bytes{100'000}, headroom);
        PauseLab lab{setup};
        lab.run_until(setup.one_way * 5);
        CHECK(lab.is_conserved());
        CHECK(lab.near_back().frames_generated == lab.far().signals_sent);
        CHECK(lab.far().xoff_sent == 1);
        CHECK((lab.far().dropped.total() == 0) == is_enough);
        CHECK(lab.far().dropped.total() == lab.far().dropped.headroom);
        CHECK(lab.far().queue_peak_bytes <= headroom.count() + 200'000);
        CHECK(lab.far().queue_peak_bytes > headroom.count() / 100 * 99 + 200'000);
      }
    }
  }
}

TEST_CASE("relay: the exit never stands still with the XON of the bound, and does with an eighth of it") {
  for (const std::int64_t km : {80, 300}) {
    for (const std::uint64_t gigabits : {100U, 400U}) {
      for (const std::uint64_t tenths : {3U, 5U, 8U}) {
        INFO(km << " km, " << gigabits << " Gb/s, receivers at " << tenths << " tenths of it");
        PauseSetup setup = setup_of({km, gigabits, Scheme::relay}, BitRate::gigabits(gigabits) / 10 * tenths);
        const Bounds need = bounds(Scheme::relay, path_of(setup));
        for (const bool is_enough : {true, false}) {
          const Bytes xon = is_enough ? need.xon : need.xon / 8;
          set_relay(setup, xon * 2, xon, need.headroom);
          PauseLab lab{setup};
          lab.run_until(setup.one_way * 60);
          CHECK(lab.far().dropped.total() == 0);
          CHECK(lab.far().xoff_sent > 5);
          CHECK((lab.exit_utilisation() > 0.9998) == is_enough);
          CHECK(lab.exit_utilisation() < (is_enough ? 1.001 : 0.9985));
        }
      }
    }
  }
}

TEST_CASE("relay: pauses every few microseconds do not add up, since each XON is told later") {
  PauseSetup setup = setup_of({80, 100, Scheme::relay}, BitRate::gigabits(50));
  setup.is_busy_back = true;
  const Bytes headroom = bounds(Scheme::relay, path_of(setup)).headroom;
  for (const bool is_later : {true, false}) {
    set_relay(setup, Bytes{60'000}, Bytes{30'000}, headroom);
    if (!is_later) std::get<link::PauseRelayConfig>(setup.control).xon_later = Duration::zero();
    PauseLab lab{setup};
    lab.run_until(setup.one_way * 100);
    CHECK(lab.far().xoff_sent > 1'000);
    CHECK((lab.far().dropped.headroom == 0) == is_later);
    // Half of what is on its way is in the gateway while receivers take half of the rate.
    if (is_later) CHECK(lab.far().queue_peak_bytes < headroom.count() / 2 + 100'000);
  }
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
