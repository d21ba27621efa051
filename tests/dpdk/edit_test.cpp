// SPDX-License-Identifier: Apache-2.0
// What the link decides and the live dataplane does to the bytes: CE marks, damage, copies; and new values adopted
// between bursts. Every case ends with conservation and a full pool (lab.hpp).
#include "tests/dpdk/lab.hpp"

namespace farlink::dpdk::test {
namespace {

using Frames = std::vector<FrameBytes>;

LabOptions with_impairments(const std::function<void(link::ImpairmentConfig&)>& change) {
  LabOptions options;
  options.change = [change](ForwarderConfig& config) { change(config.links[0].directions[0].impairments); };
  return options;
}

// The sum of an intact IPv4 header's 16-bit words is 0xffff.
unsigned header_sum(const FrameBytes& frame) {
  unsigned sum = 0;
  for (std::size_t i = 14; i < 34; i += 2)
    sum += std::to_integer<unsigned>(frame[i]) << 8 | std::to_integer<unsigned>(frame[i + 1]);
  while (sum > 0xffff) sum = (sum & 0xffffU) + (sum >> 16);
  return sum;
}

std::size_t differing_bytes(const FrameBytes& a, const FrameBytes& b) {
  REQUIRE(a.size() == b.size());
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += a[i] != b[i] ? 1U : 0U;
  return count;
}

bool has_intact_icrc(const FrameBytes& frame) {
  const rnic::ReceivedFrame received = rnic::from_bytes(frame);
  REQUIRE(static_cast<bool>(received));
  return !received.frame.is_corrupt;
}

constexpr std::size_t tos_offset = 15, checksum_offset = 24;

}  // namespace

TEST_CASE("a CE mark sets two bits and the IPv4 checksum, and leaves the ICRC right") {
  Lab lab{with_impairments([](link::ImpairmentConfig& i) { i.ce_mark = units::Probability::always(); })};
  const FrameBytes sent = roce_frame(7, 1'024);
  REQUIRE((sent[tos_offset] & std::byte{3}) == std::byte{2});  // ECT(0)
  lab.send(0, 0, sent);
  lab.settle();
  const Frames got = lab.take(1, 0);
  REQUIRE(got.size() == 1);
  CHECK((got[0][tos_offset] & std::byte{3}) == std::byte{3});
  CHECK(header_sum(got[0]) == 0xffff);
  CHECK(has_intact_icrc(got[0]));
  FrameBytes expected = sent;  // nothing else has changed
  for (const std::size_t i : {tos_offset, checksum_offset, checksum_offset + 1}) expected[i] = got[0][i];
  CHECK((got[0] == expected));

  const FrameBytes other = ethernet(2, 1);  // no IP: nothing to mark
  lab.send(0, 0, other);
  lab.settle();
  CHECK(lab.take(1, 0) == Frames{other});
}

TEST_CASE("a damaged frame differs in one byte that the ICRC covers") {
  Lab lab{with_impairments([](link::ImpairmentConfig& i) { i.corrupt = units::Probability::always(); })};
  for (const std::uint16_t payload : {std::uint16_t{0}, std::uint16_t{256}, std::uint16_t{4'096}}) {
    const FrameBytes sent = roce_frame(7, payload);
    REQUIRE(has_intact_icrc(sent));
    lab.send(0, 0, sent);
    lab.settle();
    const Frames got = lab.take(1, 0);
    REQUIRE(got.size() == 1);
    CHECK(differing_bytes(got[0], sent) == 1);
    CHECK_FALSE(has_intact_icrc(got[0]));
  }
  CHECK(lab.direction(0, 0).near.dropped.total() == 0);
}

TEST_CASE("a doubled frame comes out twice in a row, from every port that it leaves by") {
  for (const unsigned exits : {1U, 3U}) {
    LabOptions options =
        with_impairments([](link::ImpairmentConfig& i) { i.duplicate = units::Probability::always(); });
    options.ports = {1, exits};
    Lab lab{options};
    const FrameBytes first = roce_frame(1, 100), second = roce_frame(2, 100);
    lab.send(0, 0, first);
    lab.send(0, 0, second);
    lab.settle();
    for (std::uint32_t port = 0; port < exits; ++port) CHECK(lab.take(1, port) == Frames{first, first, second, second});
    const DirectionSnapshot direction = lab.direction(0, 0);
    CHECK(direction.near.frames_in == 2);
    CHECK(direction.far.frames_duplicated == 2);
    CHECK(direction.far.frames_out == 4);
    CHECK(direction.generated == 4 * (exits - 1));
  }
}

TEST_CASE("copies are frames of their own: damage after the copy does not reach the other") {
  LabOptions options;
  options.ports = {1, 2};
  Lab lab{options};
  const FrameBytes sent = ethernet(0, 1);
  lab.send(0, 0, sent);
  lab.settle();
  rte_mbuf* of_first = nullptr;
  rte_mbuf* of_second = nullptr;
  REQUIRE(lab.port(1, 0).take({&of_first, 1}) == 1);
  REQUIRE(lab.port(1, 1).take({&of_second, 1}) == 1);
  *rte_pktmbuf_mtod(of_first, std::byte*) = std::byte{0x55};
  CHECK(to_bytes(of_second) == sent);
  CHECK(rte_mbuf_refcnt_read(of_first) == 1);
  rte_pktmbuf_free(of_first);
  rte_pktmbuf_free(of_second);
}

TEST_CASE("new values between two bursts leave frames in flight as they were decided") {
  LabOptions options;
  options.change = [](ForwarderConfig& config) {
    config.links[0].directions[0].fibre.delay = Duration::microseconds(500);
  };
  Lab lab{options};
  const FrameBytes old_frame = roce_frame(1, 1'024), new_frame = roce_frame(2, 1'024), lost = roce_frame(3, 1'024);
  lab.step_at(Duration::microseconds(10));
  lab.send(0, 0, old_frame);
  lab.step_at(Duration::microseconds(100));

  link::DirectionConfig config = lab.direction(0, 0).config;
  config.fibre.delay = Duration::milliseconds(2);
  lab.step_at(Duration::microseconds(200));
  lab.forwarder().publish({config});
  CHECK(lab.direction(0, 0).config == config);
  lab.send(0, 0, new_frame);
  lab.step_at(Duration::microseconds(210));

  // Received at 100 us: due 500 us later, and once through both serializers of 400 Gb/s (1106 B on the line: 22.12 ns
  // each).
  lab.step_at(Duration::nanoseconds(600'044));
  CHECK(lab.take(1, 0).empty());
  lab.step_at(Duration::nanoseconds(600'046));
  CHECK(lab.take(1, 0) == Frames{old_frame});
  config.impairments.loss = units::Probability::always();
  lab.forwarder().publish({config});
  lab.send(0, 0, lost);
  lab.step_at(Duration::microseconds(700));
  lab.step_at(Duration::nanoseconds(2'210'044));
  CHECK(lab.take(1, 0).empty());
  lab.step_at(Duration::nanoseconds(2'210'046));
  CHECK(lab.take(1, 0) == Frames{new_frame});
  lab.step_at(Duration::milliseconds(10));
  CHECK(lab.take(1, 0).empty());
  CHECK(lab.direction(0, 0).near.dropped.random == 1);
  CHECK(lab.direction(0, 0).near.dropped.total() == 1);
}

TEST_CASE("both directions change together, and one alone leaves the other") {
  Lab lab;
  link::DirectionConfig forward = lab.direction(0, 0).config, back = lab.direction(0, 1).config;
  forward.fibre.delay = back.fibre.delay = Duration::microseconds(30);
  lab.forwarder().publish({forward, back});
  CHECK(lab.direction(0, 0).config == forward);
  CHECK(lab.direction(0, 1).config == back);
  back.impairments.loss = units::Probability::of(0.5);
  lab.forwarder().publish({back});
  CHECK(lab.direction(0, 0).config == forward);
  CHECK(lab.direction(0, 1).config == back);
}

TEST_CASE("frames on the fibre at the end are held, and their mbufs go back with the forwarder") {
  LabOptions options;
  options.change = [](ForwarderConfig& config) { config.links[0].directions[0].fibre.delay = Duration::seconds(1); };
  Lab lab{options};
  for (std::uint32_t i = 0; i < 100; ++i) lab.send(0, 0, roce_frame(i, 64));
  lab.settle();
  lab.settle();
  CHECK(lab.direction(0, 0).held == 100);
  CHECK(lab.forwarder().snapshot().mbufs_free == lab.forwarder().snapshot().mbufs - 100);
}

}  // namespace farlink::dpdk::test
