// SPDX-License-Identifier: Apache-2.0
// The grammar of dpdk and events, which live runs alone read.
#include <array>

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
constexpr std::size_t named_set = 3;

std::array<Field, 5> event_fields() {
  std::array fields{
      Field{.key = "at",
            .kind = Kind::duration,
            .help = "since the links started, in whole microseconds",
            .is_required = true,
            .most = longest_run},
      Field{.key = "link", .kind = Kind::name, .help = "the link it happens to", .is_required = true},
      Field{.key = "direction", .kind = Kind::text, .help = "both, or one as in west->east", .default_text = "both"},
      Field{.key = "set", .kind = Kind::section, .help = "new values; what is not named stays"},
      Field{.key = "cut",
            .kind = Kind::duration,
            .help = "lose every frame for so long, in whole microseconds",
            .most = longest_run,
            .is_above_least = true},
  };
  fields[named_set].section = &change_section();
  return fields;
}
constexpr std::array<std::string_view, 1> set_key{"set"}, cut_key{"cut"};
constexpr std::array<std::span<const std::string_view>, 2> event_ways{set_key, cut_key};
constexpr std::array event_exclusives{Exclusive{event_ways, true}};

}  // namespace

const Section& dpdk_section() { return dpdk; }

const Section& event_section() {
  static const std::array fields = event_fields();
  static const Section section{.fields = fields, .exclusives = event_exclusives};
  return section;
}

}  // namespace farlink::scenario
