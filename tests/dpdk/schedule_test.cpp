// SPDX-License-Identifier: Apache-2.0
// Scheduled transmission, up to where the NIC begins: which frames are handed over when, and with which time on its
// clock. The NIC itself is a ring here, which lets everything go at once.
#include <rte_mbuf_dyn.h>

#include "tests/dpdk/lab.hpp"

namespace farlink::dpdk::test {
namespace {

constexpr std::uint64_t ticks_at_start = 1'000'000'007;
constexpr std::uint64_t megahertz = 125;  // of the device

std::uint64_t ticks_at(Instant time) {
  return ticks_at_start + static_cast<std::uint64_t>(time.since_start().picoseconds()) * megahertz / 1'000'000;
}

std::unique_ptr<SendSchedule> schedule() {
  int field = -1;
  std::uint64_t flag = 0;
  REQUIRE(rte_mbuf_dyn_tx_timestamp_register(&field, &flag) == 0);
  const Instant second = Instant::at(Duration::milliseconds(100));
  return std::make_unique<SendSchedule>(static_cast<std::size_t>(field), flag, DeviceReading{Instant{}, ticks_at_start},
                                        DeviceReading{second, ticks_at(second)});
}

struct Departed {
  std::uint64_t ticks = 0;
  bool is_scheduled = false;
};

// What one look at `time` hands over at the port of east.
std::vector<Departed> look(Lab& lab, Duration time) {
  lab.forwarder().step(Instant::at(time));
  std::vector<Departed> departed;
  const SendSchedule* schedule = lab.forwarder().port(1, 0).schedule();
  rte_mbuf* mbuf = nullptr;
  while (lab.port(1, 0).take({&mbuf, 1}) == 1) {
    const bool is_scheduled = (mbuf->ol_flags & schedule->flag()) != 0;
    departed.push_back({is_scheduled ? schedule->ticks_of(*mbuf) : 0, is_scheduled});
    rte_pktmbuf_free(mbuf);
  }
  return departed;
}

// West to east over a fibre of `delay`; 2 x 2 ns of serialization for a frame of 100 B on the line.
LabOptions fibre_of(Duration delay) {
  LabOptions options;
  options.change = [delay](ForwarderConfig& config) { config.links[0].directions[0].fibre.delay = delay; };
  return options;
}

void schedule_east(Lab& lab) {
  lab.forwarder().port(1, 0).set_schedule(schedule());
  lab.forwarder().publish({lab.forwarder().config().links[0].directions[0]});
}

}  // namespace

TEST_CASE("a device's clock is followed, and its drift with it") {
  environment();
  int field = 0;
  std::uint64_t flag = 0;
  REQUIRE(rte_mbuf_dyn_tx_timestamp_register(&field, &flag) == 0);
  const auto at = [](std::int64_t ms) { return Instant::at(Duration::milliseconds(ms)); };
  SendSchedule clock{static_cast<std::size_t>(field), flag, {at(0), 500}, {at(100), 500 + 100'000'000}};  // 1 GHz
  CHECK(clock.ticks_at(at(100)) == 100'000'500);
  CHECK(clock.ticks_at(at(101)) == 101'000'500);
  CHECK(clock.ticks_at(at(99)) == 99'000'500);
  clock.note({at(1'100), 500 + 1'100'011'000});  // 10 ppm faster than it seemed
  CHECK(clock.ticks_at(at(1'100)) == 1'100'011'500);
  CHECK(clock.ticks_at(at(1'200)) == 1'200'012'500);
  clock.note({at(1'000), 7});  // not later: no reading at all
  CHECK(clock.ticks_at(at(1'200)) == 1'200'012'500);
  CHECK_THROWS_WITH((SendSchedule{0, 1, {at(0), 500}, {at(1), 500}}), Catch::Contains("its clock does not run"));
}

TEST_CASE("a frame is handed over five microseconds early, with its own time") {
  environment();
  Lab lab{fibre_of(us(100))};
  schedule_east(lab);
  const std::vector<std::byte> frame = roce_frame(1, 4);
  const Duration on_the_line = units::serialization_time(Bytes{frame.size() + 24}, BitRate::gigabits(400));
  lab.send(0, 0, frame);
  lab.step_at(us(10));
  const Instant due = Instant::at(us(110)) + on_the_line * 2;
  CHECK(look(lab, us(105)).empty());
  const std::vector<Departed> departed = look(lab, us(106));
  REQUIRE(departed.size() == 1);
  CHECK(departed[0].is_scheduled);
  CHECK(departed[0].ticks + 1 >= ticks_at(due));
  CHECK(departed[0].ticks <= ticks_at(due) + 1);
  const DirectionSnapshot direction = lab.direction(0, 0);
  CHECK(direction.lag.count() == 1);
  CHECK(direction.lag.early() == 0);
  CHECK(direction.lag.largest() == Duration::zero());
}

TEST_CASE("a frame that is late already goes without a time, and its lag counts") {
  environment();
  Lab lab{fibre_of(us(100))};
  schedule_east(lab);
  lab.send(0, 0, roce_frame(1, 4));
  lab.step_at(us(10));
  const std::vector<Departed> departed = look(lab, us(150));
  REQUIRE(departed.size() == 1);
  CHECK_FALSE(departed[0].is_scheduled);
  CHECK(lab.direction(0, 0).lag.largest() > us(39));
}

// What enters later could still overtake or be in front of what is handed over too early.
TEST_CASE("nothing is handed over before all that can come before it is known") {
  environment();
  Lab lab{fibre_of(us(2))};
  schedule_east(lab);
  lab.send(0, 0, roce_frame(1, 4));
  lab.forwarder().step(Instant::at(us(10)));
  CHECK(look(lab, us(10)).empty());  // due at 12 us and 4 ns, known until 12 us
  CHECK(look(lab, us(10) + Duration::nanoseconds(10)).size() == 1);
}

TEST_CASE("a port without a schedule gets frames when they are due") {
  environment();
  Lab lab{fibre_of(us(100))};
  lab.send(0, 0, roce_frame(1, 4));
  lab.step_at(us(10));
  lab.step_at(us(109));
  CHECK(lab.take(1, 0).empty());
  lab.step_at(us(111));
  CHECK(lab.take(1, 0).size() == 1);
}

}  // namespace farlink::dpdk::test
