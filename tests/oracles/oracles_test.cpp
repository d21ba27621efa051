// SPDX-License-Identifier: Apache-2.0
// Every oracle of farlink-validate, with the rows that seconds suffice for; farlink-validate itself runs them all.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "tools/validate/formulas.hpp"
#include "tools/validate/text.hpp"

namespace farlink::validate {
namespace {

// The functions of the full run, the rows that need few frames.
Settings fast() {
  Settings settings;
  settings.most_frames = 400'000;
  return settings;
}

void check_all(const std::vector<Row>& rows, const std::string& id, std::size_t at_least) {
  CHECK(rows.size() >= at_least);
  for (const Row& row : rows) {
    INFO(to_table({&row, 1}));
    CHECK(row.oracle == id);
    CHECK(row.passes());
  }
}

TEST_CASE("O1: frames, ICRC, FCS and pause frames are right byte by byte", "[oracle]") {
  check_all(frame_bytes(fast()), "O1", 19);
}

TEST_CASE("O2: goodput without loss is payload over bytes on the line, for every MTU", "[oracle]") {
  check_all(goodput_without_loss(fast()), "O2", 5);
}

TEST_CASE("O3: one-way delay is fibre and equipment; hollow core takes 0.682 of the glass", "[oracle]") {
  check_all(one_way_delay(fast()), "O3", 7);
}

TEST_CASE("O4: round trips are those measured on 50 to 500 km", "[oracle]") {
  check_all(measured_round_trips(fast()), "O4", 6);
}

TEST_CASE("O5: a window limits the rate to window over round trip", "[oracle]") {
  check_all(window_limit(fast()), "O5", 4);
}

TEST_CASE("O6: go-back-N with a NAK for every gap loses what the closed form says", "[oracle]") {
  Settings settings = fast();
  settings.most_frames = 3'000'000;
  check_all(go_back_n(settings), "O6", 8);
}

TEST_CASE("O7: go-back-N with one NAK per gap pays for its retransmission timer", "[oracle]") {
  Settings settings = fast();
  settings.most_frames = 4'000'000;
  check_all(go_back_n_nak_once(settings), "O7", 2);
}

TEST_CASE("O8: selective repeat loses p and no more once its window holds three round trips", "[oracle]") {
  Settings settings;
  check_all(selective_repeat(settings), "O8", 10);
}

TEST_CASE("O9: a message under selective repeat takes its slowest packet's retransmissions, told or timed",
          "[oracle]") {
  check_all(message_completion(fast()), "O9", 12);
}

TEST_CASE("O10: no frame is lost with the headroom of the bound, and one is with 1 % less", "[oracle]") {
  check_all(pause_bounds(fast()), "O10", 8);
}

TEST_CASE("O11: PFC takes 15.5 MiB at 80 km and 100 Gb/s, rate matching 9.72", "[oracle]") {
  check_all(rate_matching_buffer(fast()), "O11", 3);
}

TEST_CASE("O12: 65535 quanta that nothing renews end after 335.5, 83.9 and 41.9 us", "[oracle]") {
  check_all(pause_expiry(fast()), "O12", 3);
}

TEST_CASE("O13: DCQCN heals in the time that its increase rules say", "[oracle]") {
  check_all(dcqcn_increase(fast()), "O13", 3);
}

TEST_CASE("O14: DCQCN with a data centre's thresholds fills 10 us and halves 1 ms", "[oracle]") {
  Settings settings;
  check_all(dcqcn_utilisation(settings), "O14", 4);
}

TEST_CASE("O16: 1F1B across two sites takes its closed form over the packet fabric", "[oracle]") {
  check_all(one_forward_one_backward(fast()), "O16", 3);
}

TEST_CASE("O17: a hierarchical all-reduce carries 2 (K - 1) / K P e bytes out of each site", "[oracle]") {
  Settings settings = fast();
  settings.most_frames = 1'000'000;
  check_all(all_reduce_bytes(settings), "O17", 5);
}

TEST_CASE("O18: a field trial meets its published efficiency lossless, and misses it with loss and one queue pair",
          "[oracle]") {
  Settings settings = fast();
  settings.most_frames = 1'400'000;
  const std::vector<Row> rows = field_trials(settings);
  check_all(rows, "O18", 12);
  const auto has = [&](Tolerance kind, double expected) {
    return std::any_of(rows.begin(), rows.end(),
                       [&](const Row& row) { return row.kind == kind && row.expected == expected; });
  };
  CHECK(has(Tolerance::at_least, 0.97));
  CHECK(has(Tolerance::below, 0.95));
  CHECK(has(Tolerance::absolute, 0.84));
}

TEST_CASE("O19: 0.1 % loss halves a job with 29.5 % of exposed communication over 100 km", "[oracle]") {
  check_all(loss_halves_compute(fast()), "O19", 3);
}

TEST_CASE("O20: flows that are hashed fill waves unevenly, flows that are planned or sprayed do not", "[oracle]") {
  check_all(wave_balancers(fast()), "O20", 33);
}

TEST_CASE("O21: Gilbert-Elliott loss has its rate, its burst length and its go-back-N goodput", "[oracle]") {
  Settings settings = fast();
  settings.most_frames = 10'000'000;
  check_all(burst_loss(settings), "O21", 3);
}

TEST_CASE("O22: an outage costs a timer when the window was full, and its length when it was not", "[oracle]") {
  check_all(outage_stalls(fast()), "O22", 6);
}

TEST_CASE("O24: published runs in one site follow from one row of their publication", "[oracle]") {
  check_all(published_utilisation(fast()), "O24", 15);
}

TEST_CASE("O23: error correction leaves the frame loss of its binomial tail", "[oracle]") {
  Settings settings = fast();
  settings.most_frames = 200'000'000;  // of a stage alone, nanoseconds each
  check_all(error_correction(settings), "O23", 7);
}

TEST_CASE("an oracle with a wrong expectation fails", "[oracle]") {
  for (Row row : measured_round_trips(fast())) {
    REQUIRE(row.passes());
    row.expected *= 1.05;
    CHECK_FALSE(row.passes());
    row.expected /= 1.05 * 1.05;
    CHECK_FALSE(row.passes());
  }
  Row wrong = frame_bytes(fast()).front();
  wrong.measured = 1;
  CHECK_FALSE(wrong.passes());
}

TEST_CASE("tolerances hold on both sides, and nothing that is not a number passes", "[oracle]") {
  Row row{"O0", "what", "", "", 100, 102, 0.02, Tolerance::relative};
  CHECK(row.passes());
  row.measured = 102.1;
  CHECK_FALSE(row.passes());
  row.measured = 97.9;
  CHECK_FALSE(row.passes());
  row.kind = Tolerance::absolute;
  row.tolerance = 2.1;
  row.measured = 97.95;
  CHECK(row.passes());
  row.measured = 97.8;
  CHECK_FALSE(row.passes());
  row.kind = Tolerance::reported;
  CHECK(row.passes());
  row.kind = Tolerance::at_least;
  CHECK_FALSE(row.passes());
  row.kind = Tolerance::below;
  CHECK(row.passes());
  row.measured = 100;
  CHECK_FALSE(row.passes());
  row.kind = Tolerance::at_least;
  CHECK(row.passes());
  row.measured = std::nan("");
  CHECK_FALSE(row.passes());
}

TEST_CASE("a failed row is said in the table, the JSON and the report", "[oracle]") {
  const std::vector<Row> rows{{"O4", "round trip", "50 km", "us", 632, 630, 0.02, Tolerance::relative},
                              {"O4", "round trip", "100 km", "us", 1131, 2000, 0.02, Tolerance::relative}};
  CHECK(to_table(rows).find("FAIL O4") != std::string::npos);
  CHECK(to_table(rows).find("2 rows, 1 failed") != std::string::npos);
  const json::value value = to_json(rows);
  CHECK_FALSE(value.at("passed").as_bool());
  CHECK(value.at("rows").at(0).at("pass").as_bool());
  CHECK_FALSE(value.at("rows").at(1).at("pass").as_bool());
  CHECK(value.at("rows").at(1).at("expected").as_double() == 1131);
  CHECK(to_markdown(rows).find("| 1131 us | 2000 us | +76.83 % | 2 % | **no** |") != std::string::npos);
  CHECK(to_markdown(rows).find("## O6") == std::string::npos);
}

TEST_CASE("the time of a message is its closed form where that can be reckoned by hand", "[oracle]") {
  // One packet: each loss costs the same again. p / (1 - p) of them on average.
  CHECK(selective_repeat_completion(1, 0.5, 1e-6, 1e-3, 2e-3) == Approx(1e-6 + 2e-3 + 1e-3).epsilon(1e-3));
  // Nothing lost: packets in a row and a round trip.
  CHECK(selective_repeat_completion(1000, 1e-12, 1e-6, 1e-3, 2e-3) == Approx(1e-3 + 2e-3).epsilon(1e-6));
  // Two packets that start nearly at once: the larger of two geometric numbers of losses, on average
  // 2 p / (1 - p) - p^2 / (1 - p^2) = 2 - 1 / 3 for p = 1 / 2.
  CHECK(selective_repeat_completion(2, 0.5, 1e-6, 1e-3, 0) == Approx((2 - 1.0 / 3) * 1e-3).epsilon(2e-3));
}

TEST_CASE("oracles are listed once each", "[oracle]") {
  std::vector<std::string> ids;
  for (const Oracle& oracle : oracles()) ids.push_back(oracle.id);
  CHECK(ids == std::vector<std::string>{"O1",  "O2",  "O3",  "O4",  "O5",  "O6",  "O7",  "O8",
                                        "O9",  "O10", "O11", "O12", "O13", "O14", "O15", "O16",
                                        "O17", "O18", "O19", "O20", "O21", "O22", "O23", "O24"});
}

}  // namespace
}  // namespace farlink::validate
