// SPDX-License-Identifier: Apache-2.0
// transport.preset: what a kind of RNIC or library is set to. Where each value comes from, and which are assumptions:
// docs/model.md.
#include "control/scenario/sections.hpp"

namespace farlink::scenario {
namespace {

// Go-back-N in hardware, with its vendor's congestion control.
Transport connectx_5() {
  return {
      .congestion_control = dcqcn_preset("connectx"), .ack_timeout = 14, .adaptive_timer = 10, .slow_restart = true};
}

Transport connectx_7() {
  return {.retransmission = Retransmission::selective_repeat,
          .congestion_control = dcqcn_preset("connectx"),
          .ack_timeout = 14};
}

// 128 packets unacknowledged, an acknowledgement every 64.
Transport soft_roce() { return {.window = Bytes::kibi(512), .ack_every = 64, .ack_timeout = 14}; }

Transport irn() {
  return {.retransmission = Retransmission::selective_repeat, .window = 1.0, .ack_timeout = 11, .retry = std::nullopt};
}

Transport nccl(const Channels& channels) { return {.channels = channels, .ack_timeout = 20}; }

}  // namespace

Transport transport_preset(std::string_view name) {
  if (name == "connectx-5") return connectx_5();
  if (name == "connectx-7") return connectx_7();
  if (name == "soft-roce") return soft_roce();
  if (name == "irn") return irn();
  if (name == "nccl-default") return nccl({.count = 2});
  return nccl({.count = 16, .buffer = Bytes::mebi(16), .chunk = Bytes::mebi(2), .queue_pairs = 4});
}

}  // namespace farlink::scenario
