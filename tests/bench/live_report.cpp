// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/live_report.hpp"

#include <cstdarg>
#include <cstdio>
#include <fstream>

namespace farlink::bench {
namespace {

json::object to_json(const LiveRow& row) {
  const LivePoint& p = row.point;
  return {{"what", row.what},
          {"loop", p.loop},
          {"frame_bytes", p.frame_bytes},
          {"kilometres", p.kilometres},
          {"share", p.share},
          {"mpps", p.mpps},
          {"cpu_share", p.cpu_share},
          {"frames_in_flight", p.frames_in_flight},
          {"lag_median_ns", nanoseconds(p.lag.quantile(0.5))},
          {"lag_p99_ns", nanoseconds(p.lag.quantile(0.99))},
          {"lag_max_ns", nanoseconds(p.lag.largest())},
          {"longest_gap_ns", nanoseconds(p.longest_gap)},
          {"lost", p.lost}};
}

__attribute__((format(printf, 1, 2))) std::string line(const char* format, ...) {
  char text[512];
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return text;
}

std::string processor() {
  std::ifstream file{"/proc/cpuinfo"};
  for (std::string text; std::getline(file, text);)
    if (text.starts_with("model name")) return text.substr(text.find(':') + 2);
  return "unknown processor";
}

// Three rows belong together: io, csum, link.
std::string rates(const LiveReport& report) {
  std::string text =
      "| frame | distance | in circulation | io | csum | **link** | per CPU second | of csum | of testpmd's csum | in "
      "flight "
      "| lost |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|\n";
  const LivePoint* io = nullptr;
  const LivePoint* csum = nullptr;
  for (const LiveRow& row : report.rows) {
    if (row.what != "rate") continue;
    const LivePoint& p = row.point;
    if (p.loop == "io") io = &p;
    if (p.loop == "csum") csum = &p;
    if (p.loop != "link" || io == nullptr || csum == nullptr) continue;
    const double per_cpu = p.mpps / p.cpu_share;
    const std::string of_testpmd =
        report.testpmd_csum_mpps > 0 ? line("%.2f", per_cpu / report.testpmd_csum_mpps) : "not installed";
    text += line("| %u B | %.0f km | %llu | %.1f | %.1f | **%.1f** | %.1f | %.2f | %s | %llu | %llu |\n", p.frame_bytes,
                 p.kilometres, static_cast<unsigned long long>(p.circulating), io->mpps, csum->mpps, p.mpps, per_cpu,
                 per_cpu / (csum->mpps / csum->cpu_share), of_testpmd.c_str(),
                 static_cast<unsigned long long>(p.frames_in_flight), static_cast<unsigned long long>(p.lost));
  }
  return text;
}

std::string lags(const LiveReport& report) {
  std::string text =
      "| distance | of the highest rate | Mpps | median | p99 | highest | bare loop: median | p99 | highest |\n"
      "|---|---|---|---|---|---|---|---|---|\n";
  const LivePoint* poll = nullptr;
  for (const LiveRow& row : report.rows) {
    if (row.what != "lag") continue;
    const LivePoint& p = row.point;
    if (p.loop == "poll") poll = &p;
    if (p.loop != "link" || poll == nullptr) continue;
    text += line("| %.0f km | %.3g | %.2f | %.0f ns | %.0f ns | %.0f us | %.0f ns | %.0f ns | %.0f us |\n",
                 p.kilometres, p.share, p.mpps, nanoseconds(p.lag.quantile(0.5)), nanoseconds(p.lag.quantile(0.99)),
                 nanoseconds(p.lag.largest()) / 1'000, nanoseconds(poll->lag.quantile(0.5)),
                 nanoseconds(poll->lag.quantile(0.99)), nanoseconds(poll->lag.largest()) / 1'000);
  }
  return text;
}

}  // namespace

json::object to_json(const LiveReport& report) {
  json::array points;
  for (const LiveRow& row : report.rows) points.push_back(to_json(row));
  return {{"processor", processor()},
          {"hugepages", report.has_hugepages},
          {"tsc_hz", report.tsc_hz},
          {"testpmd_io_mpps", report.testpmd_io_mpps},
          {"testpmd_csum_mpps", report.testpmd_csum_mpps},
          {"points", std::move(points)}};
}

std::string to_markdown(const LiveReport& report) {
  std::string text =
      "# Performance of the live link\n\n"
      "Written by `farlink-bench --live --markdown docs/performance.md`; run it on your own machine. One lcore, both\n"
      "directions summed, prepared RoCEv2 frames that two in-process ports recycle, loss 1 ppm. `io` only receives "
      "and\n"
      "sends, `csum` also reads and writes one header line, `link` is everything: classify, queue, serializer, loss, "
      "fibre,\n"
      "far edge. All three run on the same ports, one behind the other, with as many frames in circulation. The loops' "
      "ports\n"
      "are nothing but rings; *testpmd* is DPDK's own program over `net_null`, in the same minute.\n\n";
  text += line(
      "Machine: %s, time stamp counter %.3f MHz, %s. It is shared with others: *per CPU second* divides by the\n"
      "time that the lcore's thread really had, and *of csum* compares like with like.\n\n",
      processor().c_str(), report.tsc_hz * 1e-6, report.has_hugepages ? "hugepages" : "no hugepages");
  text += "## Frames per second, in millions\n\n" + rates(report);
  text += line("\n`dpdk-testpmd` over `net_null` in the same minute: io %.1f, csum %.1f Mpps.\n",
               report.testpmd_io_mpps, report.testpmd_csum_mpps);
  text +=
      "\n## Release lag\n\n"
      "When the port had the frame, minus when it was due; 64 B frames at shares of the highest rate above, given at "
      "even\n"
      "distances by another core. Beside it a loop on the same core that does nothing but look at the clock, with due\n"
      "times at the same rate: what this machine does to any program.\n\n" +
      lags(report);
  text +=
      "\n## Others, as they publish it\n\n"
      "Other machines, other traffic; stated for orientation, not measured here.\n\n"
      "| emulator | published | RoCE, PFC, convergence |\n|---|---|---|\n"
      "| tc netem | 71 us median error, 0.98 Mpps | no |\n"
      "| best published DPDK emulator | 53 ns median error, 13 Mpps | no |\n";
  return text;
}

}  // namespace farlink::bench
