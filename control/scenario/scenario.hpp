// SPDX-License-Identifier: Apache-2.0
// A scenario as typed values: what a YAML file says after its defaults are filled in and its sense is checked.
// Passive structs; control/scenario/parse.hpp makes them, the fabrics and the report read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "control/scenario/background.hpp"
#include "control/scenario/compute_variation.hpp"
#include "control/scenario/congestion.hpp"
#include "control/scenario/live.hpp"
#include "dataplane/units/distance.hpp"
#include "dataplane/units/probability.hpp"
#include "dataplane/units/rate.hpp"
#include "dataplane/units/size.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::scenario {

using units::BitRate;
using units::Distance;
using units::GroupIndex;
using units::Probability;

// Latency-bandwidth model of traffic that stays in a node or in a site: time = latency + bytes / bandwidth.
struct LocalNetwork {
  BitRate bandwidth;  // per GPU and direction
  Duration latency;   // per message
  bool operator==(const LocalNetwork&) const = default;
};

struct Site {
  std::string name;
  std::uint32_t gpus = 0;
  std::uint32_t gpus_per_node = 8;
  BitRate nic;                                                               // per GPU
  LocalNetwork in_node{BitRate::gigabits(2400), Duration::microseconds(3)};  // one NVLink-3 GPU: 300 GB/s each way
  LocalNetwork fabric;  // between nodes of one site; bandwidth defaults to the NIC rate, latency to 8 us
  std::vector<std::string> ports = {};  // live: DPDK devices, as written; `gpus` is their number then
  bool operator==(const Site&) const = default;
};

// Gilbert-Elliott per frame: good->bad, bad->good, loss in the good state, loss in the bad state.
struct BurstLoss {
  Probability good_to_bad;
  Probability bad_to_good;
  Probability loss_good;
  Probability loss_bad = Probability::always();
  bool operator==(const BurstLoss&) const = default;
};

// Drop the nth frame (1-based) that matches every field that is set.
struct ListedLoss {
  std::optional<std::uint32_t> qp;
  std::optional<std::uint32_t> psn;
  std::optional<std::uint8_t> opcode;
  std::uint32_t nth = 1;
  bool operator==(const ListedLoss&) const = default;
};

struct Ecn {
  Bytes kmin;
  Bytes kmax;
  Probability pmax;
  // Set: the near edge itself answers what it would mark, at most one CNP in this time for each queue pair.
  std::optional<Duration> near_cnp_interval = {};
  bool operator==(const Ecn&) const = default;
};

// Forward error correction of the line, and the errors before it.
struct Fec {
  enum class Code : std::uint8_t { none, kp4, kr4, cfec, ofec };
  Code code = Code::kp4;
  Probability pre_fec_ber;
  bool operator==(const Fec&) const = default;
};

// What the line under Ethernet takes of its rate.
enum class Framing : std::uint8_t {
  ethernet,  // nothing: the rate is what Ethernet has
  otn,       // the rate is that of an OTU, whose payload is 238/255 of it
};

// What one direction of a link does to frames. `reverse:` overrides single fields for east to west.
struct DirectionSettings {
  Probability loss;
  std::optional<BurstLoss> burst_loss;
  Probability bit_error;   // per bit; a frame with one is lost
  std::optional<Fec> fec;  // bit_error is zero then
  std::vector<ListedLoss> listed_loss;
  Probability corrupt;  // delivered with a bad ICRC
  Probability duplicate;
  Probability ce_mark;  // CE set at random, in addition to ECN marking by the queue
  std::optional<Ecn> ecn;
  Duration delay;  // fibre: distance x medium, or as given
  Duration equipment_delay;
  Duration jitter;                      // uniform in [0, jitter], order kept
  BitRate rate;                         // all waves together, as Ethernet has it
  Framing framing = Framing::ethernet;  // already taken off the rate
  Bytes overhead;                       // encapsulation of each frame on the line
  GroupIndex medium;                    // of the fibre, for a distance that is set later
  std::optional<Background> background;
  bool operator==(const DirectionSettings&) const = default;
};

enum class PfcMode : std::uint8_t { off, segmented, end_to_end, rate_matched, relay };

struct Lossless {
  PfcMode pfc = PfcMode::segmented;
  Bytes buffer = Bytes::mebi(256);  // near edge, per direction
  Bytes xoff;                       // default: 3/4 of the buffer
  Bytes xon;                        // default: 2/3 of xoff, so 1/2 of the buffer
  Bytes far_buffer = Bytes::mebi(64);
  bool sizes_far_buffer = false;  // more than far_buffer when distance and rate ask for it
  // What the far edge tells the near edge; unset: follows from distance, rate and far_buffer (control/headroom).
  std::optional<Bytes> far_xoff = {}, far_xon = {}, headroom = {};
  std::optional<double> far_alpha = {};        // the threshold is this times the free shared buffer
  std::optional<BitRate> far_rate = {};        // of each exit port; unset: the NIC rate of the site
  bool refresh = true;                         // XOFFs are renewed before their quanta run out
  Duration watchdog = {};                      // a near queue that is held for longer is dropped; zero: never
  Duration slot = Duration::microseconds(10);  // of rate matching
  bool operator==(const Lossless&) const = default;
};

// How frames are spread over the waves of a link.
enum class Balancer : std::uint8_t {
  ecmp,        // by the flow's hash
  flowlet,     // a flow that pauses may change its wave
  per_packet,  // one wave after the other
  planned,     // queue pairs in turn, by one who knows them all
};

struct Link {
  std::string name;
  std::string west;  // first of `between`; the forward direction is west->east
  std::string east;
  std::uint32_t waves = 1;
  Duration skew = {};  // how much later the last wave is than the first
  Balancer balancer = Balancer::ecmp;
  Duration flowlet_gap = Duration::microseconds(100);
  std::optional<Distance> distance;  // unset when `delay:` was given
  double convergence = 1;            // access capacity / rate
  BitRate access;                    // smaller site's gpus x nic
  Lossless lossless;
  DirectionSettings forward;
  DirectionSettings reverse;
  std::optional<Faults> faults = {};
  bool operator==(const Link&) const = default;
};

// As a scenario writes it.
std::string_view to_text(PfcMode mode) noexcept;

enum class Retransmission : std::uint8_t { go_back_n, selective_repeat };
enum class NakMode : std::uint8_t { once, every_gap };
// What a job does when a queue pair has used up its retries.
enum class OnError : std::uint8_t { abort, reconnect };

// Buffers as collective libraries have them: a rank pair has `count` channels, each with a buffer of chunks, and no
// more is under way on a channel than its buffer holds.
struct Channels {
  std::uint32_t count = 1;
  Bytes buffer = Bytes::mebi(4);
  Bytes chunk = Bytes::kibi(512);
  std::uint32_t queue_pairs = 1;  // of each channel; its chunks take them in turn
  bool operator==(const Channels&) const = default;
};

// Parity packets behind every block of a message's packets.
struct ErasureCoding {
  bool is_xor = false;  // else MDS
  std::uint32_t data = 32, parity = 8;
  bool operator==(const ErasureCoding&) const = default;
};

struct Transport {
  Retransmission retransmission = Retransmission::go_back_n;
  NakMode nak = NakMode::once;
  CongestionControl congestion_control = {};
  std::uint32_t mtu = 4096;
  std::uint32_t qps_per_pair = 8;
  std::optional<Channels> channels = {};  // in the place of qps_per_pair
  // Window per queue pair: a number of bandwidth-delay products (of the slower of NIC and link), or bytes.
  std::variant<double, Bytes> window = 2.0;
  std::uint32_t ack_every = 16;
  std::uint32_t ack_timeout = 18;                    // 4.096 us x 2^n; 0: never
  std::optional<std::uint32_t> adaptive_timer = {};  // set: follows acknowledgements, from 4.096 us x 2^n
  bool slow_restart = false;                         // of go-back-N
  std::optional<std::uint32_t> retry = 7;            // unset: endless
  std::optional<ErasureCoding> erasure_coding = {};  // of selective repeat
  OnError on_error = OnError::abort;
  Duration reconnect_after = Duration::seconds(1);  // from the error to the new queue pair
  // Of a rank pair.
  std::uint32_t queue_pairs() const noexcept {
    return channels ? channels->count * channels->queue_pairs : qps_per_pair;
  }
  bool operator==(const Transport&) const = default;
};

struct Model {
  std::string name;
  std::uint64_t layers = 0, hidden = 0, heads = 0, kv_heads = 0, feed_forward = 0, vocabulary = 0;
  bool gated_mlp = false;        // LLaMA: three matrices
  std::uint64_t parameters = 0;  // from the shape, physics of 6.1; presets give the published figure
  std::uint64_t sequence = 2048;
  std::uint64_t global_batch = 0;  // sequences
  std::uint64_t micro_batch = 1;   // sequences
  std::uint32_t gradient_bytes = 2;
  std::uint32_t activation_bytes = 2;
  std::uint32_t parameter_bytes = 2;  // gathered by ZeRO
  bool recomputes = false;            // all activations, before each backward
  std::uint64_t experts = 0;          // of a mixture-of-experts layer; 0: a dense model
  std::uint64_t active_experts = 0;   // that a token goes through
  std::uint64_t shared_experts = 0;   // that every token goes through besides
  std::uint64_t expert_feed_forward = 0;
  std::uint64_t dense_layers = 0;  // the first so many layers have no experts
  bool operator==(const Model&) const = default;
};

enum class AcrossSites : std::uint8_t { pipeline, data };
enum class Overlap : std::uint8_t { none, backward };

struct Parallelism {
  std::uint32_t tensor = 1, pipeline = 1, data = 1;
  AcrossSites across_sites = AcrossSites::pipeline;
  Overlap overlap = Overlap::backward;
  Bytes bucket = Bytes::mebi(256);  // gradient bucket per rank
  std::uint32_t zero = 0;           // ZeRO level, 0-3
  std::uint32_t interleave = 1;     // chunks of layers per pipeline stage
  std::uint32_t extra_warmup = 0;   // forwards ahead on stages upstream of a boundary between sites, per boundary
  std::uint32_t expert = 1;         // consecutive replicas that share the experts of a layer
  std::uint32_t context = 1;        // ranks that have a part of every sequence each
  std::uint64_t ranks() const noexcept { return std::uint64_t{tensor} * context * pipeline * data; }
  bool operator==(const Parallelism&) const = default;
};

enum class CollectiveAlgorithm : std::uint8_t { ring, hierarchical_ring, direct, halving_doubling, double_binary_tree };

struct Gpu {
  double flops = 312e12;      // peak, per second
  double utilisation = 0.45;  // kernel efficiency
  bool operator==(const Gpu&) const = default;
};

// Training data that is kept at a site of its own, which is reached over links: samples are read from it in every step,
// and state is written to it.
struct Storage {
  std::string site;      // its `gpus` are storage servers, one NIC each; no rank of the job is there
  Bytes read_per_step;   // by all ranks of the first pipeline stage together
  bool prefetch = true;  // the samples of a step are read during the step before; false: when they are wanted
  Bytes write_per_step;  // by all ranks together, beside the training: checkpoints, spread over the steps between them
  bool operator==(const Storage&) const = default;
};

// A training job from a model's shape.
struct Training {
  Model model;
  Parallelism parallelism;
  CollectiveAlgorithm collective = CollectiveAlgorithm::hierarchical_ring;
  Gpu gpu;
  std::optional<Storage> storage = {};
  bool operator==(const Training&) const = default;
};

// A recorded job: a file, the prefix of PREFIX.RANK.et, a directory, or a tar archive.
struct Recorded {
  std::string path;  // as written, relative to the scenario file
  CollectiveAlgorithm collective = CollectiveAlgorithm::hierarchical_ring;
  std::vector<std::pair<std::string, Duration>> compute{};  // before each operation of a stage, in tables without times
  bool replicate = false;                                   // ranks that were not recorded do what a recorded one does
  std::string kineto = {};  // profiles of the same run, relative to the scenario file; empty: none
  bool operator==(const Recorded&) const = default;
};

// The bench: back-to-back messages from one site to the other, no training.
struct Flows {
  std::uint32_t pairs = 1;  // NIC pairs; each opens transport.qps-per-pair queue pairs
  Bytes message = Bytes::gibi(1);
  std::uint32_t depth = 0;                // messages outstanding per queue pair; 0: as many as the window wants
  std::optional<std::uint64_t> messages;  // per queue pair; unset: until a stop below
  std::uint64_t stop_losses = 4000;
  std::uint64_t stop_frames = 200'000'000;
  bool operator==(const Flows&) const = default;
};

// Live ports alone: the traffic comes from outside.
struct NoWorkload {
  bool operator==(const NoWorkload&) const = default;
};

using Workload = std::variant<Training, Recorded, Flows, NoWorkload>;

// Another job that shares every link with the measured one, on accelerators of its own, and never ends.
struct SecondJob {
  Workload workload;                // Training or Recorded
  std::vector<std::uint32_t> gpus;  // by site
  bool operator==(const SecondJob&) const = default;
};

// How a job protects its work. Training stands still while a checkpoint is written.
struct Checkpoint {
  Duration every;    // of training, in whole steps (rounded up)
  Duration write;    // until it is complete
  Duration restart;  // from an abort until training goes on from the last complete one
  bool operator==(const Checkpoint&) const = default;
};

// Hours of training, composed from steps that were run frame by frame (control/goodput).
struct LongRun {
  Duration duration;
  Checkpoint checkpoint;
  std::optional<Duration> mtbf = {};  // between failures of accelerators and hosts, of the whole job; unset: none
  bool operator==(const LongRun&) const = default;
};

struct Run {
  std::uint32_t steps = 2;  // includes the warm-up
  std::uint32_t warmup = 1;
  std::uint64_t seed = 1;
  std::uint32_t seeds = 1;  // stretched runs with seed, seed + 1, ...
  std::optional<LongRun> long_run = {};
  bool operator==(const Run&) const = default;
};

struct Expectation {
  enum class Comparison : std::uint8_t { at_least, at_most, above, below };
  std::string metric;  // "efficiency"
  Comparison comparison = Comparison::at_least;
  double value = 0;
  std::string text;  // as written: ">= 95%"
  bool operator==(const Expectation&) const = default;
};

struct Scenario {
  std::string name;
  std::string directory;  // of the file; trace paths are relative to it
  std::string hash;       // 16 hexadecimal digits over the resolved values
  std::vector<Site> sites;
  std::vector<Link> links;
  Transport transport;
  Workload workload;
  Run run;
  std::vector<Expectation> expect;
  Dpdk dpdk;
  std::vector<Event> events;  // in order of time
  Armed armed = Armed::start;
  ComputeVariation compute_variation = {};
  std::optional<SecondJob> second_job = {};
  bool operator==(const Scenario&) const = default;
};

}  // namespace farlink::scenario
