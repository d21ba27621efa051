// SPDX-License-Identifier: Apache-2.0
#include "control/live/capture_job.hpp"

#include <chrono>
#include <exception>
#include <filesystem>

#include "control/capture/error.hpp"
#include "control/live/link_state.hpp"
#include "control/report/format.hpp"
#include "control/scenario/change.hpp"

namespace farlink::live {
namespace {

constexpr std::size_t most_at_once = 8'192;

const char* name_of(link::CapturePoint point) {
  switch (point) {
    case link::CapturePoint::access:
      return "access";
    case link::CapturePoint::line:
      return "line";
    case link::CapturePoint::exit:
      break;
  }
  return "exit";
}

const char* words_for(link::CapturePoint point) {
  switch (point) {
    case link::CapturePoint::access:
      return "as received from the near site";
    case link::CapturePoint::line:
      return "when the last bit has left the serializer, lost frames too";
    case link::CapturePoint::exit:
      break;
  }
  return "as sent to the far site";
}

std::vector<capture::Interface> interfaces_of(const CaptureOrder& order, const scenario::Link& link,
                                              std::uint32_t number) {
  std::vector<capture::Interface> interfaces;
  for (std::uint8_t direction = 0; direction < 2; ++direction) {
    if (!includes(order.direction, direction)) continue;
    const auto choice = direction == 0 ? scenario::DirectionChoice::forward : scenario::DirectionChoice::reverse;
    interfaces.push_back({static_cast<std::uint16_t>(number), direction, order.point,
                          scenario::to_text(link, choice) + " " + name_of(order.point),
                          link.name + ", " + words_for(order.point)});
  }
  return interfaces;
}

// A pipe or a device could hold the control thread up for as long as its reader likes.
void check_target(const std::string& file) {
  const std::filesystem::path path{file};
  if (!path.is_absolute()) throw capture::CaptureError("'" + file + "': a capture goes to a file by its whole path");
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    throw capture::CaptureError(file + ": is no ordinary file; a capture goes to one");
}

capture::PcapngWriter::Options options_for(const CaptureOrder& order, const scenario::Scenario& scenario,
                                           std::uint32_t number, units::Instant now, const std::string& application) {
  const std::chrono::nanoseconds since_start{now.since_start().picoseconds() / 1'000};
  const auto wall = std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
  return {.path = order.file,
          .interfaces = interfaces_of(order, scenario.links[number], number),
          .start = wall - since_start,
          .snap_bytes = order.snap_bytes,
          .application = application};
}

CaptureRequest request_for(const CaptureOrder& order, std::uint32_t number) {
  CaptureRequest request{.link = number, .direction = {}, .point = order.point, .snap_bytes = order.snap_bytes};
  if (order.direction != scenario::DirectionChoice::both)
    request.direction = order.direction == scenario::DirectionChoice::forward ? 0U : 1U;
  return request;
}

}  // namespace

json::object to_json(const CaptureReport& report) {
  return {
      {"link", report.link},     {"file", report::printable(report.file)}, {"frames", report.frames},
      {"missed", report.missed}, {"is_finished", report.is_finished},      {"error", report::printable(report.error)}};
}

CaptureJob::CaptureJob(const CaptureOrder& order, const scenario::Scenario& scenario, Dataplane& dataplane,
                       units::Instant now, const std::string& application)
    : order_{order},
      dataplane_{dataplane},
      link_{static_cast<std::uint32_t>(scenario::link_number(scenario, order.link))},
      until_{order.duration == units::Duration::zero() ? units::Instant::never() : now + order.duration},
      filter_{order.filter} {
  check_target(order.file);
  writer_ = std::make_unique<capture::PcapngWriter>(options_for(order, scenario, link_, now, application));
  report_ = {.link = order.link, .file = order.file};
  rings_ = dataplane.start_capture(request_for(order, link_));
}

CaptureJob::~CaptureJob() { detach(); }

// In order of the stamps, as far as they are there.
bool CaptureJob::write_earliest() {
  link::CaptureRing* earliest = nullptr;
  for (const auto& ring : rings_) {
    const link::CapturedFrame* frame = ring->front();
    if (frame != nullptr && (earliest == nullptr || frame->stamp < earliest->front()->stamp)) earliest = ring.get();
  }
  if (earliest == nullptr) return false;
  if (filter_.matches(*earliest->front())) writer_->write(*earliest->front());
  earliest->pop();
  report_.frames = writer_->frames();
  return true;
}

void CaptureJob::work(units::Instant now) {
  if (report_.is_finished) return;
  try {
    for (std::size_t i = 0; i < most_at_once && !is_complete(); ++i) {
      if (!write_earliest()) break;
    }
  } catch (const capture::CaptureError& error) {
    return fail(error.what());
  }
  if (is_complete() || now >= until_) finish();
}

void CaptureJob::finish() {
  if (report_.is_finished) return;
  detach();
  try {
    while (!is_complete() && write_earliest()) {
    }
    std::vector<std::uint64_t> missed;
    for (const auto& ring : rings_) {
      missed.push_back(ring->missed());
      report_.missed += ring->missed();
    }
    writer_->close(missed);
    report_.is_finished = true;
  } catch (const std::exception& error) {
    fail(error.what());
  }
}

void CaptureJob::fail(const std::string& why) {
  report_.error = why;
  report_.is_finished = true;
  detach();
  writer_.reset();
}

void CaptureJob::detach() {
  if (rings_.empty() || link_ == no_link) return;
  dataplane_.stop_capture(link_);
  link_ = no_link;
}

}  // namespace farlink::live
