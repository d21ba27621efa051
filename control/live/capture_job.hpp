// SPDX-License-Identifier: Apache-2.0
// One capture while it runs: frames from the forwarding lcores' rings through a filter into a pcapng file, until enough
// were written, the time is over, or somebody stops it. Owner: the control thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "control/capture/filter.hpp"
#include "control/capture/pcapng_writer.hpp"
#include "control/json/json.hpp"
#include "control/live/dataplane.hpp"
#include "control/scenario/scenario.hpp"

namespace farlink::live {

struct CaptureOrder {
  std::string link;
  scenario::DirectionChoice direction = scenario::DirectionChoice::both;
  link::CapturePoint point = link::CapturePoint::access;
  std::string filter;                // as tcpdump has them; empty: every frame
  std::string file;                  // absolute; appears when the capture is complete
  std::uint64_t count = 0;           // frames; 0: no such end
  units::Duration duration;          // on the links' clock; zero: no such end
  std::uint32_t snap_bytes = 9'216;  // what is kept of a frame at most
};

struct CaptureReport {
  std::string link, file;
  std::uint64_t frames = 0;  // written
  std::uint64_t missed = 0;  // found the ring full
  bool is_finished = false;
  std::string error = {};  // why it ended early, and there is no file; empty: it did not
};

// {link, file, frames, missed, is_finished, error}
json::object to_json(const CaptureReport& report);

class CaptureJob {
 public:
  // Throws scenario::ScenarioError for a link that is none, capture::CaptureError for a filter or a file, and what
  // Dataplane::start_capture throws.
  CaptureJob(const CaptureOrder& order, const scenario::Scenario& scenario, Dataplane& dataplane, units::Instant now,
             const std::string& application);
  CaptureJob(const CaptureJob&) = delete;
  CaptureJob& operator=(const CaptureJob&) = delete;
  ~CaptureJob();  // without finish() no file appears

  // Writes what has come in, a bounded amount of it. Ends the capture when it is complete or the file refuses.
  void work(units::Instant now);
  // Writes what is left and makes the file appear. Nothing happens when it has ended already.
  void finish();

  const CaptureReport& report() const noexcept { return report_; }

 private:
  bool is_complete() const noexcept { return order_.count != 0 && report_.frames >= order_.count; }
  bool write_earliest();
  void detach();
  void fail(const std::string& why);

  static constexpr std::uint32_t no_link = 0xffff'ffff;

  CaptureOrder order_;
  Dataplane& dataplane_;
  std::uint32_t link_;  // no_link: the lcores do not fill the rings any more
  units::Instant until_;
  capture::Filter filter_;
  std::unique_ptr<capture::PcapngWriter> writer_;
  std::vector<std::shared_ptr<link::CaptureRing>> rings_;
  CaptureReport report_;
};

}  // namespace farlink::live
