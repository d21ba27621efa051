// SPDX-License-Identifier: Apache-2.0
// The grammar of dpdk, and of what happens to links during a run.
#include <algorithm>
#include <array>
#include <vector>

#include "control/scenario/grammar.hpp"

namespace farlink::scenario {
namespace {

constexpr std::array hugepage_words{Word{"auto"}, Word{"true"}, Word{"false"}};
constexpr std::array idle_words{Word{"spin"}, Word{"yield"}};
constexpr double shortest_frame = 60, longest_frame = 9'216;
constexpr std::array dpdk_fields{
    Field{.key = "lcores",
          .kind = Kind::wholes,
          .help = "CPU numbers that forward frames",
          .default_text = "the last CPU of the machine",
          .most = 1023},
    Field{.key = "memory",
          .kind = Kind::bytes,
          .help = "for frames in flight",
          .default_text = "what rate x delay asks for",
          .least = 1'048'576,
          .most = 1e15},
    Field{.key = "hugepages",
          .kind = Kind::word,
          .help = "auto: when the machine has them",
          .default_text = "auto",
          .words = hugepage_words},
    Field{.key = "idle",
          .kind = Kind::word,
          .help = "what an lcore does when there is nothing to do; yield where it is shared",
          .default_text = "spin",
          .words = idle_words},
    Field{.key = "args", .kind = Kind::texts, .help = "further EAL options, such as --log-level=lib.eal:8"},
    Field{.key = "mtu",
          .kind = Kind::bytes,
          .help = "largest frame, without FCS",
          .default_text = "9216B",
          .least = shortest_frame,
          .most = longest_frame},
    Field{.key = "mean-frame",
          .kind = Kind::bytes,
          .help = "mean frame, without FCS, that buffers are counted for",
          .default_text = "1024B",
          .least = shortest_frame,
          .most = longest_frame},
    Field{.key = "max-lag",
          .kind = Kind::duration,
          .help = "a frame released later than this makes the run invalid",
          .default_text = "100us",
          .most = 60,
          .is_above_least = true},
    Field{.key = "file-prefix",
          .kind = Kind::name,
          .help = "of DPDK's runtime files",
          .default_text = "the scenario's name"},
};
constexpr Section dpdk{.fields = dpdk_fields};

constexpr double longest_run = 1e6;  // seconds; eleven days
constexpr double microsecond = 1e-6;

constexpr std::array<std::string_view, 10> ramp_keys{"distance",  "delay",  "equipment-delay", "jitter",
                                                     "rate",      "loss",   "bit-error-rate",  "corrupt",
                                                     "duplicate", "ce-mark"};
constexpr std::array<std::string_view, 1> distance_key{"distance"}, delay_key{"delay"};
constexpr std::array<std::span<const std::string_view>, 2> length_ways{distance_key, delay_key};
constexpr std::array ramp_exclusives{Exclusive{length_ways}};

// The same fields as where they are set at once.
std::vector<Field> ramp_set_fields() {
  std::vector<Field> fields;
  for (const Field& field : change_section().fields)
    if (std::find(ramp_keys.begin(), ramp_keys.end(), field.key) != ramp_keys.end()) fields.push_back(field);
  return fields;
}

constexpr std::size_t named_set = 0;
std::array<Field, 3> ramp_fields() {
  std::array fields{
      Field{.key = "set", .kind = Kind::section, .help = "where the values arrive", .is_required = true},
      Field{.key = "over",
            .kind = Kind::duration,
            .help = "how long it takes, in whole microseconds",
            .is_required = true,
            .least = microsecond,
            .most = longest_run},
      Field{.key = "step",
            .kind = Kind::duration,
            .help = "time between two changes, in whole microseconds",
            .default_text = "a thousandth of the ramp, at least 1us",
            .least = microsecond,
            .most = longest_run},
  };
  fields[named_set].section = &ramp_section();
  return fields;
}

std::array<Field, 2> protection_fields() {
  std::array fields{
      Field{.key = "route", .kind = Kind::section, .help = "values of the way that traffic takes then"},
      Field{.key = "switch",
            .kind = Kind::duration,
            .help = "how long every frame is lost, in whole microseconds",
            .default_text = "50ms",
            .least = microsecond,
            .most = longest_run},
  };
  fields[named_set].section = &change_section();
  return fields;
}

const Section& ramp() {
  static const std::array fields = ramp_fields();
  static const Section section{.fields = fields};
  return section;
}

const Section& protection() {
  static const std::array fields = protection_fields();
  static const Section section{.fields = fields};
  return section;
}

constexpr std::array flow_words{Word{"rehash"}, Word{"stall"}};
constexpr std::array wave_loss_fields{
    Field{
        .key = "wave", .kind = Kind::whole, .help = "which one, from 1", .is_required = true, .least = 1, .most = 1024},
    Field{.key = "for",
          .kind = Kind::duration,
          .help = "how long it has no light, in whole microseconds",
          .is_required = true,
          .least = microsecond,
          .most = longest_run},
    Field{.key = "flows",
          .kind = Kind::word,
          .help = "rehash: its flows take the other waves meanwhile; stall: they lose every frame",
          .default_text = "rehash",
          .words = flow_words},
};
constexpr Section wave_loss{.fields = wave_loss_fields};

std::array<Field, 8> event_fields() {
  constexpr std::size_t set = 3;
  std::array fields{
      Field{.key = "at",
            .kind = Kind::duration,
            .help = "since the links started, in whole microseconds",
            .is_required = true,
            .most = longest_run},
      Field{.key = "link", .kind = Kind::name, .help = "the link it happens to", .is_required = true},
      Field{.key = "direction", .kind = Kind::text, .help = "both, or one as in west->east", .default_text = "both"},
      Field{.key = "set", .kind = Kind::section, .help = "new values; what is not named stays"},
      Field{.key = "ramp", .kind = Kind::section, .help = "new values, reached little by little", .section = &ramp()},
      Field{.key = "cut",
            .kind = Kind::duration,
            .help = "lose every frame for so long, in whole microseconds",
            .most = longest_run,
            .is_above_least = true},
      Field{.key = "protection",
            .kind = Kind::section,
            .help = "the fibre is cut: every frame is lost until the switch, then another way is taken",
            .section = &protection()},
      Field{.key = "wave-loss",
            .kind = Kind::section,
            .help = "one wave is without light for a while",
            .section = &wave_loss},
  };
  fields[set].section = &change_section();
  return fields;
}
constexpr std::array<std::string_view, 1> set_key{"set"}, cut_key{"cut"}, ramp_key{"ramp"},
    protection_key{"protection"}, wave_key{"wave-loss"};
constexpr std::array<std::span<const std::string_view>, 5> event_ways{set_key, ramp_key, cut_key, protection_key,
                                                                      wave_key};
constexpr std::array event_exclusives{Exclusive{event_ways, true}};

}  // namespace

const Section& dpdk_section() { return dpdk; }

const Section& event_section() {
  static const std::array fields = event_fields();
  static const Section section{.fields = fields, .exclusives = event_exclusives};
  return section;
}

const Section& ramp_section() {
  static const std::vector<Field> fields = ramp_set_fields();
  static const Section section{.fields = fields, .exclusives = ramp_exclusives};
  return section;
}

}  // namespace farlink::scenario
