// SPDX-License-Identifier: Apache-2.0
// transport and run.
#include "control/scenario/sections.hpp"
#include "control/scenario/value.hpp"

namespace farlink::scenario {

Transport read_transport(const Reader& top) {
  const Reader reader = top.section("transport");
  Transport transport;
  if (reader.text("retransmission", "go-back-n") == "selective-repeat")
    transport.retransmission = Retransmission::selective_repeat;
  transport.nak = reader.text("nak", "once") == "once" ? NakMode::once : NakMode::every_gap;
  transport.congestion_control = read_congestion_control(reader);
  transport.mtu = reader.whole32("mtu", transport.mtu);
  transport.qps_per_pair = reader.whole32("qps-per-pair", transport.qps_per_pair);
  if (reader.has("window")) transport.window = parse_window(reader.text("window", ""));
  transport.ack_every = reader.whole32("ack-every", transport.ack_every);
  transport.ack_timeout = reader.whole32("ack-timeout", transport.ack_timeout);
  if (reader.text("retry", "") == "endless") {
    transport.retry.reset();
  } else {
    transport.retry = reader.whole32("retry", *transport.retry);
  }
  if (reader.text("on-error", "abort") == "reconnect") transport.on_error = OnError::reconnect;
  if (transport.on_error == OnError::abort && reader.has("reconnect-after"))
    reader.refuse("reconnect-after", "says nothing while on-error is abort; set on-error: reconnect, or leave it out");
  transport.reconnect_after = reader.duration("reconnect-after", transport.reconnect_after);
  const Bytes* window = std::get_if<Bytes>(&transport.window);
  if (window != nullptr && *window < Bytes{transport.mtu})
    reader.refuse("window", "is below one mtu; nothing could be sent");
  return transport;
}

Run read_run(const Reader& top) {
  const Reader reader = top.section("run");
  Run run;
  run.steps = reader.whole32("steps", run.steps);
  run.warmup = reader.whole32("warmup", run.warmup);
  run.seed = reader.whole("seed", run.seed);
  run.seeds = reader.whole32("seeds", run.seeds);
  if (run.warmup >= run.steps) {
    reader.refuse("steps", "must be more than warmup (" + std::to_string(run.warmup) + "); steps include the warm-up");
  }
  return run;
}

}  // namespace farlink::scenario
