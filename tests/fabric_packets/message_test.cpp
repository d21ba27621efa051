// SPDX-License-Identifier: Apache-2.0
// How messages become requests on queue pairs, and how the dataplane is set from a scenario.
#include <catch2/catch.hpp>
#include <vector>

#include "control/fabric_packets/completion_times.hpp"
#include "control/fabric_packets/dataplane_config.hpp"
#include "control/fabric_packets/message_parts.hpp"
#include "control/scenario/parse.hpp"
#include "dataplane/link/impairments/bit_error.hpp"

namespace {

using namespace farlink;

struct Part {
  std::uint32_t queue_pair, bytes;
  bool operator==(const Part&) const = default;
};

std::vector<Part> parts_of(std::uint64_t bytes, std::uint32_t queue_pairs, std::uint64_t ordinal) {
  std::vector<Part> parts;
  const std::uint32_t count =
      fabric_packets::for_each_part(bytes, 4096, queue_pairs, ordinal, [&](std::uint32_t qp, std::uint32_t n) {
        parts.push_back({qp, n});
      });
  REQUIRE(count == parts.size());
  return parts;
}

}  // namespace

TEST_CASE("a message is striped in whole packets, the first stripes taking what is left over") {
  CHECK(parts_of(8 * 4096, 4, 0) == std::vector<Part>{{0, 8192}, {1, 8192}, {2, 8192}, {3, 8192}});
  CHECK(parts_of(5 * 4096 + 1, 4, 0) == std::vector<Part>{{0, 8192}, {1, 8192}, {2, 4096}, {3, 1}});
}

TEST_CASE("a message with fewer packets than queue pairs starts at another queue pair each time") {
  CHECK(parts_of(4097, 4, 0) == std::vector<Part>{{0, 4096}, {1, 1}});
  CHECK(parts_of(4097, 4, 3) == std::vector<Part>{{3, 4096}, {0, 1}});
  CHECK(parts_of(0, 4, 6) == std::vector<Part>{{2, 0}});
}

TEST_CASE("a stripe above 1 GiB becomes several requests, and every byte is sent once") {
  const std::uint64_t bytes = (std::uint64_t{5} << 30) + 4097;
  const auto parts = parts_of(bytes, 2, 0);
  std::uint64_t sum = 0;
  for (const Part& part : parts) {
    CHECK(part.bytes <= fabric_packets::largest_request);
    sum += part.bytes;
  }
  CHECK(sum == bytes);
  CHECK(parts.size() == 6);
}

TEST_CASE("completion times: nearest-rank percentiles over every message") {
  fabric_packets::CompletionTimes times;
  for (int i = 100; i >= 1; --i) times.add(units::Duration::milliseconds(i));
  const fabric::Completion summary = times.summary();
  CHECK(summary.messages == 100);
  CHECK(summary.p50_seconds == Approx(0.050));
  CHECK(summary.p99_seconds == Approx(0.099));
  CHECK(summary.max_seconds == Approx(0.100));
}

TEST_CASE("the dataplane is set from the scenario: window in bandwidth-delay products, rates per wave, ports") {
  const std::string text =
      "farlink: 1\nname: set\nsites:\n  west: {gpus: 2, nic: 100gbit}\n  east: {gpus: 4, nic: 100gbit}\nlinks:\n"
      "  west-east: {between: [west, east], delay: 1ms, equipment-delay: 0, waves: {count: 2, rate: 50gbit}, loss: "
      "0.1%,\n"
      "    reverse: {loss: 0}}\ntransport: {window: 2bdp, ack-timeout: 14, retry: endless, nak: every-gap}\n"
      "workload: {flows: {pairs: 2, messages: 1}}\n";
  const scenario::Scenario scenario = scenario::parse(text, "set.yaml", {});
  const auto configs = fabric_packets::direction_configs(scenario, 0, 2, 4);
  CHECK(configs[0].near_edge.waves == 2);
  CHECK(configs[0].near_edge.rate == units::BitRate::gigabits(50));
  CHECK(configs[0].fibre.delay == units::Duration::milliseconds(1));
  CHECK(configs[0].far_edge.ports == 4);
  CHECK(configs[1].far_edge.ports == 2);
  CHECK(configs[0].impairments.loss == units::Probability::of(0.001));
  CHECK(configs[1].impairments.loss.is_zero());
  CHECK(configs[0].near_edge.has_backpressure);
  const rnic::Config nic = fabric_packets::nic_config(scenario, scenario.sites[0]);
  // 100 Gb/s x 2 ms = 25 MB; twice that in frames of 4178 bytes on the line.
  CHECK(nic.window == 11968);
  CHECK(nic.nak == rnic::NakMode::every_gap);
  CHECK_FALSE(nic.retry.has_value());
  CHECK(nic.ack_timeout == 14);
}

TEST_CASE("a soft-decision code is a step: clean up to its threshold, nothing above it") {
  const auto errors = [](const std::string& fec) {
    const std::string text =
        "farlink: 1\nname: soft\nsites:\n  west: {gpus: 1, nic: 100gbit}\n  east: {gpus: 1, nic: 100gbit}\nlinks:\n"
        "  west-east: {between: [west, east], distance: 80km, fec: " +
        fec + "}\nworkload: {flows: {pairs: 1, messages: 1}}\n";
    return fabric_packets::direction_configs(scenario::parse(text, "soft.yaml", {}), 0, 1, 1)[0].impairments;
  };
  struct Case {
    const char* fec;
    bool is_clean;
  };
  for (const Case& c : {Case{"{code: cfec, pre-fec-ber: 1.25%}", true}, Case{"{code: cfec, pre-fec-ber: 1.26%}", false},
                        Case{"{code: ofec, pre-fec-ber: 2%}", true}, Case{"{code: ofec, pre-fec-ber: 2.01%}", false}}) {
    INFO(c.fec);
    const link::ImpairmentConfig impairments = errors(c.fec);
    CHECK(impairments.bit_error == (c.is_clean ? units::Probability::of(1e-15) : units::Probability::never()));
    CHECK(impairments.codeword_failure == (c.is_clean ? units::Probability::never() : units::Probability::always()));
    link::BitError stage{impairments.bit_error, {}, impairments.codeword_failure};
    CHECK(stage.loses(4'178, 7) != c.is_clean);
  }
}

TEST_CASE("a window that packet sequence numbers cannot tell apart is refused with what to change") {
  const std::string text =
      "farlink: 1\nname: wide\nsites:\n  west: {gpus: 1, nic: 400gbit}\n  east: {gpus: 1, nic: 400gbit}\nlinks:\n"
      "  west-east: {between: [west, east], delay: 1ms, rate: 400gbit}\ntransport: {window: 64GiB}\n"
      "workload: {flows: {messages: 1}}\n";
  const scenario::Scenario scenario = scenario::parse(text, "wide.yaml", {});
  CHECK_THROWS_WITH(fabric_packets::nic_config(scenario, scenario.sites[0]), Catch::Contains("transport.window"));
}
