// SPDX-License-Identifier: Apache-2.0
// The grammar of links.NAME.background.
#pragma once

#include <array>

#include "control/scenario/grammar.hpp"

namespace farlink::scenario {

inline constexpr std::array period_words{Word{"fixed"}, Word{"exponential"}};
inline constexpr std::array background_fields{
    Field{.key = "rate",
          .kind = Kind::rate,
          .help = "on the line, preamble and gap included, while it is on",
          .is_required = true,
          .least = 1e6,
          .most = 1e17},
    Field{.key = "frame",
          .kind = Kind::bytes,
          .help = "length of its Ethernet frames, FCS included",
          .default_text = "4096B",
          .least = 64,
          .most = 9216},
    Field{.key = "priority",
          .kind = Kind::whole,
          .help = "queue that it shares; 3 is that of the job's data",
          .default_text = "3",
          .most = 7},
    Field{.key = "on", .kind = Kind::duration, .help = "how long it comes", .least = 1e-6, .most = 1e6},
    Field{.key = "off", .kind = Kind::duration, .help = "... and then does not; with 'on'", .least = 1e-6, .most = 1e6},
    Field{.key = "periods",
          .kind = Kind::word,
          .help = "fixed, or drawn with the seed, 'on' and 'off' the means",
          .default_text = "fixed",
          .words = period_words},
};
inline constexpr Section background_section{.fields = background_fields};

}  // namespace farlink::scenario
