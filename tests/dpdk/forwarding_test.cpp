// SPDX-License-Identifier: Apache-2.0
// Where a frame goes when there is a choice: several ports per site, three sites, unknown and group addresses. Every
// case ends with conservation and a full pool (lab.hpp).
#include "tests/dpdk/lab.hpp"

namespace farlink::dpdk::test {
namespace {

using Frames = std::vector<FrameBytes>;

// Who got how many frames, site by site, port by port.
std::vector<std::vector<std::size_t>> received(Lab& lab, const std::vector<unsigned>& ports) {
  std::vector<std::vector<std::size_t>> counts;
  for (std::uint32_t site = 0; site < ports.size(); ++site) {
    counts.emplace_back();
    for (std::uint32_t port = 0; port < ports[site]; ++port) counts.back().push_back(lab.take(site, port).size());
  }
  return counts;
}
using Counts = std::vector<std::vector<std::size_t>>;

}  // namespace

TEST_CASE("with one port at each of two sites there is nothing to learn: every frame crosses") {
  Lab lab;
  const FrameBytes to_itself = ethernet(1, 1);
  lab.send(0, 0, to_itself);
  lab.settle();
  CHECK(lab.take(1, 0) == Frames{to_itself});
  CHECK(lab.take(0, 0).empty());
  CHECK(lab.counters(0, 0).received == 1);
  CHECK(lab.counters(0, 0).received_bytes == 100);
  CHECK(lab.counters(1, 0).sent == 1);
  CHECK(lab.counters(1, 0).sent_bytes == 100);
}

TEST_CASE("a frame for an unknown address reaches every other port once, a known address one port alone") {
  const std::vector<unsigned> ports{2, 3};
  Lab lab{{.ports = ports}};
  const FrameBytes first = ethernet(20, 10);  // host 10 at west-0 asks for host 20, which nobody has seen
  lab.send(0, 0, first);
  lab.settle();
  for (const auto& [site, port] : {std::pair{0U, 1U}, {1U, 0U}, {1U, 1U}, {1U, 2U}})
    CHECK(lab.take(site, port) == Frames{first});
  CHECK(lab.take(0, 0).empty());
  CHECK(lab.counters(0, 0).flooded == 1);          // the copy for west-1
  CHECK(lab.direction(0, 0).generated == 2);       // the copies for east-1 and east-2
  CHECK(lab.direction(0, 0).near.frames_in == 1);  // one frame on the line, whatever the number of exit ports

  const FrameBytes answer = ethernet(10, 20);  // host 20 answers from east-1
  lab.send(1, 1, answer);
  lab.settle();
  CHECK(received(lab, ports) == Counts{{1, 0}, {0, 0, 0}});
  lab.send(0, 0, first);  // now it is known where both are
  lab.settle();
  CHECK(received(lab, ports) == Counts{{0, 0}, {0, 1, 0}});
  CHECK(lab.direction(0, 0).generated == 2);
}

TEST_CASE("group addresses are flooded and never learned") {
  const std::vector<unsigned> ports{2, 2};
  Lab lab{{.ports = ports}};
  FrameBytes multicast = ethernet(1, 10);
  multicast[0] = std::byte{0x33};  // IPv6 multicast
  multicast[1] = std::byte{0x33};
  for (const FrameBytes& frame : {ethernet(0, 10), multicast}) {
    for (int again = 0; again < 2; ++again) {
      lab.send(0, 1, frame);
      lab.settle();
      CHECK(received(lab, ports) == Counts{{1, 0}, {1, 1}});
    }
  }
  FrameBytes forged = ethernet(30, 0);
  std::copy_n(multicast.begin(), 6, forged.begin() + 6);  // a group address as the source
  lab.send(1, 0, forged);
  lab.settle();
  CHECK(received(lab, ports) == Counts{{1, 1}, {0, 1}});
  lab.send(0, 1, multicast);  // still for all
  lab.settle();
  CHECK(received(lab, ports) == Counts{{1, 0}, {1, 1}});
}

TEST_CASE("two hosts of one site talk without crossing the link, and a frame for its own port is filtered") {
  const std::vector<unsigned> ports{2, 1};
  Lab lab{{.ports = ports}};
  lab.send(0, 0, ethernet(0, 10));
  lab.send(0, 1, ethernet(0, 11));
  lab.settle();
  received(lab, ports);
  const std::uint64_t crossed = lab.direction(0, 0).near.frames_in;
  lab.send(0, 0, ethernet(11, 10));
  lab.step_at(lab.now().since_start() + Duration::microseconds(1));  // at once: a site is no link
  CHECK(received(lab, ports) == Counts{{0, 1}, {0}});
  CHECK(lab.counters(0, 0).local == 1);
  lab.send(0, 0, ethernet(10, 12));  // a switch behind west-0 sends up what it could have kept
  lab.settle();
  CHECK(received(lab, ports) == Counts{{0, 0}, {0}});
  CHECK(lab.counters(0, 0).filtered == 1);
  CHECK(lab.direction(0, 0).near.frames_in == crossed);
}

TEST_CASE("an address that moves to another port is followed") {
  const std::vector<unsigned> ports{2, 2};
  Lab lab{{.ports = ports}};
  lab.send(1, 0, ethernet(0, 20));
  lab.settle();
  received(lab, ports);
  lab.send(0, 0, ethernet(20, 10));
  lab.settle();
  CHECK(received(lab, ports) == Counts{{0, 0}, {1, 0}});
  lab.send(1, 1, ethernet(0, 20));  // the virtual machine has moved
  lab.settle();
  received(lab, ports);
  lab.send(0, 0, ethernet(20, 10));
  lab.settle();
  CHECK(received(lab, ports) == Counts{{0, 0}, {0, 1}});
  lab.send(0, 1, ethernet(0, 20));  // and now to the other site
  lab.settle();
  received(lab, ports);
  lab.send(0, 0, ethernet(20, 10));
  lab.settle();
  CHECK(received(lab, ports) == Counts{{0, 1}, {0, 0}});
}

TEST_CASE(
    "three sites in a triangle: each frame takes the one link to its site, a broadcast both, and none comes back") {
  const std::vector<unsigned> ports{1, 1, 2};
  Lab lab{{.ports = ports, .links = {{0, 1}, {1, 2}, {2, 0}}}};
  lab.send(0, 0, ethernet(0, 10));
  lab.settle();
  CHECK(received(lab, ports) == Counts{{0}, {1}, {1, 1}});
  lab.send(1, 0, ethernet(0, 20));
  lab.settle();
  CHECK(received(lab, ports) == Counts{{1}, {0}, {1, 1}});
  lab.send(2, 1, ethernet(10, 30));
  lab.settle();
  CHECK(received(lab, ports) == Counts{{1}, {0}, {0, 0}});
  CHECK(lab.direction(2, 0).near.frames_in == 1);  // link 2, from site 2 to site 0
  CHECK(lab.direction(2, 1).near.frames_in == 1);  // the first broadcast
  lab.send(0, 0, ethernet(20, 10));
  lab.send(0, 0, ethernet(30, 10));
  lab.settle();
  CHECK(received(lab, ports) == Counts{{0}, {1}, {0, 1}});
  CHECK(lab.direction(0, 0).near.frames_in == 2);  // broadcast, and the frame for 20
  CHECK(lab.direction(2, 1).near.frames_in == 2);  // broadcast, and the frame for 30
}

TEST_CASE("sites in a chain do not relay: a frame for a site without a link is unroutable") {
  const std::vector<unsigned> ports{1, 1, 1};
  Lab lab{{.ports = ports, .links = {{0, 1}, {1, 2}}}};
  lab.send(2, 0, ethernet(0, 30));
  lab.settle();
  CHECK(received(lab, ports) == Counts{{0}, {1}, {0}});
  lab.send(0, 0, ethernet(30, 10));
  lab.settle();
  CHECK(received(lab, ports) == Counts{{0}, {0}, {0}});
  CHECK(lab.counters(0, 0).unroutable == 1);
}

TEST_CASE("several ports of a site share one line: that is the convergence") {
  LabOptions options{.ports = {4, 1}};
  options.change = [](ForwarderConfig& config) {
    for (link::DirectionConfig& d : config.links[0].directions) d.near_edge.rate = BitRate::gigabits(10);
  };
  Lab lab{options};
  lab.send(1, 0, ethernet(0, 20));
  lab.settle();
  for (std::uint32_t port = 0; port < 4; ++port) lab.take(0, port);
  // Four ports, one frame of 1226 bytes each: 1250 bytes on the line are 1 us at 10 Gb/s, so the last leaves the near
  // edge 4 us after the burst, and the far port of 400 Gb/s 25 ns later.
  for (std::uint32_t port = 0; port < 4; ++port)
    lab.send(0, port, ethernet(20, static_cast<std::uint8_t>(10 + port), 0x88b5, 1'226));
  const Instant sent = lab.now() + Duration::microseconds(1);
  lab.forwarder().step(sent);
  lab.forwarder().step(sent + Duration::nanoseconds(4'024));
  CHECK(lab.take(1, 0).size() == 3);
  lab.forwarder().step(sent + Duration::nanoseconds(4'025));
  CHECK(lab.take(1, 0).size() == 1);
}

}  // namespace farlink::dpdk::test
