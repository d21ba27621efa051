// SPDX-License-Identifier: Apache-2.0
// A forwarder between two in-process ports, stepped by the test at times of its own.
#pragma once

#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

#include "dataplane/dpdk/eal.hpp"
#include "dataplane/dpdk/forwarder.hpp"
#include "dataplane/dpdk/ring_port.hpp"
#include "dataplane/rnic/wire_frame.hpp"

namespace farlink::dpdk::test {

using units::BitRate;
using units::Bytes;
using units::Duration;
using units::Instant;

constexpr Duration us(std::int64_t n) { return Duration::microseconds(n); }

// The process's one EAL: no hugepages, no devices but ours. The first call decides on which CPUs lcores run.
inline Eal& environment(const std::vector<unsigned>& cpus = {}) {
  static Eal eal{[&] {
    EalOptions options;
    options.cpus = cpus;
    options.name = "farlink-test-" + std::to_string(::getpid());
    options.memory_bytes = 256U << 20;
    options.hugepages = HugepageUse::off;
    return options;
  }()};
  return eal;
}

inline link::DirectionConfig plain_direction(std::uint32_t direction) {
  link::DirectionConfig config;
  config.near_edge.rate = BitRate::gigabits(400);
  config.near_edge.buffer = Bytes::mebi(64);
  config.far_edge.port_rate = BitRate::gigabits(400);
  config.far_edge.buffer = Bytes::mebi(64);
  config.far_edge.ports = 1;
  config.direction = direction;
  return config;
}

inline ForwarderConfig plain_config(const std::vector<std::vector<std::string>>& devices) {
  ForwarderConfig config;
  config.name = "test";
  config.mbufs = 8'191;
  config.frame_bytes = 9'216;
  const std::array names{"west", "east", "south"};
  for (std::size_t i = 0; i < devices.size(); ++i)
    config.sites.push_back({names[i], devices[i], BitRate::gigabits(400)});
  LinkConfig link;
  link.name = "west-east";
  link.east = 1;
  link.directions = {plain_direction(0), plain_direction(1)};
  config.links.push_back(link);
  return config;
}

// A RoCEv2 WRITE_MIDDLE with this PSN and payload length, between two hosts.
inline std::vector<std::byte> roce_frame(std::uint32_t psn, std::uint16_t payload_bytes) {
  static const std::vector<std::byte> payload(4'096, std::byte{0x5a});
  rnic::Frame frame;
  frame.opcode = wire::Opcode::write_middle;
  frame.destination_qp = 17;
  frame.psn = psn;
  frame.payload_bytes = payload_bytes;
  frame.local_address = reinterpret_cast<std::uint64_t>(payload.data());
  rnic::WirePath path;
  path.source = {{2, 0, 0, 0, 0, 1}, wire::Ipv4Address{10, 0, 0, 1}};
  path.destination = {{2, 0, 0, 0, 0, 2}, wire::Ipv4Address{10, 0, 0, 2}};
  std::vector<std::byte> bytes(8'192);
  bytes.resize(rnic::to_bytes(frame, path, bytes));
  return bytes;
}

inline rte_mbuf* to_mbuf(const std::vector<std::byte>& bytes, const Buffers& buffers) {
  rte_mbuf* mbuf = rte_pktmbuf_alloc(buffers.pool());
  std::memcpy(rte_pktmbuf_append(mbuf, static_cast<std::uint16_t>(bytes.size())), bytes.data(), bytes.size());
  return mbuf;
}

// The bytes of all pieces.
inline std::vector<std::byte> to_bytes(const rte_mbuf* mbuf) {
  std::vector<std::byte> bytes;
  for (; mbuf != nullptr; mbuf = mbuf->next) {
    const auto* data = rte_pktmbuf_mtod(mbuf, const std::byte*);
    bytes.insert(bytes.end(), data, data + mbuf->data_len);
  }
  return bytes;
}

// Takes what the port has sent, as bytes; the mbufs go back.
inline std::vector<std::vector<std::byte>> take_all(RingPort& port) {
  std::vector<std::vector<std::byte>> frames;
  std::array<rte_mbuf*, 64> mbufs;
  while (const std::uint32_t count = port.take(mbufs)) {
    for (std::uint32_t i = 0; i < count; ++i) {
      frames.push_back(to_bytes(mbufs[i]));
      rte_pktmbuf_free(mbufs[i]);
    }
  }
  return frames;
}

inline Instant at_ns(std::int64_t ns) { return Instant::at(Duration::nanoseconds(ns)); }

}  // namespace farlink::dpdk::test
