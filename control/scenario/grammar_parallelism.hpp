// SPDX-License-Identifier: Apache-2.0
// The grammar of workload.parallelism.
#pragma once

#include <array>

#include "control/scenario/grammar.hpp"

namespace farlink::scenario {

inline constexpr std::array across_words{Word{"pipeline"}, Word{"data"}};
inline constexpr std::array overlap_words{Word{"none"}, Word{"backward"}};
inline constexpr double largest_group = 1'000'000;
inline constexpr std::array parallelism_fields{
    Field{.key = "tensor",
          .kind = Kind::whole,
          .help = "ranks that share a layer, inside a node",
          .default_text = "1",
          .least = 1,
          .most = 1024},
    Field{.key = "pipeline", .kind = Kind::whole, .help = "stages", .default_text = "1", .least = 1, .most = 10'000},
    Field{
        .key = "data", .kind = Kind::whole, .help = "replicas", .default_text = "1", .least = 1, .most = largest_group},
    Field{.key = "across-sites",
          .kind = Kind::word,
          .help = "which dimension the sites divide",
          .default_text = "pipeline",
          .words = across_words},
    Field{.key = "overlap",
          .kind = Kind::word,
          .help = "what gradient exchange hides behind",
          .default_text = "backward",
          .words = overlap_words},
    Field{.key = "bucket",
          .kind = Kind::bytes,
          .help = "gradients exchanged at a time, per rank",
          .default_text = "256MiB",
          .least = 1024,
          .most = 1e15},
    Field{.key = "zero",
          .kind = Kind::whole,
          .help =
              "ZeRO: 1, 2: gradients are reduced to the replica that keeps their part, parameters gathered behind the "
              "optimizer; 3: gathered before each forward and backward instead",
          .default_text = "0",
          .most = 3},
    Field{.key = "interleave",
          .kind = Kind::whole,
          .help = "chunks of layers per stage, which micro-batches pass one after the other (interleaved 1F1B)",
          .default_text = "1",
          .least = 1,
          .most = 1024},
    Field{
        .key = "extra-warmup",
        .kind = Kind::whole,
        .help = "micro-batches that stages upstream of a boundary between sites are ahead of strict 1F1B, per boundary",
        .default_text = "0",
        .most = 65'535},
    Field{.key = "expert",
          .kind = Kind::whole,
          .help = "consecutive replicas that share the experts of a layer and exchange tokens (expert parallel)",
          .default_text = "1",
          .least = 1,
          .most = largest_group},
    Field{.key = "context",
          .kind = Kind::whole,
          .help = "ranks that have a part of every sequence each, and exchange keys and values (context parallel)",
          .default_text = "1",
          .least = 1,
          .most = largest_group},
};
inline constexpr Section parallelism_section{.fields = parallelism_fields};

}  // namespace farlink::scenario
