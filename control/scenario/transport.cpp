// SPDX-License-Identifier: Apache-2.0
// transport and run.
#include <array>

#include "control/scenario/sections.hpp"
#include "control/scenario/value.hpp"

namespace farlink::scenario {
namespace {

constexpr std::uint64_t steps = 8;         // of a buffer, where its chunk is not given
constexpr std::uint32_t usual_least = 10;  // of adaptive-timer: on
constexpr std::array channel_keys{"channel-buffer", "chunk", "qps-per-channel"};

// Over those of a preset, if there are any.
std::optional<Channels> read_channels(const Reader& reader, const Transport& transport) {
  if (reader.has("qps-per-pair")) return std::nullopt;
  if (!transport.channels && !reader.has("channels")) {
    for (const char* key : channel_keys)
      if (reader.has(key)) reader.refuse(key, "says nothing without channels; set transport.channels too");
    return std::nullopt;
  }
  Channels channels = transport.channels.value_or(Channels{});
  channels.count = reader.whole32("channels", channels.count);
  channels.queue_pairs = reader.whole32("qps-per-channel", channels.queue_pairs);
  channels.buffer = reader.bytes("channel-buffer", channels.buffer);
  if (reader.has("channel-buffer")) channels.chunk = Bytes{channels.buffer.count() / steps};
  channels.chunk = reader.bytes("chunk", channels.chunk);
  const char* const key = reader.has("chunk") ? "chunk" : "channel-buffer";
  if (channels.chunk < Bytes{transport.mtu})
    reader.refuse(key, "leaves less than one mtu for a chunk; chunks are of whole packets");
  if (channels.chunk > channels.buffer) reader.refuse(key, "is above channel-buffer, which holds one chunk or more");
  return channels;
}

void read_timer(const Reader& reader, Transport& transport) {
  transport.ack_timeout = reader.whole32("ack-timeout", transport.ack_timeout);
  if (reader.has("adaptive-timer")) {
    const std::string text = reader.text("adaptive-timer", "");
    transport.adaptive_timer.reset();
    if (text != "off") transport.adaptive_timer = text == "on" ? usual_least : reader.whole32("adaptive-timer", 0);
  }
  if (transport.adaptive_timer && transport.ack_timeout == 0)
    reader.refuse("ack-timeout", "0 is no timer, so adaptive-timer has none to adapt; set adaptive-timer: off");
  if (transport.adaptive_timer && *transport.adaptive_timer > transport.ack_timeout)
    reader.refuse(reader.has("adaptive-timer") ? "adaptive-timer" : "ack-timeout",
                  "makes the shortest timer (adaptive-timer " + std::to_string(*transport.adaptive_timer) +
                      ") longer than the longest (ack-timeout " + std::to_string(transport.ack_timeout) + ")");
}

// A preset's goes with the go-back-N that another key takes away.
void read_slow_restart(const Reader& reader, Transport& transport) {
  const bool is_selective = transport.retransmission == Retransmission::selective_repeat;
  if (reader.has("slow-restart")) transport.slow_restart = reader.text("slow-restart", "") == "on";
  if (is_selective && transport.slow_restart && reader.has("slow-restart"))
    reader.refuse("slow-restart", "is of go-back-n; selective-repeat sends again what is lost, and no more");
  if (is_selective) transport.slow_restart = false;
}

// The blocks of the longest message that there is must have numbers, and a window room for a block and an
// acknowledgement, or the sender could wait for word of a block that it has not finished.
void read_erasure_coding(const Reader& reader, Transport& transport) {
  if (!reader.is_section("erasure-coding")) return;
  const Reader section = reader.section("erasure-coding");
  ErasureCoding code;
  code.data = section.whole32("data", code.data);
  code.parity = section.whole32("parity", code.parity);
  code.is_xor = section.text("code", "mds") == "xor";
  if (transport.retransmission != Retransmission::selective_repeat)
    reader.refuse("erasure-coding",
                  "needs a receiver that keeps what follows a loss; set transport.retransmission: selective-repeat");
  constexpr std::uint64_t least_block = std::uint64_t{32} << 10;  // of messages of 2 GiB, 16 bits number as many
  if (std::uint64_t{code.data} * transport.mtu < least_block)
    section.refuse("data",
                   "makes blocks of less than 32 KiB, of which the longest message has more than can be "
                   "numbered; data times mtu must be 32768 or more");
  const Bytes* window = std::get_if<Bytes>(&transport.window);
  const std::uint64_t least = std::uint64_t{code.data} + transport.ack_every;
  if (window != nullptr && window->count() / transport.mtu < least)
    reader.refuse("window", "is below a block and ack-every, " + std::to_string(least) +
                                " packets, which erasure-coding needs to go on behind a loss");
  transport.erasure_coding = code;
}

}  // namespace

Transport read_transport(const Reader& top) {
  const Reader reader = top.section("transport");
  Transport transport = reader.has("preset") ? transport_preset(reader.text("preset", "")) : Transport{};
  if (reader.has("retransmission"))
    transport.retransmission = reader.text("retransmission", "") == "selective-repeat"
                                   ? Retransmission::selective_repeat
                                   : Retransmission::go_back_n;
  if (reader.has("nak")) transport.nak = reader.text("nak", "") == "once" ? NakMode::once : NakMode::every_gap;
  if (reader.has("congestion-control")) transport.congestion_control = read_congestion_control(reader);
  transport.mtu = reader.whole32("mtu", transport.mtu);
  transport.qps_per_pair = reader.whole32("qps-per-pair", transport.qps_per_pair);
  transport.channels = read_channels(reader, transport);
  if (reader.has("window")) transport.window = parse_window(reader.text("window", ""));
  transport.ack_every = reader.whole32("ack-every", transport.ack_every);
  read_timer(reader, transport);
  read_slow_restart(reader, transport);
  if (reader.has("retry")) {
    transport.retry.reset();
    if (reader.text("retry", "") != "endless") transport.retry = reader.whole32("retry", 0);
  }
  if (reader.text("on-error", "abort") == "reconnect") transport.on_error = OnError::reconnect;
  if (transport.on_error == OnError::abort && reader.has("reconnect-after"))
    reader.refuse("reconnect-after", "says nothing while on-error is abort; set on-error: reconnect, or leave it out");
  transport.reconnect_after = reader.duration("reconnect-after", transport.reconnect_after);
  const Bytes* window = std::get_if<Bytes>(&transport.window);
  if (window != nullptr && *window < Bytes{transport.mtu})
    reader.refuse("window", "is below one mtu; nothing could be sent");
  read_erasure_coding(reader, transport);
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
  run.long_run = read_long_run(top, run);
  return run;
}

}  // namespace farlink::scenario
