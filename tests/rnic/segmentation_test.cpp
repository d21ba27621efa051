// SPDX-License-Identifier: Apache-2.0
// What one request becomes on the line: opcodes, PSNs, AckReq, RETH and lengths as a table, and the MSN that answers.
#include <catch2/catch.hpp>

#include "tests/rnic/two_nics.hpp"

namespace farlink {
namespace {

using namespace testing;

struct Row {
  Operation operation;
  std::size_t bytes;
  std::vector<Opcode> opcodes;
};

std::vector<Row> rows() {
  using enum Opcode;
  return {
      {Operation::send, 0, {send_only}},
      {Operation::send, 1, {send_only}},
      {Operation::send, 4096, {send_only}},
      {Operation::send, 4097, {send_first, send_last}},
      {Operation::send, 12289, {send_first, send_middle, send_middle, send_last}},
      {Operation::send_with_immediate, 0, {send_only_with_immediate}},
      {Operation::send_with_immediate, 4096, {send_only_with_immediate}},
      {Operation::send_with_immediate, 8193, {send_first, send_middle, send_last_with_immediate}},
      {Operation::write, 0, {write_only}},
      {Operation::write, 4096, {write_only}},
      {Operation::write, 4097, {write_first, write_last}},
      {Operation::write, 16384, {write_first, write_middle, write_middle, write_last}},
      {Operation::write_with_immediate, 1, {write_only_with_immediate}},
      {Operation::write_with_immediate, 8192, {write_first, write_last_with_immediate}},
      {Operation::read, 0, {read_request}},
      {Operation::read, 1'000'000, {read_request}},
  };
}

TEST_CASE("opcodes, PSNs, AckReq, RETH and payloads of a request", "[rnic]") {
  for (const Row& row : rows()) {
    CAPTURE(static_cast<int>(row.operation), row.bytes);
    TwoNics lab;
    const auto qp = lab.connect(100);
    auto west = pattern(row.bytes, 1);
    auto east = pattern(row.bytes, 2);
    lab.post(Side::west, qp, request(row.operation, west, &east, 7));
    lab.run();
    const auto frames = lab.frames(Side::west);
    REQUIRE(frames.size() == row.opcodes.size());
    std::size_t left = row.bytes;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const Frame& frame = frames[i];
      const bool is_read = row.operation == Operation::read;
      const std::size_t payload = is_read ? 0 : std::min<std::size_t>(4096, left);
      left -= payload;
      CAPTURE(i);
      CHECK(frame.opcode == row.opcodes[i]);
      CHECK(frame.psn == 100 + i);
      CHECK(frame.destination_qp == qp);
      CHECK(frame.payload_bytes == payload);
      CHECK(frame.ack_request == (i + 1 == frames.size()));
      const bool has_reth = i == 0 && !rnic::is_send(row.operation);
      CHECK(frame.dma_length == (has_reth ? row.bytes : 0U));
      CHECK(frame.remote_address == (has_reth ? address(east) : 0U));
      CHECK(frame.remote_key == (has_reth ? 0x1234U : 0U));
      const bool has_immediate = i + 1 == frames.size() && rnic::has_immediate(row.operation);
      CHECK(frame.immediate == (has_immediate ? 0xcafe'0007U : 0U));
    }
    REQUIRE(lab.done(Side::west, Completion::Kind::sent).size() == 1);
    CHECK(lab.done(Side::west, Completion::Kind::sent)[0].completion.id == 7);
    CHECK(lab.done(Side::west, Completion::Kind::sent)[0].completion.bytes == row.bytes);
  }
}

TEST_CASE("READ responses: opcodes, PSNs from the request's on, AETH on first and last", "[rnic]") {
  TwoNics lab;
  const auto qp = lab.connect(0xff'fffe);
  auto west = pattern(3 * 4096 + 5, 1);
  auto east = pattern(3 * 4096 + 5, 2);
  lab.post(Side::west, qp, request(Operation::read, west, &east));
  lab.run();
  const auto frames = lab.frames(Side::east);
  using enum Opcode;
  const std::vector<Opcode> opcodes{read_response_first, read_response_middle, read_response_middle,
                                    read_response_last};
  const std::vector<std::uint32_t> psns{0xff'fffe, 0xff'ffff, 0, 1};
  const std::vector<std::uint32_t> payloads{4096, 4096, 4096, 5};
  REQUIRE(frames.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(frames[i].opcode == opcodes[i]);
    CHECK(frames[i].psn == psns[i]);
    CHECK(frames[i].payload_bytes == payloads[i]);
    CHECK(frames[i].immediate == (wire::has_aeth(opcodes[i]) ? rnic::aeth(0x1f, 1) : 0U));
  }
  CHECK(west == east);
}

TEST_CASE("the MSN counts completed messages of every kind", "[rnic]") {
  TwoNics lab;
  const auto qp = lab.connect();
  auto west = pattern(4097, 1);
  auto east = pattern(4097, 2);
  for (const Operation operation :
       {Operation::send, Operation::write, Operation::read, Operation::write_with_immediate}) {
    lab.post(Side::west, qp, request(operation, west, &east));
    lab.run();
  }
  const auto acks = lab.frames(Side::east, Opcode::acknowledge);
  REQUIRE(acks.size() == 3);
  CHECK(acks[0].msn() == 1);
  CHECK(acks[0].psn == 1);
  CHECK(acks[0].syndrome() == 0x1f);
  CHECK(acks[1].msn() == 2);
  CHECK(acks[1].psn == 3);
  CHECK(lab.frames(Side::east, Opcode::read_response_only).empty());
  CHECK(lab.frames(Side::east, Opcode::read_response_last)[0].msn() == 3);
  CHECK(acks[2].msn() == 4);
  CHECK(acks[2].psn == 7);
}

TEST_CASE("AckReq stands on every nth PSN and on the last packet", "[rnic]") {
  rnic::Config config = lab_config();
  config.ack_every = 4;
  TwoNics lab{config};
  const auto qp = lab.connect();
  auto west = pattern(10 * 4096, 1);
  auto east = pattern(10 * 4096, 2);
  lab.post(Side::west, qp, request(Operation::write, west, &east));
  lab.run();
  std::vector<std::uint32_t> asked, answered;
  for (const Frame& frame : lab.frames(Side::west))
    if (frame.ack_request) asked.push_back(frame.psn);
  for (const Frame& frame : lab.frames(Side::east)) answered.push_back(frame.psn);
  CHECK(asked == std::vector<std::uint32_t>{3, 7, 9});
  CHECK(answered == std::vector<std::uint32_t>{3, 7, 9});
}

}  // namespace
}  // namespace farlink
