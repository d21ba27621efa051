// SPDX-License-Identifier: Apache-2.0
// Congestion control in the RNIC: pacing to a rate, CNPs for marked packets, and what they do to their sender.
#include <catch2/catch.hpp>

#include "tests/rnic/two_nics.hpp"

namespace farlink {
namespace {

using namespace testing;

constexpr std::uint32_t packet_line_bytes = 4'178;  // a WRITE_MIDDLE of 4096 bytes

std::vector<Sent> data_of(const TwoNics& lab, std::uint32_t qp) {
  std::vector<Sent> data;
  for (const Sent& sent : lab.log())
    if (sent.from == Side::west && sent.frame.destination_qp == qp && wire::is_request(sent.frame.opcode))
      data.push_back(sent);
  return data;
}

std::size_t count(const TwoNics& lab, Side from, Opcode opcode) {
  std::size_t found = 0;
  for (const Sent& sent : lab.log()) found += sent.from == from && sent.frame.opcode == opcode ? 1U : 0U;
  return found;
}

// 50 packets at 10 of 100 Gb/s.
struct LimitedWrite {
  LimitedWrite() : lab{config()}, qp{lab.connect()}, west{pattern(50 * 4096, 1)}, east(50 * 4096) {
    lab.post(Side::west, qp, request(Operation::write, west, &east));
  }
  static rnic::Config config() {
    rnic::Config config = lab_config();
    config.congestion = rnic::RateLimit{units::BitRate::gigabits(10)};
    return config;
  }

  TwoNics lab;
  std::uint32_t qp;
  std::vector<std::byte> west, east;
};

TEST_CASE("a rate limit spaces the packets of a queue pair to the picosecond", "[rnic]") {
  LimitedWrite write;
  write.lab.run();
  CHECK(write.east == write.west);
  const std::vector<Sent> data = data_of(write.lab, write.qp);
  REQUIRE(data.size() == 50);
  for (std::size_t i = 2; i + 1 < data.size(); ++i)  // the first carries a RETH of 16 bytes
    CHECK(data[i].left - data[i - 1].left ==
          Duration::nanoseconds(packet_line_bytes * 8 / 10) + Duration::picoseconds(400));
}

TEST_CASE("a queue pair that waits for its rate leaves the line to others", "[rnic]") {
  rnic::Config config = lab_config();
  config.congestion = rnic::RateLimit{units::BitRate::gigabits(25)};
  TwoNics lab{config};
  std::vector<std::uint32_t> qps;
  std::vector<std::byte> west = pattern(100 * 4096, 1);
  std::vector<std::vector<std::byte>> east(8, std::vector<std::byte>(100 * 4096));
  for (std::size_t i = 0; i < 8; ++i) {
    qps.push_back(lab.connect());
    lab.post(Side::west, qps[i], request(Operation::write, west, &east[i]));
  }
  lab.run();
  // Eight times 25 Gb/s over 100: the line is full, and all get the same.
  Instant first = Instant::never(), last;
  for (const std::uint32_t qp : qps) {
    const std::vector<Sent> data = data_of(lab, qp);
    REQUIRE(data.size() == 100);
    first = std::min(first, data.front().left);
    last = std::max(last, data.back().left);
  }
  CHECK((last - first).seconds() == Approx(800 * packet_line_bytes * 8 / 1e11).epsilon(0.01));
}

rnic::Config dcqcn_config() {
  rnic::Config config = lab_config();
  rnic::DcqcnConfig dcqcn;
  dcqcn.fast_recovery_steps = 1;
  config.congestion = dcqcn;
  config.cnp_interval = Duration::microseconds(50);
  config.window = 100'000;
  return config;
}

Frame marked_packet(std::uint32_t qp, std::uint32_t psn) {
  Frame frame;
  frame.opcode = Opcode::write_middle;
  frame.destination_qp = qp;
  frame.psn = psn;
  frame.payload_bytes = 4096;
  frame.is_marked = true;
  return frame;
}

TEST_CASE("marked packets are answered with one CNP in an interval, to the sender's queue pair", "[rnic]") {
  TwoNics lab{dcqcn_config()};
  const std::uint32_t qp = lab.connect();
  // Out of sequence, so that nothing is executed; marked all the same.
  for (int us = 0; us < 200; us += 10) {
    lab.run(Instant::at(Duration::microseconds(us)));
    lab.inject(Side::east, marked_packet(qp, 100 + static_cast<std::uint32_t>(us)));
  }
  lab.run(Instant::at(Duration::microseconds(300)));
  CHECK(count(lab, Side::east, Opcode::cnp) == 4);  // at 0, 50, 100 and 150 us
  CHECK(lab.nic(Side::east).cnps_sent() == 4);
  CHECK(lab.nic(Side::west).cnps_received() == 4);
  for (const Sent& sent : lab.log()) {
    if (sent.frame.opcode != Opcode::cnp) continue;
    CHECK(sent.frame.destination_qp == qp);
    CHECK(sent.frame.line_bytes == 98);
  }
}

TEST_CASE("a marked acknowledge or CNP is answered with nothing", "[rnic]") {
  TwoNics lab{dcqcn_config()};
  const std::uint32_t qp = lab.connect();
  for (const Opcode opcode : {Opcode::acknowledge, Opcode::cnp}) {
    Frame frame;
    frame.opcode = opcode;
    frame.destination_qp = qp;
    frame.is_marked = true;
    lab.inject(Side::east, frame);
  }
  lab.run();
  CHECK(lab.nic(Side::east).cnps_sent() == 0);
}

TEST_CASE("a CNP halves the rate of its queue pair and of no other", "[rnic]") {
  TwoNics lab{dcqcn_config()};
  const std::uint32_t one = lab.connect(), other = lab.connect();
  Frame cnp;
  cnp.opcode = Opcode::cnp;
  cnp.destination_qp = one;
  lab.inject(Side::west, cnp);
  CHECK(lab.nic(Side::west).rate_at(one, lab.now()) == Approx(5e10));
  CHECK(lab.nic(Side::west).rate_at(other, lab.now()) == Approx(1e11));
  // 55 us later half of what is missing has come back, whether or not anything was sent.
  CHECK(lab.nic(Side::west).rate_at(one, lab.now() + Duration::microseconds(55)) == Approx(7.5e10));
}

TEST_CASE("while the RNIC is held by PFC nothing that waits for its rate leaves", "[rnic]") {
  LimitedWrite write;
  write.lab.run(Instant::at(Duration::microseconds(10)));
  write.lab.nic(Side::west).hold();
  write.lab.run(Instant::at(Duration::microseconds(100)));
  const std::size_t before = data_of(write.lab, write.qp).size();
  CHECK(before < 6);
  write.lab.nic(Side::west).release(write.lab.now());
  write.lab.run();
  CHECK(data_of(write.lab, write.qp).size() == 50);
}

}  // namespace
}  // namespace farlink
