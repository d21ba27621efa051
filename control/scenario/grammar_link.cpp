// SPDX-License-Identifier: Apache-2.0
// The grammar of links.NAME. `reverse` takes those keys of a link that say what one direction does.
#include <algorithm>
#include <array>
#include <vector>

#include "control/scenario/grammar.hpp"
#include "control/scenario/grammar_background.hpp"

namespace farlink::scenario {
namespace {

constexpr double longest_distance = 1e9;  // metres; the moon is nearer
constexpr double longest_delay = 60;      // seconds

constexpr std::array medium_section_fields{
    Field{.key = "group-index",
          .kind = Kind::number,
          .help = "group index of the glass",
          .is_required = true,
          .least = 1,
          .most = 10},
};
constexpr Section medium_section{.fields = medium_section_fields};
constexpr std::array medium_words{Word{"g652"}, Word{"g654e"}, Word{"hollow-core"}, Word{"hpe-measured"}};

constexpr std::array wave_fields{
    Field{
        .key = "count", .kind = Kind::whole, .help = "number of waves", .is_required = true, .least = 1, .most = 1024},
    Field{
        .key = "rate", .kind = Kind::rate, .help = "rate of one wave", .is_required = true, .least = 1e6, .most = 1e14},
    Field{.key = "skew",
          .kind = Kind::duration,
          .help = "how much later the last wave is than the first; those between in equal steps",
          .default_text = "0",
          .most = longest_delay},
};
constexpr Section waves{.fields = wave_fields};

constexpr std::array burst_fields{
    Field{.key = "loss", .kind = Kind::probability, .help = "share of frames that are lost"},
    Field{
        .key = "mean-burst", .kind = Kind::number, .help = "frames lost in a row, on average", .least = 1, .most = 1e6},
    Field{.key = "p", .kind = Kind::probability, .help = "chance of good to bad, per frame"},
    Field{.key = "r", .kind = Kind::probability, .help = "chance of bad to good, per frame"},
    Field{.key = "h", .kind = Kind::probability, .help = "share delivered in the bad state", .default_text = "0%"},
    Field{.key = "k", .kind = Kind::probability, .help = "share delivered in the good state", .default_text = "100%"},
};
constexpr std::array<std::string_view, 2> burst_by_length{"loss", "mean-burst"};
constexpr std::array<std::string_view, 4> burst_by_state{"p", "r", "h", "k"};
constexpr std::array<std::span<const std::string_view>, 2> burst_ways{burst_by_length, burst_by_state};
constexpr std::array burst_exclusives{Exclusive{burst_ways, true}};
constexpr Section burst_loss{.fields = burst_fields, .exclusives = burst_exclusives};

constexpr std::array code_words{Word{"kp4"}, Word{"kr4"}, Word{"cfec"}, Word{"ofec"}, Word{"none"}};
constexpr std::array fec_fields{
    Field{.key = "code",
          .kind = Kind::word,
          .help = "kp4: RS(544,514), kr4: RS(528,514), cfec or ofec: error-free up to 1.25 % or 2 %, or none",
          .default_text = "kp4",
          .words = code_words},
    Field{.key = "pre-fec-ber", .kind = Kind::probability, .help = "bit errors before correction", .is_required = true},
};
constexpr Section fec{.fields = fec_fields};

constexpr std::array listed_fields{
    Field{.key = "qp", .kind = Kind::whole, .help = "destination queue pair", .most = 16'777'215},
    Field{.key = "psn", .kind = Kind::whole, .help = "packet sequence number", .most = 16'777'215},
    Field{.key = "opcode", .kind = Kind::whole, .help = "BTH opcode", .most = 255},
    Field{.key = "nth",
          .kind = Kind::whole,
          .help = "which of the frames that match, from 1",
          .default_text = "1",
          .least = 1,
          .most = 4'294'967'295},
};
constexpr Section listed_loss{.fields = listed_fields};

constexpr std::array cnp_words{Word{"receiver"}, Word{"near-edge"}};
constexpr std::array ecn_fields{
    Field{.key = "kmin", .kind = Kind::bytes, .help = "queue above which marking starts", .is_required = true},
    Field{.key = "kmax",
          .kind = Kind::bytes,
          .help = "queue above which every frame is marked",
          .is_required = true,
          .is_above_least = true},
    Field{.key = "pmax", .kind = Kind::probability, .help = "chance of a mark just below kmax", .is_required = true},
    Field{
        .key = "cnp",
        .kind = Kind::word,
        .help = "who answers: the receiver of a marked frame, or the near edge itself, at once and instead of the mark",
        .default_text = "receiver",
        .words = cnp_words},
    Field{.key = "cnp-interval",
          .kind = Kind::duration,
          .help = "cnp: near-edge: at most one CNP for a queue pair in this time",
          .default_text = "50us",
          .most = longest_delay},
};
constexpr Section ecn{.fields = ecn_fields};
constexpr std::array off_words{Word{"off"}};

constexpr std::array pfc_words{Word{"off"}, Word{"segmented"}, Word{"end-to-end"}, Word{"rate-matched"}, Word{"relay"}};
constexpr std::array on_off_words{Word{"on"}, Word{"off"}};
constexpr double largest_buffer = 1e15;
constexpr std::array lossless_fields{
    Field{.key = "pfc",
          .kind = Kind::word,
          .help = "how a full queue holds its senders back",
          .default_text = "segmented",
          .words = pfc_words},
    Field{.key = "buffer",
          .kind = Kind::bytes,
          .help = "near edge, per direction",
          .default_text = "256MiB",
          .most = largest_buffer,
          .is_above_least = true},
    Field{.key = "xoff",
          .kind = Kind::bytes,
          .help = "queue that pauses",
          .default_text = "3/4 of the buffer",
          .is_above_least = true},
    Field{.key = "xon", .kind = Kind::bytes, .help = "queue that resumes", .default_text = "2/3 of xoff"},
    Field{.key = "far-buffer",
          .kind = Kind::bytes,
          .help = "far edge, per direction",
          .default_text = "64MiB; end-to-end, relay, rate-matched: more when distance and rate ask for it",
          .most = largest_buffer,
          .is_above_least = true},
    Field{.key = "far-xoff",
          .kind = Kind::bytes,
          .help = "queue of a priority at the far edge that sends XOFF; relay: of the receivers behind it",
          .default_text = "far-buffer - headroom; relay: what keeps the exit busy",
          .is_above_least = true},
    Field{
        .key = "far-xon",
        .kind = Kind::bytes,
        .help = "... and XON, at or below",
        .default_text = "what keeps the exit busy for a round trip, at least 2/3 of far-xoff; relay: half of far-xoff"},
    Field{.key = "far-alpha",
          .kind = Kind::number,
          .help = "a threshold that moves instead: this times the free shared part of the far buffer",
          .most = 1024,
          .is_above_least = true},
    Field{.key = "headroom",
          .kind = Kind::bytes,
          .help = "part of the far buffer for what is on its way when XOFF is sent",
          .default_text = "what distance and rate ask for; a quarter of a far buffer that is too small; relay: "
                          "far-buffer - far-xoff"},
    Field{.key = "far-rate",
          .kind = Kind::rate,
          .help = "of each exit port at the far edge",
          .default_text = "the site's nic",
          .least = 1e6,
          .most = 1e14},
    Field{.key = "refresh",
          .kind = Kind::word,
          .help = "renew an XOFF before its quanta have run out",
          .default_text = "on",
          .words = on_off_words},
    Field{.key = "watchdog",
          .kind = Kind::duration,
          .help = "drop the near queue of a priority that the far edge holds for longer",
          .default_text = "off",
          .most = longest_delay,
          .is_above_least = true,
          .words = off_words},
    Field{.key = "slot",
          .kind = Kind::duration,
          .help = "rate-matched: how often the far edge says what may be sent",
          .default_text = "10us",
          .least = 1e-7,
          .most = 1e-2},
};
constexpr std::array<std::string_view, 2> fixed_threshold{"far-xoff", "far-xon"};
constexpr std::array<std::string_view, 1> moving_threshold{"far-alpha"};
constexpr std::array<std::span<const std::string_view>, 2> threshold_ways{fixed_threshold, moving_threshold};
constexpr std::array lossless_exclusives{Exclusive{threshold_ways}};
constexpr Section lossless{.fields = lossless_fields, .exclusives = lossless_exclusives};

constexpr std::array balancer_words{Word{"ecmp"}, Word{"flowlet"}, Word{"per-packet"}, Word{"planned"}};

constexpr std::array framing_words{Word{"ethernet"}, Word{"otn"}};
constexpr std::array overhead_words{Word{"macsec"}, Word{"vxlan"}};
constexpr double largest_overhead = 1000;

// What both a link and its reverse may say.
constexpr std::array direction_fields{
    Field{.key = "distance", .kind = Kind::distance, .help = "length of fibre, one way", .most = longest_distance},
    Field{.key = "delay", .kind = Kind::duration, .help = "of the fibre alone, one way", .most = longest_delay},
    Field{.key = "medium",
          .kind = Kind::word,
          .help = "what the distance is made of",
          .default_text = "g652",
          .words = medium_words,
          .section = &medium_section},
    Field{.key = "equipment-delay",
          .kind = Kind::duration,
          .help = "per direction, on top of the fibre",
          .default_text = "10us, or the medium's",
          .most = longest_delay},
    Field{.key = "jitter",
          .kind = Kind::duration,
          .help = "uniform between 0 and this; order is kept",
          .default_text = "0",
          .most = longest_delay},
    Field{.key = "convergence",
          .kind = Kind::number,
          .help = "access capacity / link rate",
          .default_text = "1",
          .most = 1e6,
          .is_above_least = true},
    Field{.key = "rate", .kind = Kind::rate, .help = "of the link, all waves together", .least = 1e6, .most = 1e17},
    Field{.key = "framing",
          .kind = Kind::word,
          .help = "otn: the rate is that of OTUs, and Ethernet has 238/255 of it",
          .default_text = "ethernet",
          .words = framing_words},
    Field{.key = "overhead",
          .kind = Kind::bytes,
          .help = "added to each frame on the line; macsec: 32B, vxlan: 50B",
          .default_text = "0",
          .most = largest_overhead,
          .words = overhead_words},
    Field{.key = "loss", .kind = Kind::probability, .help = "random, per frame", .default_text = "0"},
    Field{.key = "burst-loss",
          .kind = Kind::word,
          .help = "Gilbert-Elliott loss; p, r, h, k as in tc-netem's gemodel",
          .default_text = "off",
          .words = off_words,
          .section = &burst_loss},
    Field{.key = "bit-error-rate",
          .kind = Kind::probability,
          .help = "per bit, after error correction",
          .default_text = "0"},
    Field{.key = "fec",
          .kind = Kind::word,
          .help = "frames lost for codewords that cannot be corrected",
          .default_text = "off",
          .words = off_words,
          .section = &fec},
    Field{.key = "listed-loss",
          .kind = Kind::list,
          .help = "frames to lose by name",
          .default_text = "[]",
          .section = &listed_loss},
    Field{.key = "corrupt", .kind = Kind::probability, .help = "share delivered with a bad ICRC", .default_text = "0"},
    Field{.key = "duplicate", .kind = Kind::probability, .help = "share delivered twice", .default_text = "0"},
    Field{.key = "ce-mark", .kind = Kind::probability, .help = "share marked at random", .default_text = "0"},
    Field{.key = "ecn",
          .kind = Kind::word,
          .help = "marking by the near edge's queue",
          .default_text = "off",
          .words = off_words,
          .section = &ecn},
};

constexpr std::array<std::string_view, 1> distance_key{"distance"}, delay_key{"delay"}, rate_key{"rate"},
    convergence_key{"convergence"}, waves_key{"waves"}, ber_key{"bit-error-rate"}, fec_key{"fec"};
constexpr std::array<std::span<const std::string_view>, 2> error_ways{ber_key, fec_key};
constexpr std::array<std::span<const std::string_view>, 2> length_ways{distance_key, delay_key};
constexpr std::array<std::span<const std::string_view>, 3> rate_ways{convergence_key, rate_key, waves_key};
constexpr std::array link_exclusives{Exclusive{length_ways, true}, Exclusive{rate_ways}, Exclusive{error_ways}};
constexpr std::array reverse_exclusives{Exclusive{length_ways}, Exclusive{rate_ways}, Exclusive{error_ways}};

constexpr std::string_view second_job =
    "is not described here: a second job shares every link, so it stands at the top, under second-job; or give the "
    "rate that others take";
constexpr std::array background_words{Word{"off"}, Word{"job", second_job}};
constexpr Field background_field{.key = "background",
                                 .kind = Kind::word,
                                 .help = "traffic of others on the link",
                                 .default_text = "off",
                                 .words = background_words,
                                 .section = &background_section};

constexpr auto reverse_fields() {
  std::array<Field, direction_fields.size() + 1> all{};
  std::copy(direction_fields.begin(), direction_fields.end(), all.begin());
  all.back() = background_field;
  return all;
}
constexpr auto all_reverse_fields = reverse_fields();
constexpr Section reverse{.fields = all_reverse_fields, .exclusives = reverse_exclusives};

constexpr double microsecond = 1e-6, longest_run = 1e6, longest_interval = 7'776'000;  // seconds
constexpr std::array faults_fields{
    Field{.key = "mtbf",
          .kind = Kind::duration,
          .help = "mean time between the beginnings of two cuts, in whole microseconds",
          .is_required = true,
          .least = microsecond,
          .most = longest_interval},
    Field{.key = "cut",
          .kind = Kind::duration,
          .help = "how long each lasts, in whole microseconds",
          .default_text = "50ms",
          .least = microsecond,
          .most = longest_run},
    Field{.key = "until",
          .kind = Kind::duration,
          .help = "none begins later, and a run must not last longer",
          .default_text = "1000 x mtbf",
          .least = microsecond,
          .most = longest_run},
};
constexpr Section faults{.fields = faults_fields};

constexpr auto link_fields() {
  constexpr std::array own{
      Field{.key = "between",
            .kind = Kind::pair,
            .help = "the two sites; the forward direction leaves the first",
            .is_required = true},
      Field{.key = "waves", .kind = Kind::section, .help = "parallel serializers", .section = &waves},
      Field{.key = "balancer",
            .kind = Kind::word,
            .help = "how frames are spread over waves",
            .default_text = "ecmp",
            .words = balancer_words},
      Field{.key = "flowlet-gap",
            .kind = Kind::duration,
            .help = "a flow that pauses for so long may change its wave; with balancer: flowlet",
            .default_text = "100us",
            .most = longest_delay,
            .is_above_least = true},
      Field{
          .key = "lossless", .kind = Kind::section, .help = "buffers and priority flow control", .section = &lossless},
      Field{.key = "reverse",
            .kind = Kind::section,
            .help = "what differs from the second site to the first",
            .section = &reverse},
      Field{.key = "faults",
            .kind = Kind::section,
            .help = "cuts of both directions that come at random",
            .section = &faults},
      background_field,
  };
  std::array<Field, own.size() + direction_fields.size()> all{};
  std::copy(own.begin(), own.end(), all.begin());
  std::copy(direction_fields.begin(), direction_fields.end(), all.begin() + own.size());
  return all;
}
constexpr auto all_link_fields = link_fields();
constexpr Section link{.fields = all_link_fields, .exclusives = link_exclusives};

// What may change while the link runs. The number of waves may not.
constexpr auto change_fields() {
  std::array<Field, direction_fields.size() + 1> all{};
  std::copy(direction_fields.begin(), direction_fields.end(), all.begin());
  all.back() = Field{
      .key = "lossless", .kind = Kind::section, .help = "buffers and priority flow control", .section = &lossless};
  return all;
}
constexpr auto all_change_fields = change_fields();
constexpr Section change{.fields = all_change_fields, .exclusives = reverse_exclusives};

}  // namespace

const Section& change_section() { return change; }
const Section& link_section() { return link; }
const Section& reverse_section() { return reverse; }

}  // namespace farlink::scenario
