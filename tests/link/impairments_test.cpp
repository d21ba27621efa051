// SPDX-License-Identifier: Apache-2.0
// Every impairment: its own rows, and one suite that all of them pass.
#include <cmath>
#include <functional>

#include "tests/link/support.hpp"

namespace farlink::link::test {
namespace {

struct Row {
  const char* what;
  std::function<void(ImpairmentConfig&)> set;
  std::uint64_t affected;  // of 100,000 frames of 4178 B, seed 1
  double mean;
  double sigma;
};

constexpr std::uint64_t frames = 100'000;

double sigma_of(double p) { return std::sqrt(static_cast<double>(frames) * p * (1 - p)); }

// Loss of 4158 B without FEC at a bit error rate of 1e-6: 1 - (1 - 1e-6)^33264.
const double bit_loss = 1 - std::pow(1 - 1e-6, 8 * 4158);

std::vector<Row> rows() {
  return {
      {"random loss", [](ImpairmentConfig& c) { c.loss = Probability::of(0.01); }, 973, 1'000, sigma_of(0.01)},
      {"burst loss",
       [](ImpairmentConfig& c) {
         c.burst = GilbertElliott{Probability::of(0.1 * 0.01 / 0.99), Probability::of(0.1), {}, Probability::always()};
       },
       1'071, 1'000, std::sqrt(frames * 0.01 * 19)},  // mean burst 10: sqrt(n p (2b - 1))
      {"bit errors", [](ImpairmentConfig& c) { c.bit_error = Probability::of(1e-6); }, 3'241, frames * bit_loss,
       sigma_of(bit_loss)},
      {"listed loss", [](ImpairmentConfig& c) { c.listed = {listed({}, 7, {}, 2)}; }, 1, 1, 0.2},
      {"corruption", [](ImpairmentConfig& c) { c.corrupt = Probability::of(0.02); }, 2'053, 2'000, sigma_of(0.02)},
      {"duplication", [](ImpairmentConfig& c) { c.duplicate = Probability::of(0.03); }, 2'974, 3'000, sigma_of(0.03)},
      {"CE marking", [](ImpairmentConfig& c) { c.ce_mark = Probability::of(0.05); }, 4'938, 5'000, sigma_of(0.05)},
  };
}

const std::vector<Step>& traffic() {
  static const std::vector<Step> steps = [] {
    std::vector<Step> made = evenly(frames, 4'178, Duration::nanoseconds(100));
    for (Step& step : made) step.frame.psn = static_cast<std::uint32_t>(step.frame.token % 1'000);
    return made;
  }();
  return steps;
}

// What the impairments alone decide: loss, edits, copies; by token.
struct Verdict {
  Cause cause;
  std::uint8_t edits, copies;
  bool operator==(const Verdict&) const = default;
};
std::vector<Verdict> verdicts(const Log& log) {
  std::vector<Verdict> all(frames);
  for (const Output& o : log.exits) all[o.frame.token] = {Cause::none, o.frame.edits, o.frame.copies};
  for (const Output& o : log.drops) all[o.frame.token] = {o.cause, o.frame.edits, o.frame.copies};
  return all;
}
std::uint64_t affected(const std::vector<Verdict>& all) {
  std::uint64_t count = 0;
  for (const Verdict& v : all) count += v != Verdict{Cause::none, 0, 0};
  return count;
}
bool has_effect(const Verdict& v, const Verdict& alone) {
  return (alone.cause == Cause::none || v.cause != Cause::none) && (v.edits & alone.edits) == alone.edits &&
         v.copies >= alone.copies;
}

DirectionConfig with(const Row& row) {
  DirectionConfig config = plain();
  row.set(config.impairments);
  return config;
}

}  // namespace

TEST_CASE("impairments: how many frames, exactly for a seed, and within 4 sigma of what was asked") {
  for (const Row& row : rows()) {
    INFO(row.what);
    const auto all = verdicts(play(with(row), traffic(), Ask::only_at_the_end));
    const auto count = static_cast<double>(affected(all));
    CHECK(count > row.mean - 4 * row.sigma);
    CHECK(count < row.mean + 4 * row.sigma);
    CHECK(affected(all) == row.affected);
  }
}

TEST_CASE("impairments: same seed, same verdicts, whatever the burst size; another seed, others") {
  for (const Row& row : rows()) {
    INFO(row.what);
    DirectionConfig config = with(row);
    const auto once = verdicts(play(config, traffic(), Ask::only_at_the_end));
    CHECK(once == verdicts(play(config, traffic(), Ask::at_every_event, 1)));
    if (!config.impairments.listed.empty()) continue;
    config.seed = 2;
    CHECK(once != verdicts(play(config, traffic(), Ask::only_at_the_end)));
    config.seed = 1;
    config.direction = 1;
    CHECK(once != verdicts(play(config, traffic(), Ask::only_at_the_end)));
  }
}

TEST_CASE("impairments: nothing configured, nothing done") {
  Direction direction{plain()};
  const Log log = play(direction, traffic(), Ask::only_at_the_end);
  CHECK(affected(verdicts(log)) == 0);
  CHECK(direction.far().counters().frames_out == frames);
}

TEST_CASE("impairments: further stages move no draw of a stage") {
  DirectionConfig all = plain();
  for (const Row& row : rows()) row.set(all.impairments);
  const auto together = verdicts(play(all, traffic(), Ask::only_at_the_end));
  for (const Row& row : rows()) {
    INFO(row.what);
    const auto alone = verdicts(play(with(row), traffic(), Ask::only_at_the_end));
    std::uint64_t missing = 0;
    for (std::size_t i = 0; i < frames; ++i) missing += !has_effect(together[i], alone[i]);
    CHECK(missing == 0);
  }
}

TEST_CASE("impairments: counters add up") {
  DirectionConfig config = plain();
  for (const Row& row : rows()) row.set(config.impairments);
  Direction direction{config};
  const Log log = play(direction, traffic(), Ask::only_at_the_end);
  const DropCounters& dropped = direction.near().counters().dropped;
  CHECK(dropped.random == log.dropped(Cause::random));
  CHECK(dropped.burst == log.dropped(Cause::burst));
  CHECK(dropped.bit_error == log.dropped(Cause::bit_error));
  CHECK(dropped.listed == 1);
  CHECK(dropped.total() == log.drops.size());
  std::uint64_t copies = 0, marked = 0;
  for (const Output& o : log.exits) copies += o.frame.copies;
  for (const auto* outputs : {&log.exits, &log.drops})
    for (const Output& o : *outputs) marked += (o.frame.edits & edit_ce) != 0;
  CHECK(direction.far().counters().frames_duplicated == copies);
  CHECK(direction.far().counters().frames_out == log.exits.size() + copies);
  CHECK(direction.near().counters().ecn_marked == marked);
  CHECK(direction.near().counters().line_bytes == frames * 4'178);  // lost frames have used the line
}

TEST_CASE("listed loss names exactly the frame") {
  struct Listed {
    ListedFrame which;
    std::vector<std::uint64_t> lost;
  };
  // token, destination QP, PSN, opcode
  const std::uint32_t sent[][4] = {{0, 16, 5, 7}, {1, 17, 5, 7}, {2, 16, 6, 8}, {3, 16, 5, 7}, {4, 16, 5, 10}};
  for (const Listed& row :
       {Listed{listed(16, 5, {}, 1), {0}}, Listed{listed(16, 5, {}, 2), {3}}, Listed{listed(16, 5, {}, 3), {4}},
        Listed{listed({}, {}, 10, 1), {4}}, Listed{listed({}, {}, {}, 3), {2}}, Listed{listed(18, {}, {}, 1), {}},
        Listed{listed({}, {}, {}, 6), {}}}) {
    DirectionConfig config = plain();
    config.impairments.listed = {row.which};
    std::vector<Step> steps;
    for (const auto& f : sent) {
      steps.push_back({at_ns(0), frame(f[0], 100), {}});
      steps.back().frame.destination_qp = f[1];
      steps.back().frame.psn = f[2];
      steps.back().frame.opcode = static_cast<std::uint8_t>(f[3]);
    }
    std::vector<std::uint64_t> lost;
    for (const Output& o : play(config, steps).drops) {
      CHECK(o.cause == Cause::listed);
      lost.push_back(o.frame.token);
    }
    CHECK(lost == row.lost);
  }
}

TEST_CASE("the first cause in the order listed, random, burst, bit error is the one counted") {
  DirectionConfig config = plain();
  ImpairmentConfig& c = config.impairments;
  const auto cause = [&] { return play(config, {{at_ns(0), frame(1, 4'178), {}}}).drops.at(0).cause; };
  c.bit_error = Probability::always();
  CHECK(cause() == Cause::bit_error);
  c.burst = GilbertElliott{{}, {}, Probability::always(), Probability::always()};
  CHECK(cause() == Cause::burst);
  c.loss = Probability::always();
  CHECK(cause() == Cause::random);
  c.listed = {ListedFrame{}};
  CHECK(cause() == Cause::listed);
}

TEST_CASE("a copy follows right behind its frame, under one token") {
  DirectionConfig config = plain();
  config.far_edge.port_rate = BitRate::gigabits(400);
  config.impairments.duplicate = Probability::always();
  const Log log = play(config, evenly(2, 50, Duration::zero()));
  REQUIRE(log.exits.size() == 2);
  CHECK(log.exits[0].frame.copies == 1);
  CHECK(log.exit_times() == std::vector<std::int64_t>{1'000 + 2'000, 3'000 + 2'000});  // the line carries each once
}

TEST_CASE("a frame that cannot carry a mark gets none from the CE stage either") {
  DirectionConfig config = plain();
  config.impairments.ce_mark = Probability::always();
  for (const Ecn ecn : {Ecn::not_ect, Ecn::ce}) {
    std::vector<Step> steps = evenly(3, 50, Duration::zero());
    for (Step& step : steps) step.frame.ecn = ecn;
    Direction direction{config};
    for (const Output& o : play(direction, steps).exits) CHECK(o.frame.edits == 0);
    CHECK(direction.near().counters().ecn_marked == 0);
  }
}

TEST_CASE("jitter stays in its range and keeps the order") {
  DirectionConfig config = plain();
  config.fibre = {Duration::microseconds(10), Duration::microseconds(1)};
  const Log log = play(config, evenly(20'000, 50, Duration::microseconds(2)));  // too far apart to be clamped
  std::int64_t sum = 0, least = 1'000'000, most = 0;
  for (const Output& o : log.exits) {
    const std::int64_t sent = static_cast<std::int64_t>(o.frame.token) * 2'000'000;
    const std::int64_t extra = o.stamp.since_start().picoseconds() - sent - 1'000 - 10'000'000;
    least = std::min(least, extra);
    most = std::max(most, extra);
    sum += extra;
  }
  CHECK(least >= 0);
  CHECK(least < 1'000);
  CHECK(most <= 1'000'000 + 1);
  CHECK(most > 999'000);
  CHECK(std::abs(sum / 20'000 - 500'000) < 4 * 2'042);  // sigma of the mean: 1 us / sqrt(12 x 20,000) = 2.04 ns

  const Log close = play(config, evenly(5'000, 50, Duration::nanoseconds(10)));
  for (std::size_t i = 0; i < close.exits.size(); ++i) REQUIRE(close.exits[i].frame.token == i);
}

}  // namespace farlink::link::test
