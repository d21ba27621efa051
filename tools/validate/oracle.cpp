// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/oracle.hpp"

#include <cmath>

namespace farlink::validate {

bool Row::passes() const noexcept {
  if (!std::isfinite(measured) || !std::isfinite(expected)) return false;
  switch (kind) {
    case Tolerance::relative:
      return std::abs(measured - expected) <= tolerance * std::abs(expected);
    case Tolerance::absolute:
      return std::abs(measured - expected) <= tolerance;
    case Tolerance::at_least:
      return measured >= expected;
    case Tolerance::below:
      return measured < expected;
    case Tolerance::reported:
      return true;
  }
  return false;
}

std::span<const Oracle> oracles() {
  static const std::vector<Oracle> all{
      {"O1", "Frames, ICRC, FCS and pause frames, byte by byte",
       "captures of ConnectX-4 Lx, scapy 2.5, an independent implementation; IEEE 802.3 annex 31B, 802.1Qbb",
       frame_bytes},
      {"O2", "Goodput without loss", "payload / bytes on the line of a full packet, for every path MTU",
       goodput_without_loss},
      {"O3", "One-way delay", "fibre length x group index / c + equipment", one_way_delay},
      {"O4", "Measured round trips", "Nawaz, Long-Distance Lossless Scale-Across, 2026: 100G, real fibre",
       measured_round_trips},
      {"O5", "Window-limited rate", "min(line rate, window / round trip)", window_limit},
      {"O6", "Go-back-N, a NAK for every gap", "(1 - p) / (1 + p (W + 1)), W/N for N queue pairs", go_back_n},
      {"O7", "Go-back-N, one NAK per gap, retransmission timer",
       "1 / (1 + p (W + 2) + p^2 (RTO/tau + 1) / (1 - p)), RTO = 4.096 us x 2^n", go_back_n_nak_once},
      {"O8", "Selective repeat, windows of one to three bandwidth-delay products",
       "Monte Carlo of an ideal sender; 0.99 (1 - p) from three on", selective_repeat},
      {"O9", "Selective repeat: how long a message takes",
       "mean of max_i [i T + (RTO + T)(Y_i - 1)] + RTT, Y_i geometric (Khalilov et al., SDR-RDMA, SC 2025); RTO one "
       "round trip where the receiver tells of gaps, three where timers find them; messages one at a time",
       message_completion},
      {"O10", "PFC over a distance: headroom and XON",
       "one bandwidth-delay product each, and frames that have begun (Yu et al., Bifrost, ICNP 2023, section III)",
       pause_bounds},
      {"O11", "PFC and rate matching: buffers at 80 km", "Yu et al., Bifrost, ICNP 2023: 15.5 and 9.72 MB",
       rate_matching_buffer},
      {"O12", "An XOFF that nothing renews", "65535 x 512 bit times (IEEE 802.1Qbb)", pause_expiry},
      {"O13", "DCQCN: time to heal", "deterministic recurrence of the increase rules, SIGCOMM 2015 section 5",
       dcqcn_increase},
      {"O14", "DCQCN with a data centre's thresholds over distance",
       "fluid model: 0.99 at 10 us, 0.52-0.67 at 1 ms; +- 0.15", dcqcn_utilisation},
      {"O15", "Four to one over 100 km, as measured in the field",
       "Nawaz, Long-Distance Lossless Scale-Across, 2026; reported, not judged: the reaction point of those RNICs is "
       "not published",
       long_haul_field},
      {"O16", "1F1B pipeline across two sites", "T = (m + p - 1)(t_f + t_b) + K L, K = m - 2 floor((p - 2 - s)/2)",
       one_forward_one_backward},
      {"O17", "Hierarchical all-reduce over the link", "2 (K - 1) / K x P x e bytes per direction", all_reduce_bytes},
      {"O18", "Field trials: lossless they meet what was published, with loss they do not",
       "pipeline: T / (T + K L); gradients that nothing hides: T / (T + T_wan / eta); within 3 points", field_trials},
      {"O19", "0.1 % loss and half of the compute", "1 / (1 + f (1 / eta - 1)); f 0.295, eta 0.228: 0.50",
       loss_halves_compute},
      {"O20", "Load balancing over waves", "n / (m E[largest load]), balls into bins; 1 when balanced", wave_balancers},
      {"O21", "Gilbert-Elliott loss", "loss p, mean burst b, 1 / (1 + (p/b)(W + b))", burst_loss},
      {"O22", "An outage in the middle of a transfer",
       "window full: one RTO = 4.096 us x 2^n; still sending: outage + round trip; error after retry + 1 timeouts",
       outage_stalls},
      {"O23", "Frames lost behind forward error correction",
       "RS(544,514), RS(528,514): binomial tail; 1 - (1 - P)^(8 L / 5140 + 1)", error_correction},
      {"O24", "Published runs in one site: their model FLOP utilisation",
       "Llama 3 405B within 1 point, Nemotron-4 340B 1.5 points, Megatron-LM 15 %, from one row of each",
       published_utilisation},
  };
  return all;
}

}  // namespace farlink::validate
