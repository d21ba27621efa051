// SPDX-License-Identifier: Apache-2.0
// The parts below a direction: burst loss against its oracle, bit errors, randomness, activity, heap.
#include <algorithm>
#include <cmath>

#include "dataplane/link/activity_series.hpp"
#include "dataplane/link/event_wheel.hpp"
#include "dataplane/link/impairments/bit_error.hpp"
#include "dataplane/link/impairments/burst_loss.hpp"
#include "dataplane/link/indexed_heap.hpp"
#include "dataplane/link/lookahead.hpp"
#include "tests/link/support.hpp"

namespace farlink::link::test {

TEST_CASE("Gilbert-Elliott: loss within 3 sigma and mean burst within 3 % (oracle O21)") {
  struct Row {
    double loss, burst;
  };
  for (const Row row : {Row{0.01, 5}, Row{0.02, 20}, Row{0.3, 2}}) {
    // r = 1/b, p = loss r / (1 - loss); sigma of the loss = sqrt(loss (2 b - 1) / n)
    const double r = 1 / row.burst, p = row.loss * r / (1 - row.loss);
    BurstLoss stage{GilbertElliott{Probability::of(p), Probability::of(r), {}, Probability::always()},
                    Random{1, 0, 0, Stage::burst_state}, Random{1, 0, 0, Stage::burst_loss}};
    constexpr std::uint64_t n = 10'000'000;
    std::uint64_t lost = 0, bursts = 0;
    bool was_lost = false;
    for (std::uint64_t i = 0; i < n; ++i) {
      const bool is_lost = stage.loses(i);
      lost += is_lost;
      bursts += is_lost && !was_lost;
      was_lost = is_lost;
    }
    INFO("loss " << row.loss << " burst " << row.burst);
    const double share = static_cast<double>(lost) / n;
    CHECK(std::abs(share - row.loss) < 3 * std::sqrt(row.loss * (2 * row.burst - 1) / n));
    CHECK(static_cast<double>(lost) / static_cast<double>(bursts) == Approx(row.burst).epsilon(0.03));
  }
}

TEST_CASE("Gilbert-Elliott: loss in both states, and a change of parameters does not end a burst") {
  const GilbertElliott both{Probability::of(0.01), Probability::of(0.04), Probability::of(0.1), Probability::of(0.6)};
  BurstLoss stage{both, Random{3, 0, 0, Stage::burst_state}, Random{3, 0, 0, Stage::burst_loss}};
  std::uint64_t lost = 0;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) lost += stage.loses(i);
  CHECK(static_cast<double>(lost) == Approx(200'000).epsilon(0.03));  // 0.8 x 0.1 + 0.2 x 0.6

  const GilbertElliott enter{Probability::always(), {}, {}, Probability::always()};
  BurstLoss kept{enter, {}, {}};
  CHECK_FALSE(kept.loses(0));  // good; then bad for ever
  CHECK(kept.loses(1));
  kept.reconfigure(GilbertElliott{{}, Probability::always(), {}, Probability::always()});
  CHECK(kept.loses(2));
  CHECK_FALSE(kept.loses(3));
}

TEST_CASE("bit errors: 1 - (1 - p)^(8 L) by frame length, preamble and gap left out") {
  struct Row {
    double bit;
    std::uint32_t line_bytes;
    std::uint64_t n;
  };
  for (const Row row : {Row{1e-6, 4'178, 1'000'000}, Row{1e-5, 86, 1'000'000}, Row{1e-4, 1'106, 200'000}}) {
    BitError stage{Probability::of(row.bit), Random{1, 0, 0, Stage::bit_error}};
    const double p = 1 - std::pow(1 - row.bit, 8.0 * (row.line_bytes - 20));
    std::uint64_t lost = 0;
    for (std::uint64_t i = 0; i < row.n; ++i) lost += stage.loses(row.line_bytes, i);
    const double mean = static_cast<double>(row.n) * p;
    INFO("bit error rate " << row.bit << ", " << row.line_bytes << " B");
    CHECK(std::abs(static_cast<double>(lost) - mean) < 4 * std::sqrt(mean * (1 - p)));
  }
  // 1e-12 on 4178 B of the line: 3.3e-8, too rare to count; the threshold itself is right.
  BitError rare{Probability::of(1e-12), Random{1, 0, 0, Stage::bit_error}};
  std::uint64_t lost = 0;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) lost += rare.loses(4'178, i);
  CHECK(lost <= 1);
}

TEST_CASE("behind a block code a frame is lost with its codewords, by its length") {
  const double failure = codeword_failure(kp4, 2e-3);  // far beyond what it corrects: worth counting
  CHECK(failure > 0.01);
  for (const std::uint32_t line_bytes : {86U, 4'178U}) {
    BitError stage{{}, Random{1, 0, 0, Stage::bit_error}, Probability::of(failure)};
    const double p = 1 - std::pow(1 - failure, 8.0 * line_bytes / 5'140 + 1);
    std::uint64_t lost = 0;
    constexpr std::uint64_t n = 200'000;
    for (std::uint64_t i = 0; i < n; ++i) lost += stage.loses(line_bytes, i);
    const double mean = n * p;
    INFO(line_bytes << " B");
    CHECK(std::abs(static_cast<double>(lost) - mean) < 4 * std::sqrt(mean * (1 - p)));
    stage.reconfigure({}, {});
    CHECK_FALSE(stage.loses(line_bytes, 0));
  }
}

TEST_CASE("codewords that fail: the binomial tail, from nothing to always") {
  // RS(544,514) corrects 15 symbols, RS(528,514) 7 (oracle O23).
  CHECK(codeword_failure(kp4, 2.4e-4) == Approx(8.2e-13).epsilon(0.05));
  CHECK(codeword_failure(kr4, 2.4e-4) == Approx(5.2e-5).epsilon(0.05));
  CHECK(codeword_failure(kp4, 0) == 0);
  CHECK(codeword_failure(kp4, 1) == 1);
  CHECK(codeword_failure(kp4, 0.4) == Approx(1));
  CHECK(codeword_failure({2, 0}, 1e-3) == Approx(1 - std::pow(0.999, 20)));
  double before = 0;
  for (double rate = 1e-9; rate < 0.1; rate *= 1.5) {
    const double failure = codeword_failure(kp4, rate);
    CHECK(failure > before * (1 - 1e-9));
    before = failure;
  }
}

TEST_CASE("lengths that share a cache place keep their own loss") {
  BitError stage{Probability::of(1e-3), Random{1, 0, 0, Stage::bit_error}};
  std::uint64_t small = 0, large = 0;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    small += stage.loses(84, i);            // 1 - 0.999^512 = 0.4008
    large += stage.loses(84 + 64 * 10, i);  // 1 - 0.999^5632 = 0.9964
  }
  CHECK(std::abs(static_cast<double>(small) - 40'083) < 4 * 155);
  CHECK(std::abs(static_cast<double>(large) - 99'643) < 4 * 19);
}

TEST_CASE("draws differ by seed, link, direction, stage and ordinal, and bits are even") {
  const Random base{1, 0, 0, Stage::ecn};
  CHECK(base.draw(5) == Random{1, 0, 0, Stage::ecn}.draw(5));
  for (const Random& other : {Random{2, 0, 0, Stage::ecn}, Random{1, 1, 0, Stage::ecn}, Random{1, 0, 1, Stage::ecn},
                              Random{1, 0, 0, Stage::jitter}})
    CHECK(base.draw(5) != other.draw(5));
  std::array<std::uint64_t, 64> ones{};
  constexpr std::uint64_t n = 100'000;
  for (std::uint64_t i = 0; i < n; ++i)
    for (unsigned bit = 0; bit < 64; ++bit) ones[bit] += (base.draw(i) >> bit) & 1U;
  for (const std::uint64_t count : ones) CHECK(std::abs(static_cast<double>(count) - n / 2.0) < 4.5 * 158);
}

TEST_CASE("activity: bins double their width and lose nothing") {
  ActivitySeries series;
  const std::int64_t width = series.bin_width().picoseconds();
  CHECK(width == 1 << 20);
  for (std::int64_t i = 0; i < 3'000; ++i) series.add(at_ps(i * width), 10, static_cast<std::uint64_t>(i));
  CHECK(series.bin_width().picoseconds() == 4 * width);
  std::uint64_t bytes = 0;
  for (const ActivitySeries::Bin& bin : series.all()) bytes += bin.line_bytes;
  CHECK(bytes == 30'000);
  CHECK(series.all()[0].line_bytes == 40);
  CHECK(series.all()[0].queue_peak_bytes == 3);
  CHECK(series.all()[749].queue_peak_bytes == 2'999);
  CHECK(series.all()[750].line_bytes == 0);
}

// Times within a few ns of each other, as of ports served in turn, and times far off; both against a plain search.
TEMPLATE_TEST_CASE("the earliest of many components, equals by number, after any changes", "", IndexedHeap,
                   EventWheel) {
  for (const std::int64_t reach : {50, 40'000, 3'000'000, 900'000'000}) {
    constexpr std::uint32_t count = 23;
    TestType components{count};
    CHECK(components.earliest() == Instant::never());
    std::vector<Instant> times(count, Instant::never());
    std::uint64_t random = 1;
    std::int64_t now = 0;
    for (int step = 0; step < 20'000; ++step) {
      random = mix(random + 0x9e3779b97f4a7c15ULL);
      const bool takes_front = random % 2 == 0 && components.earliest() != Instant::never();
      const std::uint32_t index = takes_front ? components.front() : static_cast<std::uint32_t>((random >> 8) % count);
      if (takes_front) now = std::max(now, components.earliest().since_start().picoseconds());
      const std::int64_t ahead = static_cast<std::int64_t>((random >> 20) % static_cast<std::uint64_t>(reach));
      const Instant time = (random >> 16) % 5 == 0 ? Instant::never() : at_ps(now + ahead);
      times[index] = time;
      components.set(index, time);
      const auto first = std::min_element(times.begin(), times.end());
      REQUIRE(components.earliest() == *first);
      if (*first != Instant::never()) REQUIRE(components.front() == static_cast<std::uint32_t>(first - times.begin()));
    }
  }
}

// Whoever is on the ring, in order, and then nobody; a component beyond the ring, or not due at all, has no successor.
TEST_CASE("a wheel says who comes after whom") {
  EventWheel wheel{6};
  const std::int64_t ring = 2'000'000;  // ps; the ring holds 2.1 us from its first component on
  for (const std::int64_t start : {0L, 1'900'000L, 123'456'789L}) {  // the second has the ring's end in between
    wheel.set(4, at_ps(start + 10));
    wheel.set(2, at_ps(start + 900'000));
    wheel.set(3, at_ps(start + 900'001));
    wheel.set(0, at_ps(start + 900'001));
    wheel.set(1, at_ps(start + ring));
    wheel.set(5, at_ps(start + 10 * ring));
    std::vector<std::uint32_t> order;
    for (std::uint32_t i = wheel.front(); i != EventWheel::none; i = wheel.after(i)) order.push_back(i);
    CHECK(order == std::vector<std::uint32_t>{4, 2, 0, 3, 1});
    CHECK(wheel.after(5) == EventWheel::none);
    for (std::uint32_t i = 0; i < 6; ++i) wheel.set(i, Instant::never());
    CHECK(wheel.after(4) == EventWheel::none);
  }
}

// Sixty components in turn, each back a round later: from the second round on every guess is right. Then the order
// changes, and a few rounds later it is right again.
TEST_CASE("a lookahead knows who is due some turns from now") {
  constexpr std::uint32_t count = 60;
  EventWheel wheel{count};
  for (std::uint32_t i = 0; i < count; ++i) wheel.set(i, at_ps(1000 * i));
  Lookahead lookahead;
  CHECK(lookahead.at(4) == EventWheel::none);
  std::array<std::uint32_t, 2 * Lookahead::turns> guessed{};  // by turn that was guessed for
  int wrong = 0, known = 0;
  for (std::uint32_t turn = 0; turn < 40 * count; ++turn) {
    const std::uint32_t index = wheel.front();
    const bool is_settled = turn > 2 * count && (turn < 20 * count || turn > 24 * count);
    if (is_settled) {
      ++known;
      wrong += guessed[turn % guessed.size()] == index ? 0 : 1;
    }
    const std::int64_t swapped = turn == 20 * count ? 30'500 : 60'000;  // this one comes back half a round early
    wheel.set(index, wheel.earliest() + units::Duration::picoseconds(swapped));
    lookahead.advance(wheel);
    guessed[(turn + 5) % guessed.size()] = lookahead.at(4);  // at(0) is the front of the wheel now
  }
  CHECK(known == 40 * 60 - 2 * 60 - 4 * 60 - 2);
  CHECK(wrong == 0);
}

}  // namespace farlink::link::test
