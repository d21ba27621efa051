// SPDX-License-Identifier: Apache-2.0
// transport: its presets and what goes over them, channels, timers, and what is refused.
#include <catch2/catch.hpp>
#include <set>

#include "control/json/json.hpp"
#include "control/scenario/schema.hpp"
#include "control/yaml/parse.hpp"
#include "tests/scenario/base_text.hpp"
#include "tests/scenario/json_schema.hpp"

namespace farlink::scenario {
namespace {

Transport transport(const std::string& keys) { return base(12, "transport: {" + keys + "}").transport; }

// Of a transport on line 12 of the base.
std::string refused(const std::string& keys) { return refusal(base_text(12, "transport: {" + keys + "}")); }

const Dcqcn vendor = dcqcn_preset("connectx");

}  // namespace

TEST_CASE("transport: presets are named sets of values") {
  CHECK(transport("preset: connectx-5") ==
        Transport{.congestion_control = vendor, .ack_timeout = 14, .adaptive_timer = 10, .slow_restart = true});
  CHECK(transport("preset: connectx-7") ==
        Transport{.retransmission = Retransmission::selective_repeat, .congestion_control = vendor, .ack_timeout = 14});
  CHECK(transport("preset: soft-roce") == Transport{.window = Bytes{128 * 4096}, .ack_every = 64, .ack_timeout = 14});
  CHECK(transport("preset: irn") == Transport{.retransmission = Retransmission::selective_repeat,
                                              .window = 1.0,
                                              .ack_timeout = 11,
                                              .retry = std::nullopt});
  CHECK(transport("preset: nccl-default") ==
        Transport{.channels = Channels{2, Bytes::mebi(4), Bytes::kibi(512), 1}, .ack_timeout = 20});
  CHECK(transport("preset: nccl-long-haul") ==
        Transport{.channels = Channels{16, Bytes::mebi(16), Bytes::mebi(2), 4}, .ack_timeout = 20});
}

TEST_CASE("transport: keys go over the preset, whichever stands first") {
  CHECK(transport("preset: irn, retransmission: go-back-n, nak: every-gap, congestion-control: swift, mtu: 1024, "
                  "qps-per-pair: 3, window: 2MiB, ack-every: 1, ack-timeout: 9, adaptive-timer: 3, slow-restart: on, "
                  "retry: endless, on-error: reconnect, reconnect-after: 2s") ==
        Transport{.nak = NakMode::every_gap,
                  .congestion_control = Swift{},
                  .mtu = 1024,
                  .qps_per_pair = 3,
                  .window = Bytes::mebi(2),
                  .ack_every = 1,
                  .ack_timeout = 9,
                  .adaptive_timer = 3,
                  .slow_restart = true,
                  .retry = std::nullopt,
                  .on_error = OnError::reconnect,
                  .reconnect_after = Duration::seconds(2)});
  CHECK(transport("ack-timeout: 20, preset: connectx-7") == transport("preset: connectx-7, ack-timeout: 20"));
  CHECK(transport("preset: connectx-5, congestion-control: none, adaptive-timer: off, slow-restart: off") ==
        transport("ack-timeout: 14"));
  // What is of go-back-N goes with it.
  CHECK(transport("preset: connectx-5, retransmission: selective-repeat, adaptive-timer: off") ==
        transport("preset: connectx-7"));
}

TEST_CASE("transport: --set reaches the preset and the keys over it, and equal values are equal hashes") {
  const Scenario s = with_sets({"transport.preset=irn"}, 12, "transport: {}");
  CHECK(s.transport == transport("preset: irn"));
  CHECK(s.hash ==
        base(12, "transport: {retransmission: selective-repeat, window: 1bdp, ack-timeout: 11, retry: endless}").hash);
  CHECK(s.hash != base().hash);
  CHECK(with_sets({"transport.ack-timeout=12"}, 12, "transport: {preset: irn}").transport.ack_timeout == 12);
}

TEST_CASE("transport: a preset that is not known is answered with the nearest") {
  const std::string known = "one of connectx-5, connectx-7, soft-roce, irn, nccl-default, nccl-long-haul";
  CHECK(refused("preset: conectx-7") ==
        "t.yaml:12: 'transport.preset' 'conectx-7' is not known; did you mean 'connectx-7'? " + known);
  CHECK(refused("preset: rocky") == "t.yaml:12: 'transport.preset' 'rocky' is not known; " + known);
  CHECK(refusal(base_text(), {"transport.preset=softroce"})
            .starts_with("--set transport.preset: 'softroce' is not known; did you mean 'soft-roce'? one of "));
}

TEST_CASE("transport: channels take the place of queue pairs per pair") {
  CHECK_FALSE(base().transport.channels.has_value());
  CHECK(base().transport.queue_pairs() == 8);
  const Transport four = transport("channels: 4");
  CHECK(four.channels == Channels{4, Bytes::mebi(4), Bytes::kibi(512), 1});
  CHECK(four.queue_pairs() == 4);
  CHECK(transport("channels: 3, channel-buffer: 16MiB, qps-per-channel: 2").channels ==
        Channels{3, Bytes::mebi(16), Bytes::mebi(2), 2});  // chunk: an eighth
  CHECK(transport("channels: 3, channel-buffer: 16MiB, qps-per-channel: 2").queue_pairs() == 6);
  CHECK(transport("channels: 1, chunk: 128KiB").channels == Channels{1, Bytes::mebi(4), Bytes::kibi(128), 1});
  // Over a preset, key by key; or queue pairs in the place of its channels.
  CHECK(transport("preset: nccl-long-haul, channels: 2").channels == Channels{2, Bytes::mebi(16), Bytes::mebi(2), 4});
  CHECK(transport("preset: nccl-default, qps-per-pair: 4") == Transport{.qps_per_pair = 4, .ack_timeout = 20});
  CHECK(with_sets({"transport.channels=2"}, 12, "transport: {qps-per-pair: 4}").transport.queue_pairs() == 2);
  CHECK(with_sets({"transport.qps-per-pair=4"}, 12, "transport: {channels: 2, chunk: 64KiB}").transport.queue_pairs() ==
        4);
}

TEST_CASE("transport: channels that do not fit are refused") {
  CHECK(refused("qps-per-pair: 2, channels: 2") ==
        "t.yaml:12: 'transport.channels' and 'qps-per-pair' exclude each other; give one of qps-per-pair or channels");
  CHECK(refused("chunk: 1MiB") ==
        "t.yaml:12: 'transport.chunk' says nothing without channels; set transport.channels too");
  CHECK(refused("channels: 1, chunk: 5MiB") ==
        "t.yaml:12: 'transport.chunk' is above channel-buffer, which holds one chunk or more");
  CHECK(refused("channels: 1, channel-buffer: 16KiB") ==
        "t.yaml:12: 'transport.channel-buffer' leaves less than one mtu for a chunk; chunks are of whole packets");
  CHECK(refused("channels: 65").find("too large; at most 64") != std::string::npos);
}

TEST_CASE("transport: timers that follow, and windows that start small") {
  CHECK(transport("adaptive-timer: on").adaptive_timer == 10U);
  CHECK(transport("adaptive-timer: 0").adaptive_timer == 0U);
  CHECK(transport("adaptive-timer: 12").adaptive_timer == 12U);
  CHECK(transport("adaptive-timer: off, slow-restart: off") == Transport{});
  CHECK(transport("slow-restart: on").slow_restart);
  CHECK(refused("adaptive-timer: 19") ==
        "t.yaml:12: 'transport.adaptive-timer' makes the shortest timer (adaptive-timer 19) longer than the longest "
        "(ack-timeout 18)");
  CHECK(refused("preset: connectx-5, ack-timeout: 9").find("'transport.ack-timeout' makes the shortest timer") !=
        std::string::npos);
  CHECK(refused("ack-timeout: 0, adaptive-timer: on") ==
        "t.yaml:12: 'transport.ack-timeout' 0 is no timer, so adaptive-timer has none to adapt; set adaptive-timer: "
        "off");
  CHECK(refused("retransmission: selective-repeat, slow-restart: on") ==
        "t.yaml:12: 'transport.slow-restart' is of go-back-n; selective-repeat sends again what is lost, and no more");
  CHECK(refused("adaptive-timer: sometimes").find("; or on, off") != std::string::npos);
}

TEST_CASE("transport: erasure coding") {
  CHECK_FALSE(base().transport.erasure_coding);
  const auto coded = [](const std::string& code) {
    return base(12, "transport: {retransmission: selective-repeat, erasure-coding: " + code + "}").transport;
  };
  CHECK(coded("{}").erasure_coding == ErasureCoding{});
  CHECK(coded("{data: 16, parity: 4, code: xor}").erasure_coding ==
        ErasureCoding{.is_xor = true, .data = 16, .parity = 4});
  CHECK_FALSE(coded("off").erasure_coding);
}

TEST_CASE("transport: erasure coding that cannot work is refused") {
  CHECK(refused("erasure-coding: {data: 32, parity: 8}") ==
        "t.yaml:12: 'transport.erasure-coding' needs a receiver that keeps what follows a loss; set "
        "transport.retransmission: selective-repeat");
  CHECK(refused("retransmission: selective-repeat, erasure-coding: {data: 7}").find("32 KiB") != std::string::npos);
  CHECK(refused("retransmission: selective-repeat, erasure-coding: {}, window: 160KiB") ==
        "t.yaml:12: 'transport.window' is below a block and ack-every, 48 packets, which erasure-coding needs to go "
        "on behind a loss");
  CHECK(refused("retransmission: selective-repeat, erasure-coding: {data: 128}").find("data") != std::string::npos);
  CHECK(refused("retransmission: selective-repeat, erasure-coding: {parity: 0}").find("parity") != std::string::npos);
  CHECK(refused("retransmission: selective-repeat, erasure-coding: on").find("off") != std::string::npos);
}

TEST_CASE("transport: what is new changes the hash") {
  std::set<std::string> hashes{base().hash};
  for (const char* keys :
       {"channels: 8", "channels: 8, qps-per-channel: 2", "channels: 8, channel-buffer: 8MiB",
        "channels: 8, chunk: 1MiB", "adaptive-timer: on", "retransmission: selective-repeat",
        "retransmission: selective-repeat, erasure-coding: {}",
        "retransmission: selective-repeat, erasure-coding: {code: xor}",
        "retransmission: selective-repeat, erasure-coding: {parity: 4}", "adaptive-timer: 1", "slow-restart: on"}) {
    INFO(keys);
    CHECK(hashes.insert(base(12, std::string{"transport: {"} + keys + "}").hash).second);
  }
}

TEST_CASE("transport: the schema takes presets, channels and timers") {
  const json::value document = schema();
  const auto violation = [&](const std::string& keys) {
    const std::string text = base_text(12, "transport: {" + keys + "}");
    return test::violation(test::to_json(yaml::parse(text, "t.yaml")), document.as_object(), "");
  };
  CHECK(violation("preset: nccl-long-haul, channels: 4, channel-buffer: 4MiB, chunk: 512KiB, qps-per-channel: 2")
            .empty());
  CHECK(violation("adaptive-timer: on, slow-restart: on").empty());
  CHECK(violation("adaptive-timer: 10").empty());
  CHECK_FALSE(violation("preset: connectx-6").empty());
  CHECK_FALSE(violation("qps-per-pair: 1, channels: 1").empty());
  CHECK_FALSE(violation("erasure-coding: 1").empty());
  CHECK(violation("retransmission: selective-repeat, erasure-coding: {data: 16, parity: 4, code: xor}").empty());
  CHECK(violation("erasure-coding: off").empty());
}

}  // namespace farlink::scenario
