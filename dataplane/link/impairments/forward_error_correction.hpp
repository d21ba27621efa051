// SPDX-License-Identifier: Apache-2.0
// What a Reed-Solomon code leaves of random bit errors. A codeword of n symbols of 10 bits corrects t of them; with s =
// 1 - (1 - BER)^10 it fails with P = sum over i > t of C(n, i) s^i (1 - s)^(n - i), and takes with it every frame that
// has a bit in it: a frame of L bytes on the line is lost with 1 - (1 - P)^(8 L / 5140 + 1) (docs/model.md; oracle
// O23).
#pragma once

#include <cmath>
#include <cstdint>

namespace farlink::link {

struct ReedSolomon {
  std::uint32_t symbols = 0;      // of 10 bits, in a codeword; 514 of them are data
  std::uint32_t correctable = 0;  // symbols
};
inline constexpr ReedSolomon kp4{544, 15}, kr4{528, 7};

// `bit_error_rate`: before correction, 0-1.
inline double codeword_failure(const ReedSolomon& code, double bit_error_rate) noexcept {
  constexpr double bits = 10;
  const double log_right = bits * std::log1p(-bit_error_rate);  // of a symbol
  const double wrong = -std::expm1(log_right);
  if (!(wrong > 0)) return 0;
  if (!(wrong < 1)) return 1;
  const double n = code.symbols;
  const double odds = wrong / std::exp(log_right);
  // Sums terms from C(n, first) on: the first by logarithms, for it may be 1e-300, each further one by its ratio to the
  // one before.
  const auto sum_of_terms = [&](std::uint32_t first, std::uint32_t last) {
    double log_term = first * std::log(wrong) + (n - first) * log_right;
    for (std::uint32_t k = 1; k <= first; ++k) log_term += std::log((n - k + 1) / k);
    double term = std::exp(log_term), sum = 0;
    for (std::uint32_t i = first; i <= last; ++i) {
      sum += term;
      term *= (n - i) / (i + 1) * odds;
    }
    return sum < 1 ? sum : 1;
  };
  // Whichever tail is the small one.
  if (n * wrong > code.correctable) return 1 - sum_of_terms(0, code.correctable);
  return sum_of_terms(code.correctable + 1, code.symbols);
}

// A code whose decoder works on soft values has no such sum: what it leaves falls from everything to nothing over a few
// per cent of the rate before it, and vendors state where. It is taken for a step there: below, the residual rate that
// the statement is about; above, nothing is correct.
struct SoftDecision {
  double threshold = 0;  // bit error rate before correction, the highest that is corrected
  double residual = 0;   // bit error rate behind it
};
inline constexpr SoftDecision cfec{1.25e-2, 1e-15}, ofec{2.0e-2, 1e-15};

inline double frame_loss_of_codewords(double codeword_failure, std::uint32_t line_bytes) noexcept {
  constexpr double data_bits = 5'140;  // of a codeword
  return -std::expm1((8.0 * line_bytes / data_bits + 1) * std::log1p(-codeword_failure));
}

}  // namespace farlink::link
