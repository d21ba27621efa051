// SPDX-License-Identifier: Apache-2.0
// A far edge that holds the near one back over the fibre: the same run for windows of any length, frames of the reverse
// direction for what is told, and nothing lost where the headroom suffices.
#include "tests/virtual_time/two_sites.hpp"

namespace farlink::virtual_time::test {
namespace {

enum class Mode { serializer, senders, rate_matched, relay };

link::FarControlConfig control_of(Mode mode, Duration delay) {
  if (mode == Mode::rate_matched)
    return link::RateMatchingConfig{units::BitRate::bits_per_second(133'333'333'334),
                                    delay * 2 + Duration::microseconds(5), Duration::microseconds(3)};
  if (mode == Mode::relay)
    return link::PauseRelayConfig{units::BitRate::bits_per_second(133'333'333'334),
                                  units::Bytes{20'000},
                                  units::Bytes{8'000},
                                  units::Bytes{40'000},
                                  Duration::nanoseconds(2'400),
                                  Duration::microseconds(20)};
  link::FarThresholdConfig control;
  control.xoff = units::Bytes{20'000};
  control.xon = units::Bytes{8'000};
  control.headroom = units::Bytes{40'000};
  control.refresh = Duration::microseconds(20);
  return control;
}

// Three RNICs both ways into narrow exit ports, two waves, jitter, losses (of pause frames too) and copies.
Setup congested(Mode mode, std::uint64_t seed, Duration delay) {
  Setup setup = two_rough_waves(seed, delay);
  link::DirectionConfig& f = setup.forward;
  f.near_edge.pause_target = mode == Mode::senders ? link::PauseTarget::senders : link::PauseTarget::serializer;
  f.impairments.loss = units::Probability::of(5e-3);
  f.far_edge.port_rate = units::BitRate::gigabits(20);
  if (mode == Mode::rate_matched)
    f.far_edge.buffer = link::RateMatcher::least_buffer(std::get<link::RateMatchingConfig>(control_of(mode, delay)));
  f.far_edge.control = control_of(mode, delay);
  return both_ways(setup);
}

// One RNIC of 100 Gb/s over 100 us into an exit of half the rate.
Setup one_sender(link::PauseTarget target, std::uint64_t headroom) {
  Setup setup = plain(units::BitRate::gigabits(100), Duration::microseconds(100));
  setup.nic.window = 100'000;
  setup.nic.ack_timeout = 0;
  setup.forward.near_edge.pause_target = target;
  setup.forward.far_edge.port_rate = units::BitRate::gigabits(50);
  link::FarThresholdConfig control;
  control.xoff = units::Bytes{1'300'000};
  control.xon = units::Bytes{1'270'000};
  control.headroom = units::Bytes{headroom};
  control.refresh = Duration::microseconds(100);
  setup.forward.far_edge.buffer = control.xoff + control.headroom;
  setup.forward.far_edge.control = control;
  return setup;
}

}  // namespace

TEST_CASE("windows of any length, and stepping together, agree on a far edge that holds back") {
  for (const Mode mode : {Mode::serializer, Mode::senders, Mode::rate_matched, Mode::relay}) {
    for (const Duration delay : {Duration::microseconds(100), Duration::nanoseconds(700)}) {
      for (const std::uint64_t seed : {1U, 2U}) {
        std::vector<Event> first[2];
        link::FarCounters told[2];
        for (const Duration window :
             {Duration::max(), Duration::zero(), Duration::nanoseconds(333), Duration::picoseconds(50'001)}) {
          INFO("mode " << static_cast<int>(mode) << ", seed " << seed << ", delay " << delay.picoseconds()
                       << " ps, window " << window.picoseconds() << " ps");
          TwoSites sites{congested(mode, seed, delay)};
          post_some(sites, seed);
          sites.engine.set_longest_window(window);
          REQUIRE(sites.run() == Engine::End::finished);
          for (std::uint32_t i = 0; i < 2; ++i) {
            const link::FarCounters& far = sites.engine.direction(0, i).far().counters();
            if (window == Duration::max()) {
              first[i] = sites.handlers[i]->events;
              told[i] = far;
            }
            CHECK(sites.handlers[i]->events == first[i]);
            CHECK(far.xoff_sent == told[i].xoff_sent);
            CHECK(far.dropped.headroom == told[i].dropped.headroom);
            CHECK(far.queue_peak_bytes == told[i].queue_peak_bytes);
            CHECK(far.xoff_sent > 0);
            CHECK(sites.engine.direction(0, i).is_conserved());
            // Frames of the other direction, and some of them lost.
            const link::NearCounters& back = sites.engine.direction(0, 1 - i).near().counters();
            CHECK(back.frames_generated == far.signals_sent);
            CHECK(sites.engine.direction(0, 1 - i).far().counters().frames_absorbed <= far.signals_sent);
          }
        }
        CHECK(first[0].size() + first[1].size() == 120);
      }
    }
  }
}

TEST_CASE("two far edges that hold each other's sites do not lock up without any delay") {
  for (const Mode mode : {Mode::serializer, Mode::senders, Mode::rate_matched, Mode::relay}) {
    TwoSites sites{congested(mode, 5, Duration::zero())};
    post_some(sites, 5);
    REQUIRE(sites.run() == Engine::End::finished);
    CHECK(sites.handlers[0]->events.size() + sites.handlers[1]->events.size() == 120);
  }
}

TEST_CASE("with its headroom nothing is lost and the exit is never idle, in either mode") {
  for (const link::PauseTarget target : {link::PauseTarget::serializer, link::PauseTarget::senders}) {
    TwoSites sites{one_sender(target, 2'520'000)};
    sites.handlers[0]->post_at(Instant::start(), 0, sites.pairs[0].near_qp, 40'000'000);
    REQUIRE(sites.run() == Engine::End::finished);
    const link::Direction& there = sites.engine.direction(0, 0);
    CHECK(there.far().counters().dropped.total() == 0);
    CHECK(there.far().counters().xoff_sent > 3);
    CHECK(there.far().counters().queue_peak_bytes > 2'500'000);
    CHECK(there.is_conserved());
    CHECK(sites.engine.direction(0, 1).is_conserved());
    CHECK(sites.engine.direction(0, 1).far().counters().frames_absorbed == there.far().counters().signals_sent);
    // 40 MB in packets of 4178 B at 50 Gb/s, one way there, a packet's time on line and exit, and the ACK's way back.
    const double packets = 40e6 / 4096;
    CHECK(static_cast<double>(sites.handlers[0]->events.at(0).at) * 1e-12 ==
          Approx(packets * 4178 * 8 / 50e9 + 200e-6).epsilon(0.002));
  }
}

TEST_CASE("segmented holds the near edge's queue, end-to-end the senders") {
  std::uint64_t near_peak[2] = {};
  for (const bool is_end_to_end : {false, true}) {
    TwoSites sites{one_sender(is_end_to_end ? link::PauseTarget::senders : link::PauseTarget::serializer, 2'520'000)};
    sites.handlers[0]->post_at(Instant::start(), 0, sites.pairs[0].near_qp, 40'000'000);
    REQUIRE(sites.run() == Engine::End::finished);
    near_peak[is_end_to_end ? 1 : 0] = sites.engine.direction(0, 0).near().counters().queue_peak_bytes;
  }
  CHECK(near_peak[0] > 1'000'000);  // nobody holds the RNIC: this near edge has no threshold
  CHECK(near_peak[1] < 10'000);
}

TEST_CASE("a pause whose renewals are lost ends by itself, and the frames it let through find no headroom") {
  Setup setup = one_sender(link::PauseTarget::senders, 2'520'000);
  setup.forward.far_edge.port_rate = units::BitRate::megabits(10);
  std::get<link::FarThresholdConfig>(setup.forward.far_edge.control).refresh = Duration::zero();
  TwoSites sites{setup};
  sites.handlers[0]->post_at(Instant::start(), 0, sites.pairs[0].near_qp, 40'000'000);
  Engine& engine = sites.engine;
  engine.run([&engine] { return engine.last_event() < Instant::at(Duration::milliseconds(2)); });
  CHECK(engine.direction(0, 0).near().counters().pauses_expired == 1);
  CHECK(engine.direction(0, 0).far().counters().signals_sent == 1);
  CHECK(engine.direction(0, 0).far().counters().dropped.headroom > 0);
  CHECK(engine.direction(0, 0).is_conserved());
}

TEST_CASE("rate matching keeps the exit busy with little more than what the line holds, and loses nothing") {
  Setup setup = plain(units::BitRate::gigabits(100), Duration::microseconds(100));
  setup.nic.window = 100'000;
  setup.nic.ack_timeout = 0;
  setup.forward.far_edge.port_rate = units::BitRate::gigabits(30);
  const link::RateMatchingConfig control{units::BitRate::gigabits(100), Duration::microseconds(202),
                                         Duration::microseconds(10)};
  setup.forward.far_edge.control = control;
  setup.forward.far_edge.buffer = link::RateMatcher::least_buffer(control);
  TwoSites sites{setup};
  sites.handlers[0]->post_at(Instant::start(), 0, sites.pairs[0].near_qp, 40'000'000);
  REQUIRE(sites.run() == Engine::End::finished);
  const link::FarCounters& far = sites.engine.direction(0, 0).far().counters();
  CHECK(far.dropped.total() == 0);
  CHECK(far.queue_peak_bytes <= setup.forward.far_edge.buffer.count());
  CHECK(far.signals_sent > 100);
  const double packets = 40e6 / 4096;
  CHECK(static_cast<double>(sites.handlers[0]->events.at(0).at) * 1e-12 ==
        Approx(packets * 4178 * 8 / 30e9 + 200e-6).epsilon(0.002));
}

TEST_CASE("relay: receivers stop the far gateway, that the near one, that the access ports, and nobody drops") {
  for (const std::uint64_t spare : {2U * 4'194U, 4'194U}) {
    Setup setup = one_sender(link::PauseTarget::serializer, 0);
    setup.forward.near_edge.has_backpressure = true;
    setup.forward.near_edge.xoff = units::Bytes{50'000};
    setup.forward.near_edge.xon = units::Bytes{25'000};
    setup.forward.near_edge.buffer = units::Bytes{50'000 + spare};
    setup.forward.far_edge.control = link::PauseRelayConfig{units::BitRate::gigabits(100), units::Bytes{400'000},
                                                            units::Bytes{200'000},         units::Bytes{2'540'000},
                                                            Duration::nanoseconds(1'000),  Duration::microseconds(100)};
    setup.forward.far_edge.buffer = units::Bytes{2'940'000};
    TwoSites sites{setup};
    sites.handlers[0]->post_at(Instant::start(), 0, sites.pairs[0].near_qp, 40'000'000);
    Engine& engine = sites.engine;
    engine.run([&engine] { return engine.last_event() < Instant::at(Duration::milliseconds(4)); });
    const link::NearCounters& near = engine.direction(0, 0).near().counters();
    const link::FarCounters& far = engine.direction(0, 0).far().counters();
    CHECK(far.xoff_sent > 20);
    CHECK(near.xoff_sent >= far.xoff_sent / 2);
    CHECK(near.queue_peak_bytes > 50'000);
    CHECK(far.dropped.total() == 0);
    // As ever, the near buffer has to hold what an RNIC has begun, and the frame that crossed its XOFF.
    CHECK((near.dropped.queue == 0) == (spare > 4'194));
    CHECK(engine.direction(0, 0).is_conserved());
    CHECK(engine.direction(0, 1).is_conserved());
  }
}

TEST_CASE("an idle link is told nothing, and a far edge with room to spare makes no difference") {
  std::vector<Event> events[2];
  for (const bool has_control : {false, true}) {
    Setup setup = plain(units::BitRate::gigabits(100), Duration::microseconds(10));
    setup.nics = 2;
    if (has_control) {
      link::FarThresholdConfig control;
      control.xoff = control.headroom = units::Bytes::mebi(512);
      control.xon = units::Bytes::mebi(256);
      setup.forward.far_edge.control = setup.reverse.far_edge.control = control;
    }
    TwoSites sites{setup};
    for (std::uint32_t nic = 0; nic < 2; ++nic)
      sites.handlers[0]->post_at(Instant::start(), nic, sites.pairs[nic].near_qp, 5'000'000);
    REQUIRE(sites.run() == Engine::End::finished);
    events[has_control ? 1 : 0] = sites.handlers[0]->events;
    CHECK(sites.engine.direction(0, 0).far().counters().signals_sent == 0);
    CHECK(sites.engine.direction(0, 1).near().counters().frames_generated == 0);
  }
  CHECK(events[0] == events[1]);
}

}  // namespace farlink::virtual_time::test
