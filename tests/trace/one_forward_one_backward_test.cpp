// SPDX-License-Identifier: Apache-2.0
// Oracle O16: with one boundary between sites after stage s (0-based), each message over it taking L and everything
// else free, strict 1F1B takes T = (m + p - 1)(t_f + t_b) + K L, K = m - 2 floor((p - 2 - s) / 2), m >= p, L <= t_f +
// t_b. The critical path comes back to where it began, so K is even: that form is for even m. For odd m the dependency
// graph gives K = m + 1 - 2 floor((p - 1 - s) / 2), found by enumeration (p up to 16, every s) and held here as well.
#include <catch2/catch.hpp>

#include "control/trace/generate.hpp"
#include "control/trace/schedule.hpp"
#include "tests/trace/evaluator.hpp"
#include "tests/trace/jobs.hpp"

using namespace farlink;
using namespace farlink::trace_test;
using trace::Slot;
using units::Duration;

TEST_CASE("1F1B order of the first, a middle and the last of three stages") {
  CHECK(trace::one_forward_one_backward(2, 3, 2) == std::vector<Slot>{{true, 0}, {false, 0}, {true, 1}, {false, 1}});
  CHECK(trace::one_forward_one_backward(1, 3, 3) ==
        std::vector<Slot>{{true, 0}, {true, 1}, {false, 0}, {true, 2}, {false, 1}, {false, 2}});
  CHECK(trace::one_forward_one_backward(0, 3, 3) ==
        std::vector<Slot>{{true, 0}, {true, 1}, {true, 2}, {false, 0}, {false, 1}, {false, 2}});
}

TEST_CASE("1F1B with fewer micro-batches than stages runs all forwards first") {
  CHECK(trace::one_forward_one_backward(0, 8, 2) == std::vector<Slot>{{true, 0}, {true, 1}, {false, 0}, {false, 1}});
}

namespace {

void check_closed_form(std::uint32_t p, std::uint32_t m, std::uint32_t s, std::uint32_t tensor) {
  const std::vector<scenario::Site> sites{site("west", (s + 1) * tensor), site("east", (p - 1 - s) * tensor)};
  const trace::Graph graph = trace::generate(job(tensor, p, 1, m), sites);
  // 2e12 FLOPs forward over p stages and `tensor` GPUs of 1 TFLOP/s.
  const Duration both = Duration::seconds(2) / (p * tensor) * 3;
  const bool is_odd = m % 2 == 1;
  const std::int64_t crossings = is_odd ? m + 1 - 2 * ((p - 1 - s) / 2) : m - 2 * ((p - 2 - s) / 2);
  for (const std::int64_t eighths : {0, 3, 8}) {
    const Duration delay = both * eighths / 8;
    INFO("p " << p << " m " << m << " s " << s << " tensor " << tensor << " L " << eighths << "/8 (t_f + t_b)");
    CHECK(Evaluator(graph, delay).step_time().picoseconds() == (both * (m + p - 1) + delay * crossings).picoseconds());
  }
}

}  // namespace

TEST_CASE("O16: the step time of 1F1B across two sites is exactly the closed form") {
  for (const std::uint32_t p : {4U, 8U, 16U}) {
    for (const std::uint32_t m : {p, p + 1, 2 * p, 40U, 41U}) {
      for (std::uint32_t s = 0; s + 1 < p; ++s) check_closed_form(p, m, s, 1);
    }
    check_closed_form(p, 64, p / 2 - 1, 1);
    check_closed_form(p, 3 * p, p / 2 - 1, 2);
  }
}
