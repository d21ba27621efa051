// SPDX-License-Identifier: Apache-2.0
// Events of a scenario in a run in virtual time: the schedule they become, and what flows and reports see of them.
#include <catch2/catch.hpp>
#include <numeric>

#include "control/fabric_packets/faults.hpp"
#include "control/fabric_packets/packet_fabric.hpp"
#include "control/fabric_packets/schedule.hpp"
#include "control/replay/efficiency.hpp"
#include "control/scenario/parse.hpp"

namespace {

using namespace farlink;
using fabric_packets::capacity_bits;
using units::Duration;
using units::Instant;

// One queue pair, 10 Gb/s, 1 ms each way, `messages` of 10 MB: 8.2 ms each on the line.
scenario::Scenario lab(const std::vector<std::string>& sets, const std::string& messages = "20") {
  const std::string text =
      "farlink: 1\nname: events\nsites: {west: {gpus: 1, nic: link}, east: {gpus: 1, nic: link}}\nlinks:\n"
      "  west-east: {between: [west, east], delay: 1ms, equipment-delay: 0, rate: 10gbit}\n"
      "transport: {qps-per-pair: 1, ack-timeout: 10, retry: endless, nak: every-gap}\n"
      "workload: {flows: {message: 10MB, messages: " +
      messages + "}}\n";
  return scenario::parse(text, "events.yaml", sets);
}

fabric::Statistics run(const std::vector<std::string>& sets) {
  return replay::measure_flows(lab(sets), fabric_packets::make_packet_fabric, {}).across_sites.fabric;
}

Instant at_us(std::int64_t us) { return Instant::at(Duration::microseconds(us)); }

}  // namespace

TEST_CASE("a schedule has the configurations of each direction that changes, and the words") {
  const auto schedule = fabric_packets::schedule_of(
      lab({"events=[{at: 5ms, link: west-east, direction: west->east, cut: 2ms}, "
           "{at: 6ms, link: west-east, set: {delay: 3ms}}, {at: 6ms, link: west-east, set: {jitter: 1us}}]"}),
      {1, 1});
  const auto& forward = schedule.changes.at(0)[0];
  REQUIRE(forward.size() == 3);
  CHECK(forward[0].at == at_us(5'000));
  CHECK(forward[0].config.impairments.is_cut);
  CHECK(forward[1].at == at_us(6'000));
  CHECK(forward[1].config.impairments.is_cut);
  CHECK(forward[1].config.fibre.delay == Duration::milliseconds(3));
  CHECK(forward[1].config.fibre.jitter == Duration::microseconds(1));
  CHECK(forward[2].at == at_us(7'000));
  CHECK_FALSE(forward[2].config.impairments.is_cut);
  CHECK(schedule.changes[0][1].size() == 1);
  std::vector<std::string> words;
  for (const fabric::LinkEvent& event : schedule.events) words.push_back(event.direction + " " + event.what);
  CHECK(words == std::vector<std::string>{"west->east cut 2ms", "both set delay=3ms", "both set jitter=1us",
                                          "west->east cut ends"});
  CHECK(fabric_packets::schedule_of(lab({}), {1, 1}).events.empty());
}

TEST_CASE("a ramp is a staircase of equal steps from what is in force to where it leads") {
  const auto schedule = fabric_packets::schedule_of(
      lab({"events=[{at: 1ms, link: west-east, ramp: {set: {delay: 2ms}, over: 10ms, step: 3ms}}]"}), {1, 1});
  const auto& steps = schedule.changes.at(0)[0];
  REQUIRE(steps.size() == 4);
  const std::int64_t at[] = {4'000, 7'000, 10'000, 11'000}, delay[] = {1'300, 1'600, 1'900, 2'000};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(steps[i].at == at_us(at[i]));
    CHECK(steps[i].config.fibre.delay == Duration::microseconds(delay[i]));
  }
  REQUIRE(schedule.events.size() == 2);
  CHECK(schedule.events[0].what == "ramp delay=2ms over 10ms");
  CHECK(schedule.events[1].what == "ramp ends");
  const auto many = fabric_packets::schedule_of(
      lab({"events=[{at: 1ms, link: west-east, ramp: {set: {delay: 2ms}, over: 10s}}]"}), {1, 1});
  CHECK(many.changes[0][0].size() == 1'000);
  CHECK(many.changes[0][1].size() == 1'000);
}

TEST_CASE("faults are drawn from the seed, come as often as they should, and stand among the events") {
  scenario::Scenario s = lab(
      {"links.west-east.faults={mtbf: 1s, cut: 50ms, until: 4000s}", "events=[{at: 100s, link: west-east, cut: 1s}]"});
  const std::vector<scenario::Event> events = fabric_packets::events_of(s);
  CHECK(events == fabric_packets::events_of(s));
  CHECK(static_cast<double>(events.size()) == Approx(4'000).margin(4 * 64));  // four standard deviations
  std::size_t own = 0;
  for (std::size_t i = 1; i < events.size(); ++i) {
    CHECK(events[i].at >= events[i - 1].at);
    if (events[i].cut == Duration::seconds(1)) ++own;
  }
  CHECK(own == 1);
  s.run.seed = 2;
  CHECK(events != fabric_packets::events_of(s));
  CHECK(fabric_packets::end_of_faults(s) == Duration::seconds(4'000));
  CHECK_FALSE(fabric_packets::end_of_faults(lab({})).has_value());
  CHECK(fabric_packets::events_of(lab({})).empty());
}

TEST_CASE("what a line can carry follows its rate") {
  const auto schedule = fabric_packets::schedule_of(lab({"events=[{at: 10us, link: west-east, set: {rate: 5gbit}}, "
                                                         "{at: 20us, link: west-east, set: {rate: 20gbit}}]"}),
                                                    {1, 1});
  const auto& changes = schedule.changes.at(0)[0];
  CHECK(capacity_bits(10e9, changes, at_us(0), at_us(10)) == Approx(100e3));
  CHECK(capacity_bits(10e9, changes, at_us(0), at_us(30)) == Approx(100e3 + 50e3 + 200e3));
  CHECK(capacity_bits(10e9, changes, at_us(5), at_us(15)) == Approx(50e3 + 25e3));
  CHECK(capacity_bits(10e9, changes, at_us(25), at_us(35)) == Approx(200e3));
}

TEST_CASE("a cut of a greedy flow costs its length and a round trip, and every frame is accounted for") {
  const double plain = run({}).virtual_seconds;
  for (const double cut : {0.005, 0.05, 0.5}) {
    const std::string length = std::to_string(std::lround(cut * 1e6)) + "us";
    // Selective repeat over a window beyond the cut: the sender goes on through it.
    const fabric::Statistics s =
        run({"events=[{at: 30ms, link: west-east, direction: west->east, cut: " + length + "}]",
             "transport.retransmission=selective-repeat", "transport.window=1000MB", "transport.ack-timeout=14"});
    INFO(length);
    CHECK(s.is_valid);
    CHECK(s.links.at(0).dropped.cut > 0);
    CHECK(s.links[0].dropped.cut == s.links[0].dropped.total());
    CHECK(s.links[0].is_conserved());
    if (cut < 0.1) CHECK(s.virtual_seconds - plain == Approx(cut + 0.001).margin(0.0025));
    REQUIRE(s.events.size() == (30e-3 + cut < s.virtual_seconds ? 2 : 1));
    CHECK(s.events[0].at_seconds == Approx(0.030));
    CHECK(s.events[0].link == "west-east");
    CHECK(s.events[0].direction == "west->east");
  }
}

TEST_CASE("protection: dark for the switch, then the longer way") {
  const fabric::Statistics s =
      run({"events=[{at: 30ms, link: west-east, protection: {switch: 10ms, route: {delay: 3ms}}}]"});
  CHECK(s.is_valid);
  CHECK(s.links.at(0).dropped.cut > 0);
  REQUIRE(s.events.size() == 2);
  CHECK(s.events[1].what == "switched to the route");
  CHECK(s.events[1].at_seconds == Approx(0.040));
}

TEST_CASE("utilisation is of what the line could carry while its rate changed") {
  const fabric::Statistics s =
      run({"events=[{at: 30ms, link: west-east, set: {rate: 5gbit}}]", "transport.window=8bdp"});
  CHECK(s.is_valid);
  CHECK(s.links.at(0).utilisation > 0.95);
  CHECK(s.links[0].utilisation <= 1);
  double most = 0;
  for (const fabric::Sample& sample : s.links[0].samples) most = std::max(most, sample.utilisation);
  CHECK(most == Approx(1).margin(0.05));
}

TEST_CASE("events that count from the first frame, and those that come after the end") {
  const fabric::Statistics s = run({"armed=first-frame",
                                    "events=[{at: 1us, link: west-east, set: {delay: 2ms}}, "
                                    "{at: 1h, link: west-east, cut: 1s}]"});
  REQUIRE(s.events.size() == 1);
  CHECK(s.events[0].at_seconds == Approx(1e-6 + 4178 * 0.8e-9).epsilon(0.01));
}

TEST_CASE("a run that lasts longer than its faults is invalid, and says how to mend it") {
  const auto with = [](const std::string& until) {
    return run({"links.west-east.faults={mtbf: 50ms, cut: 1ms, until: " + until + "}"});
  };
  const fabric::Statistics enough = with("10s");
  CHECK(enough.is_valid);
  CHECK(enough.events.size() >= 2);
  const fabric::Statistics few = with("100ms");
  CHECK_FALSE(few.is_valid);
  CHECK(few.why_invalid.find("set links.NAME.faults.until to more than") != std::string::npos);
}

TEST_CASE("an event that the values in force do not allow is refused before the run") {
  scenario::Scenario scenario = lab({"events=[{at: 1ms, link: west-east, set: {loss: 1%}}]"});
  scenario.events[0].set = {"lossless.xon=1GiB"};
  CHECK_THROWS_WITH(
      fabric_packets::make_packet_fabric(scenario, nullptr),
      "event 'set lossless.xon=1GiB' on west-east: set lossless.xon: is above xoff; xon <= xoff <= buffer");
}

TEST_CASE("a queue pair that fails ends the run, which says who, when and why") {
  const fabric::Statistics s = run({"events=[{at: 30ms, link: west-east, direction: west->east, cut: 1h}]",
                                    "transport.retry=7", "transport.ack-timeout=10"});
  CHECK_FALSE(s.is_valid);
  CHECK(s.why_invalid.find("queue pair 16 of pair 0 (west) failed at ") == 0);
  CHECK(s.why_invalid.find("nothing acknowledged after 8 timeouts of 4.194304ms; see transport.retry") !=
        std::string::npos);
  CHECK(s.virtual_seconds == Approx(0.030 + 0.002 + 8 * 4.194304e-3).epsilon(0.02));
  CHECK(s.reconnects == 0);
}

TEST_CASE("or a new queue pair takes its place, and every message is acknowledged once") {
  for (const std::string direction : {"west->east", "east->west", "both"}) {
    const fabric::Statistics s =
        run({"events=[{at: 30ms, link: west-east, direction: " + direction + ", cut: 500ms}]", "transport.retry=2",
             "transport.ack-timeout=10", "transport.on-error=reconnect", "transport.reconnect-after=100ms"});
    INFO(direction << ": " << s.why_invalid);
    CHECK(s.is_valid);
    // Each attempt lasts 100 ms and three timeouts of 4.2 ms; the fifth finds light.
    CHECK(s.reconnects == 5);
    CHECK(s.flows.at(0).completion.messages == 20);
    CHECK(s.flows[0].goodput_bps * s.virtual_seconds / 8 == Approx(200e6).epsilon(0.01));
    CHECK(s.links.at(0).is_conserved());
    CHECK(s.links.at(1).is_conserved());
  }
}

TEST_CASE("a lost wave: flows elsewhere go on, those on it move or stall") {
  const auto completion = [](const std::vector<std::string>& more) {
    std::vector<std::string> sets{"sites.west.gpus=4",
                                  "sites.west.nic=10gbit",
                                  "sites.east.gpus=4",
                                  "sites.east.nic=10gbit",
                                  "links.west-east.waves={count: 4, rate: 10gbit}",
                                  "links.west-east.balancer=planned",
                                  "workload.flows.pairs=4",
                                  "workload.flows.messages=8"};
    sets.insert(sets.end(), more.begin(), more.end());
    std::vector<double> seconds;
    const fabric::Statistics s = run(sets);
    CHECK(s.is_valid);
    for (const fabric::FlowStatistics& flow : s.flows) seconds.push_back(80e6 * 8 / flow.goodput_bps);
    return seconds;
  };
  const std::vector<double> plain = completion({});
  for (const double t : plain) CHECK(t == Approx(0.0653 + 0.002).epsilon(0.03));  // each has a wave of its own
  const std::string loss = "events=[{at: 10ms, link: west-east, direction: west->east, wave-loss: {wave: 2, for: 30ms";
  const std::vector<double> stalled = completion({loss + ", flows: stall}}]"});
  for (const std::size_t i : {0U, 2U, 3U}) CHECK(stalled[i] == Approx(plain[i]).epsilon(0.01));
  CHECK(stalled[1] > plain[1] + 0.030);
  const std::vector<double> moved = completion({loss + ", flows: rehash}}]"});
  CHECK(moved[1] < stalled[1]);
}

TEST_CASE("planned: queue pairs take the waves in turn; per packet: every wave is used by one of them") {
  const auto flow = [](const std::string& balancer, std::uint32_t qps, const std::string& message,
                       const std::string& skew, int messages = 20) {
    const fabric::Statistics s =
        run({"links.west-east.waves={count: 4, rate: 10gbit, skew: " + skew + "}",
             "links.west-east.balancer=" + balancer, "transport.qps-per-pair=" + std::to_string(qps),
             "workload.flows.message=" + message, "workload.flows.messages=" + std::to_string(messages)});
    CHECK(s.is_valid);
    return s.flows.at(0);
  };
  // The NIC is as fast as all waves: 40 Gb/s.
  CHECK(flow("planned", 1, "8MiB", "0").goodput_bps == Approx(0.98 * 10e9).epsilon(0.05));
  CHECK(flow("planned", 4, "8MiB", "0").goodput_bps == Approx(0.98 * 40e9).epsilon(0.05));
  CHECK(flow("per-packet", 1, "8MiB", "0").goodput_bps == Approx(0.98 * 40e9).epsilon(0.07));  // 2 ms of 34
  CHECK(flow("per-packet", 1, "8MiB", "0").retransmitted == 0);
  // A short last packet overtakes, and so does everything on the shorter waves: go-back-N takes it for loss.
  const auto short_end = flow("per-packet", 1, "10MB", "0", 2), skewed = flow("per-packet", 1, "8MiB", "10us", 1);
  CHECK(short_end.lost == 0);
  CHECK(short_end.retransmitted > 0);
  CHECK(skewed.goodput_bps < 0.5 * 40e9);
  CHECK(flow("planned", 4, "8MiB", "10us").retransmitted == 0);
}

TEST_CASE("error correction of the scenario is the chance of a codeword to fail") {
  const auto config = [](const std::string& fec) {
    return fabric_packets::schedule_of(lab({"events=[{at: 1s, link: west-east, set: {fec: " + fec + "}}]"}), {1, 1})
        .changes.at(0)[0]
        .at(0)
        .config.impairments;
  };
  CHECK(config("{code: kp4, pre-fec-ber: 5e-4}").codeword_failure.value() == Approx(2.1e-7 / 7.5).epsilon(0.05));
  CHECK(config("{code: kp4, pre-fec-ber: 5e-4}").bit_error.is_zero());
  CHECK(config("{code: none, pre-fec-ber: 1e-9}").bit_error == units::Probability::of(1e-9));
  CHECK(config("{code: none, pre-fec-ber: 1e-9}").codeword_failure.is_zero());
}

TEST_CASE("messages that nothing will acknowledge any more make the run invalid") {
  const fabric::Statistics s = run({"events=[{at: 30ms, link: west-east, cut: 1h}]", "transport.ack-timeout=0"});
  CHECK_FALSE(s.is_valid);
  CHECK(s.why_invalid.find("stuck: ") == 0);
}
