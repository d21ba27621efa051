// SPDX-License-Identifier: Apache-2.0
// The lossless modes live beside virtual time: an exit of half the line's rate, a window that fills everything, and
// nothing is lost.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/fabric_live/live_lab.hpp"

namespace farlink::fabric_live::test {
namespace {

// 1 Gb/s over 0.5 ms each way, 4 MB let out, 500 Mb/s at the exit. Filling up takes no longer than the timer of 67 ms.
scenario::Scenario narrow_exit(const std::string& mode, const std::string& more) {
  return lab({"links.west-east.loss=0", "transport.window=4MB", "workload.flows.stop-frames=6000", "dpdk.max-lag=1ms",
              "links.west-east.lossless={pfc: " + mode + ", buffer: 512KiB, far-rate: 500mbit" + more + "}"});
}

}  // namespace

TEST_CASE("far edges hold back live as they do in virtual time, and nothing is lost") {
  const LargerShare share;
  const std::pair<std::string, std::string> modes[] = {{"segmented", ", far-buffer: 1MiB"},
                                                       {"end-to-end", ", far-buffer: 2MiB"},
                                                       {"rate-matched", ", far-buffer: 256KiB"}};
  for (const auto& [mode, more] : modes) {
    const scenario::Scenario scenario = narrow_exit(mode, more);
    const fabric::Statistics expected = run_virtual(scenario);
    INFO(mode);
    REQUIRE(expected.links.at(0).dropped.total() == 0);
    REQUIRE(expected.links[0].pause_frames > 0);
    bool was_clean = false;
    for (int attempt = 0; attempt < 2 && !was_clean; ++attempt) {
      const fabric::Statistics live = run_live(scenario);
      const double noise = live.live->stolen_seconds + live.live->control_stolen_seconds;
      INFO("attempt " << attempt << ": " << 1e3 * noise << " ms stolen, " << live.retransmitted
                      << " frames sent again, " << live.links.at(0).dropped.total() << " dropped, "
                      << live.why_invalid);
      require_no_defect(live);
      const fabric::LinkStatistics& link = live.links.at(0);
      // When the lcore stood still, the RNICs send all at once what was due meanwhile, and the near edge may overflow;
      // and a pause that is told so late finds more on its way than the headroom is for.
      CHECK(link.dropped.total() == link.dropped.queue + link.dropped.headroom);
      if (live.live->stolen_seconds == 0) {
        CHECK(link.dropped.total() == 0);
        CHECK(live.retransmitted == 0);
        CHECK(static_cast<double>(link.far_queue_peak_bytes) ==
              Approx(static_cast<double>(expected.links[0].far_queue_peak_bytes)).epsilon(0.05));
      }
      CHECK(link.pause_frames > 0);
      CHECK(link.far_buffer_bytes == expected.links[0].far_buffer_bytes);
      CHECK(link.far_queue_peak_bytes <= link.far_buffer_bytes);
      CHECK(live.links.at(1).frames_generated == link.pause_frames);
      // What was taken from the lcore is gone; a queue in front of the exit may have run empty meanwhile. And where it
      // made a queue overflow, go-back-N sends hundreds of frames again, which pass the exit like any others; where
      // nothing was taken there are none, as was checked above.
      constexpr double exit_frame_seconds = 4178 * 8 / 500e6;
      const double lost_seconds = 2 * noise + exit_frame_seconds * static_cast<double>(live.retransmitted);
      CHECK(live.flows.at(0).goodput_bps ==
            Approx(expected.flows.at(0).goodput_bps)
                .margin((0.03 + lost_seconds / expected.virtual_seconds) * expected.flows[0].goodput_bps));
      if (noise > 0.002) continue;
      was_clean = true;
      CHECK(static_cast<double>(link.far_pauses) ==
            Approx(static_cast<double>(expected.links[0].far_pauses)).epsilon(0.1).margin(2));
      CHECK(link.far_paused_seconds == Approx(expected.links[0].far_paused_seconds).epsilon(0.1).margin(0.005));
    }
    if (!was_clean) WARN(mode << ": no run was left alone");
  }
}

}  // namespace farlink::fabric_live::test
