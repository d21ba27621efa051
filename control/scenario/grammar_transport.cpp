// SPDX-License-Identifier: Apache-2.0
// The grammar of transport. Which keys of congestion-control go with which scheme: congestion.cpp.
#include <array>

#include "control/scenario/grammar.hpp"

namespace farlink::scenario {
namespace {

constexpr Word swift_word{"swift", "use none, dcqcn or rate-limit"};
constexpr std::array scheme_words{Word{"none"}, Word{"dcqcn"}, Word{"rate-limit"}, swift_word};
constexpr std::array preset_words{Word{"paper"}, Word{"hpcc-paper"}, Word{"hpcc-vendor"}, Word{"connectx"},
                                  Word{"long-haul"}};
constexpr std::array truth_words{Word{"true"}, Word{"false"}};
constexpr double lowest_rate = 1e5, highest_rate = 1e13;
constexpr double longest_timer = 60;  // seconds

constexpr std::array congestion_fields{
    Field{.key = "scheme",
          .kind = Kind::word,
          .help = "who decides the rate",
          .is_required = true,
          .words = scheme_words},
    Field{.key = "rate",
          .kind = Kind::rate,
          .help = "rate-limit: of each queue pair, bits on the line",
          .least = lowest_rate,
          .most = highest_rate},
    Field{.key = "preset",
          .kind = Kind::word,
          .help = "dcqcn: the set of values that holds where no key says otherwise",
          .default_text = "connectx",
          .words = preset_words},
    Field{.key = "g",
          .kind = Kind::ratio,
          .help = "dcqcn: weight of the newest sample in alpha",
          .default_text = "the preset's",
          .most = 1,
          .is_above_least = true},
    Field{.key = "initial-alpha",
          .kind = Kind::ratio,
          .help = "dcqcn: alpha before the first cut",
          .default_text = "the preset's",
          .most = 1},
    Field{.key = "alpha-timer",
          .kind = Kind::duration,
          .help = "dcqcn: alpha decays each time without a CNP",
          .default_text = "the preset's",
          .least = 1e-9,
          .most = longest_timer},
    Field{.key = "decrease-interval",
          .kind = Kind::duration,
          .help = "dcqcn: at most one cut in it",
          .default_text = "the preset's",
          .most = longest_timer},
    Field{.key = "increase-timer",
          .kind = Kind::duration,
          .help = "dcqcn: T, one step up each time",
          .default_text = "the preset's",
          .least = 1e-6,
          .most = longest_timer},
    Field{.key = "byte-counter",
          .kind = Kind::bytes,
          .help = "dcqcn: B, one step up each time; 0: not used",
          .default_text = "the preset's",
          .most = 1e12},
    Field{.key = "fast-recovery-steps",
          .kind = Kind::whole,
          .help = "dcqcn: F, steps before the target grows",
          .default_text = "the preset's",
          .most = 1000},
    Field{.key = "additive-increase",
          .kind = Kind::rate,
          .help = "dcqcn: R_AI, growth of the target in a step",
          .default_text = "the preset's",
          .most = highest_rate},
    Field{.key = "hyper-increase",
          .kind = Kind::rate,
          .help = "dcqcn: R_HAI, the same once the timer and the byte counter are beyond F",
          .default_text = "the preset's",
          .most = highest_rate},
    Field{.key = "largest-cut",
          .kind = Kind::ratio,
          .help = "dcqcn: share of the rate that one CNP takes at most",
          .default_text = "the preset's",
          .most = 1,
          .is_above_least = true},
    Field{.key = "least-rate",
          .kind = Kind::rate,
          .help = "dcqcn: no cut goes below",
          .default_text = "the preset's",
          .least = lowest_rate,
          .most = highest_rate},
    Field{.key = "clamp-target",
          .kind = Kind::word,
          .help = "dcqcn: every cut sets the target to the rate before it, or only the first after an increase",
          .default_text = "the preset's",
          .words = truth_words},
    Field{.key = "cnp-interval",
          .kind = Kind::duration,
          .help = "dcqcn: the receiver sends one CNP for all that is marked in it",
          .default_text = "the preset's",
          .most = longest_timer},
};
constexpr Section congestion{.fields = congestion_fields};

constexpr std::array retransmission_words{Word{"go-back-n"}, Word{"selective-repeat"}};
constexpr std::array nak_words{Word{"once"}, Word{"every-gap"}};
constexpr std::array congestion_words{Word{"none"}, Word{"dcqcn"}, Word{"rate-limit"}, swift_word};
constexpr std::array mtu_words{Word{"256"}, Word{"512"}, Word{"1024"}, Word{"2048"}, Word{"4096"}};
constexpr std::array retry_words{Word{"endless"}};
constexpr std::array transport_fields{
    Field{.key = "retransmission",
          .kind = Kind::word,
          .help = "how lost frames are sent again",
          .default_text = "go-back-n",
          .words = retransmission_words},
    Field{.key = "nak",
          .kind = Kind::word,
          .help =
              "go-back-n: one NAK per gap, as real responders, or one more when a retransmission is seen to be missing",
          .default_text = "once",
          .words = nak_words},
    Field{.key = "congestion-control",
          .kind = Kind::word,
          .help = "rate control of the senders",
          .default_text = "none",
          .words = congestion_words,
          .section = &congestion},
    Field{.key = "mtu",
          .kind = Kind::word,
          .help = "payload bytes of a full frame",
          .default_text = "4096",
          .words = mtu_words},
    Field{.key = "qps-per-pair",
          .kind = Kind::whole,
          .help = "queue pairs per communicating pair",
          .default_text = "8",
          .least = 1,
          .most = 4096},
    Field{.key = "window",
          .kind = Kind::window,
          .help = "outstanding data per queue pair: bandwidth-delay products or bytes",
          .default_text = "2bdp"},
    Field{.key = "ack-every",
          .kind = Kind::whole,
          .help = "frames per acknowledgement",
          .default_text = "16",
          .least = 1,
          .most = 65536},
    Field{.key = "ack-timeout",
          .kind = Kind::whole,
          .help = "n of 4.096 us x 2^n; 0: never",
          .default_text = "18",
          .most = 31},
    Field{.key = "retry",
          .kind = Kind::whole,
          .help = "timeouts in a row before the queue pair fails, or endless",
          .default_text = "7",
          .most = 7,
          .words = retry_words},
};
constexpr Section transport{.fields = transport_fields};

}  // namespace

const Section& transport_section() { return transport; }

}  // namespace farlink::scenario
