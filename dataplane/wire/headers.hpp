// SPDX-License-Identifier: Apache-2.0
// The InfiniBand headers that RoCEv2 carries behind UDP, as plain values in host byte order.
// InfiniBand Architecture Specification, volume 1, section 9.2 (BTH) and 9.3 (extended transport headers).
#pragma once

#include <cstdint>

#include "dataplane/wire/opcode.hpp"

namespace farlink::wire {

// Base transport header, 12 bytes. The pad count is not here: it follows from the payload.
struct Bth {
  Opcode opcode = Opcode::send_only;
  bool solicited = false;
  bool migration_request = true;
  std::uint16_t partition_key = 0xffff;
  bool fecn = false;
  bool becn = false;
  std::uint8_t reserved6 = 0;        // 6 bits beside FECN and BECN: sent as zero, ignored, not covered by the ICRC
  std::uint32_t destination_qp = 0;  // 24 bits
  bool ack_request = false;
  std::uint8_t reserved7 = 0;  // 7 bits beside AckReq: sent as zero, ignored, covered by the ICRC
  std::uint32_t psn = 0;       // 24 bits

  bool operator==(const Bth&) const = default;
};

// RDMA extended transport header: WRITE first and only, READ request, FLUSH, ATOMIC WRITE.
struct Reth {
  std::uint64_t virtual_address = 0;
  std::uint32_t remote_key = 0;
  std::uint32_t dma_length = 0;  // bytes of the whole message

  bool operator==(const Reth&) const = default;
};

// ACK extended transport header; syndrome.hpp reads the syndrome.
struct Aeth {
  std::uint8_t syndrome = 0;
  std::uint32_t message_sequence_number = 0;  // 24 bits

  bool operator==(const Aeth&) const = default;
};

// Atomic extended transport header: CmpSwap and FetchAdd.
struct AtomicEth {
  std::uint64_t virtual_address = 0;
  std::uint32_t remote_key = 0;
  std::uint64_t swap_or_add = 0;
  std::uint64_t compare = 0;

  bool operator==(const AtomicEth&) const = default;
};

// What the memory held before the atomic operation.
struct AtomicAckEth {
  std::uint64_t original = 0;

  bool operator==(const AtomicAckEth&) const = default;
};

// Immediate data, handed to the receiver's completion.
struct Immediate {
  std::uint32_t data = 0;

  bool operator==(const Immediate&) const = default;
};

// Invalidate extended transport header: the receiver's key to invalidate.
struct Ieth {
  std::uint32_t remote_key = 0;

  bool operator==(const Ieth&) const = default;
};

// FLUSH extended transport header: 26 reserved bits, selectivity level (2 bits), placement type (4 bits).
struct Feth {
  std::uint32_t flags = 0;

  bool operator==(const Feth&) const = default;
};

}  // namespace farlink::wire
