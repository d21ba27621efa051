// SPDX-License-Identifier: Apache-2.0
// The grammar of workload: a model's shape, a recorded trace, or the bench's flows.
#include <array>

#include "control/scenario/grammar.hpp"
#include "control/scenario/grammar_parallelism.hpp"

namespace farlink::scenario {
namespace {

constexpr std::array preset_words{Word{"gpt3-175b"},       Word{"llama-65b"},    Word{"llama-70b"},
                                  Word{"llama3-8b"},       Word{"llama3-70b"},   Word{"llama3-405b"},
                                  Word{"nemotron-4-340b"}, Word{"mixtral-8x7b"}, Word{"deepseek-v3"},
                                  Word{"dense-100b"},      Word{"dense-7b"}};
constexpr std::array yes_no_words{Word{"true"}, Word{"false"}};
constexpr std::array recompute_words{Word{"none"}, Word{"full"}};
constexpr std::array model_fields{
    Field{.key = "preset", .kind = Kind::word, .help = "a known shape", .words = preset_words},
    Field{.key = "layers", .kind = Kind::whole, .help = "transformer layers", .least = 1, .most = 10'000},
    Field{.key = "hidden", .kind = Kind::whole, .help = "hidden size", .least = 1, .most = 1'048'576},
    Field{.key = "heads", .kind = Kind::whole, .help = "attention heads", .least = 1, .most = 65'536},
    Field{.key = "kv-heads",
          .kind = Kind::whole,
          .help = "key-value heads",
          .default_text = "heads",
          .least = 1,
          .most = 65'536},
    Field{.key = "feed-forward",
          .kind = Kind::whole,
          .help = "inner size of the feed-forward block",
          .default_text = "4 x hidden, or 8/3 x hidden rounded up to 256 when gated",
          .least = 1,
          .most = 16'777'216},
    Field{.key = "vocabulary",
          .kind = Kind::whole,
          .help = "tokens of the embedding",
          .default_text = "51200",
          .least = 1,
          .most = 16'777'216},
    Field{.key = "gated-mlp",
          .kind = Kind::word,
          .help = "three matrices per feed-forward block, as LLaMA",
          .default_text = "false",
          .words = yes_no_words},
    Field{.key = "experts",
          .kind = Kind::whole,
          .help = "feed-forward blocks of a layer, of which a token goes through some (mixture of experts)",
          .default_text = "0",
          .most = 65'536},
    Field{.key = "active-experts",
          .kind = Kind::whole,
          .help = "experts that a token goes through",
          .default_text = "2",
          .least = 1,
          .most = 65'536},
    Field{.key = "shared-experts",
          .kind = Kind::whole,
          .help = "experts that every token goes through besides",
          .default_text = "0",
          .most = 65'536},
    Field{.key = "expert-feed-forward",
          .kind = Kind::whole,
          .help = "inner size of an expert",
          .default_text = "feed-forward",
          .least = 1,
          .most = 16'777'216},
    Field{.key = "dense-layers",
          .kind = Kind::whole,
          .help = "layers at the beginning that have no experts",
          .default_text = "0",
          .most = 10'000},
    Field{.key = "sequence",
          .kind = Kind::whole,
          .help = "tokens per sequence",
          .default_text = "2048, or the preset's",
          .least = 1,
          .most = 16'777'216},
    Field{.key = "global-batch",
          .kind = Kind::whole,
          .help = "sequences per step",
          .is_required = true,
          .least = 1,
          .most = 1e9},
    Field{.key = "micro-batch",
          .kind = Kind::whole,
          .help = "sequences per micro-batch",
          .default_text = "1",
          .least = 1,
          .most = 1e6},
    Field{.key = "gradient-bytes",
          .kind = Kind::whole,
          .help = "per parameter, on the wire",
          .default_text = "2",
          .least = 1,
          .most = 8},
    Field{.key = "activation-bytes",
          .kind = Kind::whole,
          .help = "per activation, on the wire",
          .default_text = "2",
          .least = 1,
          .most = 8},
    Field{.key = "parameter-bytes",
          .kind = Kind::whole,
          .help = "per parameter that ZeRO gathers, on the wire",
          .default_text = "2",
          .least = 1,
          .most = 8},
    Field{.key = "recompute",
          .kind = Kind::word,
          .help = "full: no activation is kept, each forward is computed again before its backward",
          .default_text = "none",
          .words = recompute_words},
};
constexpr std::array<std::string_view, 1> preset_key{"preset"};
constexpr std::array<std::string_view, 12> shape_keys{
    "layers",    "hidden",  "heads",          "kv-heads",       "feed-forward",        "vocabulary",
    "gated-mlp", "experts", "active-experts", "shared-experts", "expert-feed-forward", "dense-layers"};
constexpr std::array<std::span<const std::string_view>, 2> model_ways{preset_key, shape_keys};
constexpr std::array model_exclusives{Exclusive{model_ways, true}};
constexpr Section model{.fields = model_fields, .exclusives = model_exclusives};

constexpr std::array collective_words{Word{"ring"}, Word{"hierarchical-ring"}, Word{"direct"}, Word{"halving-doubling"},
                                      Word{"double-binary-tree"}};

constexpr std::array gpu_fields{
    Field{.key = "flops",
          .kind = Kind::flops,
          .help = "peak of one accelerator, per second",
          .default_text = "312tflops",
          .least = 1e9,
          .most = 1e21},
    Field{.key = "utilisation",
          .kind = Kind::ratio,
          .help = "share of the peak that kernels reach",
          .default_text = "45%",
          .most = 1,
          .is_above_least = true},
};
constexpr Section gpu{.fields = gpu_fields};

constexpr std::array storage_fields{
    Field{.key = "site",
          .kind = Kind::name,
          .help = "where the data is; its gpus are storage servers, one NIC each, and no rank of the job is there",
          .is_required = true},
    Field{.key = "read-per-step",
          .kind = Kind::bytes,
          .help = "samples, by all ranks of the first pipeline stage together",
          .default_text = "0",
          .most = 1e15},
    Field{.key = "prefetch",
          .kind = Kind::whole,
          .help = "steps that samples are read ahead; 0: each micro-batch asks for them when it wants them",
          .default_text = "1",
          .most = 1},
    Field{.key = "write-per-step",
          .kind = Kind::bytes,
          .help = "by all ranks together, beside the training; a checkpoint, spread over the steps until the next one",
          .default_text = "0",
          .most = 1e15},
};
constexpr Section storage{.fields = storage_fields};

constexpr std::array flows_fields{
    Field{.key = "pairs",
          .kind = Kind::whole,
          .help = "NIC pairs that send west to east",
          .default_text = "1",
          .least = 1,
          .most = 100'000},
    Field{.key = "message",
          .kind = Kind::bytes,
          .help = "size of one message",
          .default_text = "1GiB",
          .least = 1,
          .most = 1'073'741'824},
    Field{.key = "depth",
          .kind = Kind::whole,
          .help = "messages outstanding per queue pair; 0: what the window wants",
          .default_text = "0",
          .most = 1e6},
    Field{.key = "messages",
          .kind = Kind::whole,
          .help = "per queue pair; not given: until a stop below",
          .least = 1,
          .most = 1e12},
    Field{.key = "stop-losses",
          .kind = Kind::whole,
          .help = "end after so many lost frames",
          .default_text = "4000",
          .least = 1,
          .most = 1e15},
    Field{.key = "stop-frames",
          .kind = Kind::whole,
          .help = "end after so many frames sent",
          .default_text = "200000000",
          .least = 1,
          .most = 1e15},
};
constexpr Section flows{.fields = flows_fields};

constexpr double largest_share = 100;  // of a computation's time
constexpr std::array straggler_fields{
    Field{.key = "count",
          .kind = Kind::whole,
          .help = "so many ranks, drawn with the seed",
          .least = 1,
          .most = largest_group},
    Field{.key = "ranks", .kind = Kind::wholes, .help = "these ranks, from 0", .most = largest_group},
    Field{.key = "slower",
          .kind = Kind::ratio,
          .help = "how much longer their GPU work takes",
          .is_required = true,
          .most = largest_share,
          .is_above_least = true},
};
constexpr std::array<std::string_view, 1> count_key{"count"}, ranks_key{"ranks"};
constexpr std::array<std::span<const std::string_view>, 2> straggler_ways{count_key, ranks_key};
constexpr std::array straggler_exclusives{Exclusive{straggler_ways, true}};
constexpr Section stragglers{.fields = straggler_fields, .exclusives = straggler_exclusives};

constexpr std::array compute_fields{
    Field{.key = "stage",
          .kind = Kind::text,
          .help = "of the table, such as forward.MegatronRowLinear",
          .is_required = true},
    Field{.key = "time",
          .kind = Kind::duration,
          .help = "before each operation of it",
          .is_required = true,
          .most = 3600},
};
constexpr Section compute{.fields = compute_fields};

constexpr std::array workload_fields{
    Field{.key = "model", .kind = Kind::section, .help = "a training job from a model's shape", .section = &model},
    Field{.key = "trace",
          .kind = Kind::text,
          .help = "a recorded job: a file, PREFIX of PREFIX.RANK.et, a directory, or an archive"},
    Field{.key = "compute",
          .kind = Kind::list,
          .help = "how long is computed before the operations of a table that has no times",
          .section = &compute},
    Field{.key = "kineto",
          .kind = Kind::text,
          .help = "Kineto profiles of the same run, for PyTorch execution traces: a file, a directory, or an archive"},
    Field{.key = "replicate",
          .kind = Kind::word,
          .help = "ranks of the trace that were not recorded do what a recorded one does",
          .default_text = "false",
          .words = yes_no_words},
    Field{.key = "flows",
          .kind = Kind::section,
          .help = "the bench: messages back to back, no training",
          .section = &flows},
    Field{.key = "parallelism",
          .kind = Kind::section,
          .help = "how the model is divided",
          .section = &parallelism_section},
    Field{.key = "collective",
          .kind = Kind::word,
          .help = "algorithm of all-reduce, all-gather and reduce-scatter",
          .default_text = "hierarchical-ring",
          .words = collective_words},
    Field{.key = "gpu", .kind = Kind::section, .help = "the accelerators", .section = &gpu},
    Field{.key = "jitter",
          .kind = Kind::ratio,
          .help = "standard deviation of each computation's time, log-normal; the mean stays",
          .default_text = "0%",
          .most = 1},
    Field{.key = "stragglers", .kind = Kind::section, .help = "slower accelerators", .section = &stragglers},
    Field{.key = "storage",
          .kind = Kind::section,
          .help = "training data at a site of its own, read and written over links",
          .section = &storage},
};
constexpr std::array<std::string_view, 4> model_keys{"model", "parallelism", "gpu", "storage"};
constexpr std::array<std::string_view, 4> trace_keys{"trace", "compute", "kineto", "replicate"};
constexpr std::array<std::string_view, 1> flows_key{"flows"};
constexpr std::array<std::span<const std::string_view>, 3> workload_ways{model_keys, trace_keys, flows_key};
constexpr std::array<std::string_view, 1> collective_key{"collective"};
constexpr std::array<std::span<const std::string_view>, 2> exchange_ways{collective_key,
                                                                         flows_key};  // flows exchange none
constexpr std::array<std::string_view, 2> variation_keys{"jitter", "stragglers"};
constexpr std::array<std::span<const std::string_view>, 2> variation_ways{variation_keys,
                                                                          flows_key};  // flows compute nothing
constexpr std::array workload_exclusives{Exclusive{workload_ways, true}, Exclusive{exchange_ways},
                                         Exclusive{variation_ways}};
constexpr Section workload{.fields = workload_fields, .exclusives = workload_exclusives};

}  // namespace

const Section& workload_section() { return workload; }

}  // namespace farlink::scenario
