// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/live_bench.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <string>
#include <vector>

#include "control/json/json.hpp"
#include "tests/bench/live_loops.hpp"
#include "tests/bench/live_report.hpp"
#include "tests/bench/testpmd.hpp"

namespace farlink::bench {
namespace {

struct Options {
  std::string json;
  std::string markdown;
  double seconds = 1;
};

constexpr const char* usage =
    "usage: farlink-bench --live [--json FILE] [--markdown FILE] [--seconds S]\n\n"
    "Frames per second of the full link (classify, queue, serializer, loss, fibre) on one lcore, both directions\n"
    "summed, beside loops on the same ports that only receive and send (io) or also read and write one header line\n"
    "(csum); then the release lag, beside a loop that only looks at the clock.\n"
    "  --json FILE   the figures as JSON; - is standard output, which then carries nothing else\n"
    "  --markdown FILE   the figures as a page, with what others have published (docs/performance.md)\n"
    "  --seconds S   of each measurement (1)\n";

// Enough frames to keep a link of that length busy at 25 million frames/s, both directions summed.
std::uint64_t to_fill(double kilometres) { return 4'096 + static_cast<std::uint64_t>(25e6 * kilometres * 4.8974e-6); }

void tell(const LivePoint& point) {
  std::fprintf(stderr, "%-5s %5u B  %4.0f km  %8.2f Mpps (%8.2f per CPU second)", point.loop.c_str(), point.frame_bytes,
               point.kilometres, point.mpps, point.mpps / point.cpu_share);
  if (point.lag.count() > 0)
    std::fprintf(stderr, "  lag median %8.0f p99 %8.0f max %10.0f ns", nanoseconds(point.lag.quantile(0.5)),
                 nanoseconds(point.lag.quantile(0.99)), nanoseconds(point.lag.largest()));
  if (point.loop == "link")
    std::fprintf(stderr, "  in flight %6llu  lost %llu", static_cast<unsigned long long>(point.frames_in_flight),
                 static_cast<unsigned long long>(point.lost));
  std::fputc('\n', stderr);
}

class Bench {
 public:
  Bench(const Options& options, unsigned lcore) : options_{options}, lcore_{lcore} {}

  std::vector<LiveRow> run() {
    for (const std::uint32_t bytes : {64U, 1'024U, 4'096U}) rates(bytes);
    for (const double kilometres : {80.0, 300.0}) lags(kilometres);
    return std::move(rows_);
  }

 private:
  // Loops and link alternate, with as many frames in circulation, so that a slow moment of the machine and a cold cache
  // are seen by both.
  void rates(std::uint32_t bytes) {
    for (const double kilometres : {0.0, 80.0, 300.0}) {
      LiveSetup setup{.frame_bytes = bytes, .kilometres = kilometres, .seconds = options_.seconds};
      setup.circulating = to_fill(kilometres);
      add(measure_io(setup, lcore_, false), "rate");
      const LivePoint csum = measure_io(setup, lcore_, true);
      add(csum, "rate");
      const LivePoint link = measure_link(setup, lcore_);
      add(link, "rate");
      if (bytes == 64) highest_[kilometres > 100 ? 1 : 0] = link.mpps;
    }
  }

  void lags(double kilometres) {
    const double highest = highest_[kilometres > 100 ? 1 : 0];
    for (const double share : {0.125, 0.25, 0.5, 0.75, 0.9}) {
      const double mpps = highest * share;
      LivePoint poll = measure_polling(mpps, options_.seconds, lcore_);
      poll.share = share;
      add(poll, "lag");
      LiveSetup setup{.frame_bytes = 64, .kilometres = kilometres, .seconds = options_.seconds};
      // On the fibre, and in hand for a pause of the machine.
      setup.circulating = 8'192 + static_cast<std::uint64_t>(mpps * 1e6 * kilometres * 4.8974e-6);
      LivePoint link = measure_link(setup, lcore_, mpps);
      link.share = share;
      add(link, "lag");
    }
  }

  void add(const LivePoint& point, const std::string& what) {
    tell(point);
    rows_.push_back({what, point});
  }

  Options options_;
  unsigned lcore_;
  double highest_[2] = {0, 0};
  std::vector<LiveRow> rows_;
};

Options parse(std::span<const char* const> arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string word = arguments[i];
    if (word == "--json" && i + 1 < arguments.size()) {
      options.json = arguments[++i];
    } else if (word == "--markdown" && i + 1 < arguments.size()) {
      options.markdown = arguments[++i];
    } else if (word == "--seconds" && i + 1 < arguments.size()) {
      options.seconds = std::strtod(arguments[++i], nullptr);
    } else {
      std::fputs(usage, word == "--help" ? stdout : stderr);
      std::exit(word == "--help" ? 0 : 2);
    }
  }
  return options;
}

}  // namespace

int live_main(std::span<const char* const> arguments) {
  const Options options = parse(arguments);
  try {
    dpdk::EalOptions eal_options;
    eal_options.name = "farlink-bench";
    eal_options.memory_bytes = std::uint64_t{700} << 20;
    const dpdk::Eal eal{eal_options};
    std::fprintf(stderr, "one lcore on CPU %u, %s\n", eal.cpus()[0],
                 eal.has_hugepages() ? "hugepages" : "ordinary pages: hugepages would be faster");
    LiveReport report;
    report.has_hugepages = eal.has_hugepages();
    report.tsc_hz = dpdk::tsc_frequency();
    report.rows = Bench{options, eal.lcores()[0]}.run();
    report.testpmd_io_mpps = testpmd_mpps("io");
    report.testpmd_csum_mpps = testpmd_mpps("csum");
    std::fprintf(stderr, "dpdk-testpmd over net_null: io %.1f, csum %.1f Mpps (0: not installed)\n",
                 report.testpmd_io_mpps, report.testpmd_csum_mpps);
    const std::string text = json::to_text(json::value(to_json(report)));
    if (!options.markdown.empty()) std::ofstream{options.markdown} << to_markdown(report);
    if (options.json == "-") {
      std::fputs(text.c_str(), stdout);
    } else if (!options.json.empty()) {
      std::ofstream{options.json} << text;
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "farlink-bench: %s\n", error.what());
    return 2;
  }
}

}  // namespace farlink::bench
