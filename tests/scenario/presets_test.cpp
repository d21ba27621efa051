// SPDX-License-Identifier: Apache-2.0
// Model presets and the parameter formulas.
#include "control/scenario/presets.hpp"

#include <catch2/catch.hpp>

#include "control/scenario/parameters.hpp"
#include "control/scenario/parse.hpp"
#include "tests/scenario/base_text.hpp"

namespace farlink::scenario {

TEST_CASE("published presets carry the published figure, near what their shape gives") {
  const Model gpt = preset_model("gpt3-175b");
  CHECK(gpt.layers == 96);
  CHECK(gpt.hidden == 12'288);
  CHECK(gpt.heads == 96);
  CHECK(gpt.kv_heads == 96);
  CHECK(gpt.feed_forward == 49'152);
  CHECK(gpt.vocabulary == 51'200);
  CHECK(gpt.sequence == 2'048);
  CHECK(gpt.parameters == 175'000'000'000);
  CHECK(static_cast<double>(count_parameters(gpt)) == Approx(175e9).epsilon(0.005));

  const Model llama = preset_model("llama-70b");
  CHECK(llama.layers == 80);
  CHECK(llama.hidden == 8'192);
  CHECK(llama.heads == 64);
  CHECK(llama.kv_heads == 8);
  CHECK(llama.feed_forward == 28'672);
  CHECK(llama.vocabulary == 32'000);
  CHECK(llama.gated_mlp);
  CHECK(llama.sequence == 4'096);
  CHECK(llama.parameters == 70'000'000'000);
  CHECK(static_cast<double>(count_parameters(llama)) == Approx(70e9).epsilon(0.016));
}

TEST_CASE("every published preset's shape gives its published parameters within two per cent") {
  for (const char* name :
       {"gpt3-175b", "llama-65b", "llama-70b", "llama3-8b", "llama3-70b", "llama3-405b", "nemotron-4-340b"}) {
    INFO(name);
    const Model model = preset_model(name);
    CHECK(model.name == name);
    CHECK(static_cast<double>(count_parameters(model)) == Approx(static_cast<double>(model.parameters)).epsilon(0.02));
  }
}

TEST_CASE("recomputation, sharding and schedules are read, and change the hash") {
  const auto with = [](const char* set) {
    const std::vector<std::string> sets{set};
    return parse(base_text(), "t.yaml", sets);
  };
  const auto training_of = [&](const char* set) { return std::get<Training>(with(set).workload); };
  CHECK_FALSE(training_of("run.steps=3").model.recomputes);
  CHECK(training_of("workload.model.recompute=full").model.recomputes);
  CHECK(training_of("workload.model.parameter-bytes=4").model.parameter_bytes == 4);
  CHECK(training_of("workload.parallelism.zero=2").parallelism.zero == 2);
  CHECK(training_of("workload.parallelism.interleave=2").parallelism.interleave == 2);
  CHECK(training_of("workload.parallelism.extra-warmup=1").parallelism.extra_warmup == 1);
  const std::string without = base().hash;
  const Scenario divided = parse(base_text(), "t.yaml", std::vector<std::string>{"workload.parallelism.context=1"});
  CHECK(divided.hash == without);
  CHECK_THROWS_WITH(parse(base_text(), "t.yaml", std::vector<std::string>{"workload.parallelism.context=2"}),
                    Catch::Contains("tensor x context x pipeline x data"));
  for (const char* set :
       {"workload.model.recompute=full", "workload.model.parameter-bytes=4", "workload.parallelism.zero=1",
        "workload.parallelism.interleave=2", "workload.parallelism.extra-warmup=1"}) {
    INFO(set);
    CHECK(with(set).hash != base().hash);
  }
}

TEST_CASE("dense presets count their own parameters") {
  // 80 x (12 x 10240^2 + 13 x 10240) + (51200 + 2048) x 10240
  CHECK(preset_model("dense-100b").parameters == 101'219'205'120);
  // 32 x (4 x 4096^2 + 3 x 4096 x 11008) + 2 x 32000 x 4096
  CHECK(preset_model("dense-7b").parameters == 6'738'149'376);
}

TEST_CASE("the GPT formula is 12 l h^2 (1 + 13/(12 h) + (V + s)/(12 l h))") {
  Model model;
  model.layers = 2;
  model.hidden = 10;
  model.heads = model.kv_heads = 2;
  model.feed_forward = 40;
  model.vocabulary = 7;
  model.sequence = 3;
  CHECK(count_parameters(model) == 2'400 + 260 + 100);
}

TEST_CASE("a shape of one's own") {
  const auto model_of = [](const std::string& extra) {
    const Scenario s = base(14, "  model: {layers: 2, hidden: 1024, heads: 16, global-batch: 64" + extra + "}");
    return std::get<Training>(s.workload).model;
  };
  const Model gpt = model_of("");
  CHECK(gpt.kv_heads == 16);
  CHECK(gpt.feed_forward == 4'096);
  CHECK(gpt.vocabulary == 51'200);
  CHECK(gpt.sequence == 2'048);
  CHECK(gpt.parameters == 2 * (12 * 1'048'576 + 13 * 1'024) + (51'200 + 2'048) * 1'024);
  const Model gated = model_of(", gated-mlp: true, kv-heads: 4, vocabulary: 1000, sequence: 512");
  CHECK(gated.feed_forward == 2'816);  // 8/3 x 1024 = 2730, rounded up to 11 x 256
  CHECK(gated.parameters == 2 * (2'621'440 + 3 * 1'024 * 2'816) + 2 * 1'000 * 1'024);
  CHECK(gated.sequence == 512);
}

TEST_CASE("a preset takes batch and sequence from the scenario") {
  const Scenario s = base(14, "  model: {preset: gpt3-175b, global-batch: 1536, micro-batch: 2, sequence: 1024}");
  const Model model = std::get<Training>(s.workload).model;
  CHECK(model.name == "gpt3-175b");
  CHECK(model.global_batch == 1'536);
  CHECK(model.micro_batch == 2);
  CHECK(model.sequence == 1'024);
  CHECK(model.parameters == 175'000'000'000);
}

}  // namespace farlink::scenario
