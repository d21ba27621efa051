// SPDX-License-Identifier: Apache-2.0
// O23: frames that forward error correction does not save. The scenario's code and pre-FEC bit error rate, through the
// stage as the link has it; what is too rare to count is read off the stage's probability.
#include <algorithm>

#include "control/fabric_packets/dataplane_config.hpp"
#include "control/scenario/parse.hpp"
#include "dataplane/link/impairments/bit_error.hpp"
#include "tools/validate/flows.hpp"
#include "tools/validate/oracle.hpp"

namespace farlink::validate {

namespace {

constexpr std::uint32_t full_packet = 4'178;

struct Case {
  const char* code;
  double rate;      // of bits, before correction
  double codeword;  // 0: not in the table
  double frame;     // 0: not in the table
};

std::vector<Row> rows_of(const Settings& settings, const Case& c) {
  const std::vector<std::string> sets{"links.west-east.loss=0", std::string{"links.west-east.fec={code: "} + c.code +
                                                                    ", pre-fec-ber: " + short_number(c.rate * 1e6, 12) +
                                                                    "ppm}"};
  const auto impairments =
      fabric_packets::direction_configs(scenario::load(settings.bench, sets), 0, 1, 1)[0].impairments;
  const double failure = impairments.codeword_failure.value();
  const std::string parameters = std::string{c.code} + ", pre-FEC BER " + short_number(c.rate);
  std::vector<Row> rows;
  if (c.codeword > 0)
    rows.push_back({"O23", "codeword that fails", parameters, "", c.codeword, failure, 0.1, Tolerance::relative});
  if (c.frame <= 0) return rows;
  constexpr double events = 2'000;  // 10 % is four standard errors
  const double wanted = events / c.frame;
  if (wanted > 2e8) {
    rows.push_back({"O23", "frame of 4178 B lost, by its probability", parameters, "", c.frame,
                    link::frame_loss_of_codewords(failure, full_packet), 0.1, Tolerance::relative});
    return rows;
  }
  const auto frames = static_cast<std::uint64_t>(std::max(wanted, 2e7));
  if (!settings.affords(frames)) return rows;
  link::BitError stage{{}, link::Random{1, 0, 0, link::Stage::bit_error}, impairments.codeword_failure};
  std::uint64_t lost = 0;
  for (std::uint64_t i = 0; i < frames; ++i) lost += stage.loses(full_packet, i) ? 1U : 0U;
  rows.push_back({"O23", "frame of 4178 B lost, counted",
                  parameters + ", " + short_number(static_cast<double>(frames), 3) + " frames", "", c.frame,
                  static_cast<double>(lost) / static_cast<double>(frames), 0.1, Tolerance::relative});
  return rows;
}

}  // namespace

std::vector<Row> error_correction(const Settings& settings) {
  std::vector<Row> rows;
  for (const Case& c : {Case{"kp4", 2.4e-4, 8.2e-13, 6.1e-12},
                        {"kp4", 4e-4, 0, 9.7e-9},
                        {"kp4", 5e-4, 0, 2.1e-7},
                        {"kp4", 7e-4, 0, 1.7e-5},
                        {"kp4", 1e-3, 0, 1.1e-3},
                        {"kr4", 2.4e-4, 5.2e-5, 0}}) {
    for (Row& row : rows_of(settings, c)) rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace farlink::validate
