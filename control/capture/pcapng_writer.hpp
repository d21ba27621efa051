// SPDX-License-Identifier: Apache-2.0
// Captured frames as a pcapng file (IETF draft-ietf-opsawg-pcapng) that Wireshark, tshark and tcpdump read: one
// section, one interface for each place where frames are seen, nanosecond stamps, and at the end what each interface
// missed.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/capture/output_file.hpp"
#include "dataplane/link/capture_ring.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::capture {

// One place where frames are seen. Its name and description are what Wireshark shows.
struct Interface {
  std::uint16_t link = 0;
  std::uint8_t direction = 0;
  link::CapturePoint point = link::CapturePoint::access;
  std::string name;         // west->east line
  std::string description;  // of the file's reader: "west-east, when the last bit has left the serializer"
};

// Nanoseconds since 1970, UTC.
using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

class PcapngWriter {
 public:
  struct Options {
    std::string path;  // "-": standard output. A file appears when it is closed.
    std::vector<Interface> interfaces;
    WallTime start;                // when the links' clock showed Instant::start()
    std::uint32_t snap_bytes = 0;  // what is kept of a frame at most; 0: all
    std::string application;       // "farlink 0.1.0"
  };

  // Writes the headers. Throws CaptureError, as do all members below, when the file cannot be written, and
  // std::invalid_argument when there is no interface.
  explicit PcapngWriter(const Options& options);

  // Stamps are cut to whole nanoseconds. A frame of a place that is none of the interfaces is std::invalid_argument.
  void write(const link::CapturedFrame& frame);
  void flush() { file_.flush(); }

  // The frames of each interface that were seen but not captured, in the order of Options::interfaces, and the end of
  // the file. Without it nothing appears.
  void close(std::span<const std::uint64_t> missed);

  std::uint64_t frames() const noexcept;  // written, over all interfaces

 private:
  // The block under construction.
  void put16(std::uint32_t value);
  void put32(std::uint32_t value);
  void put_stamp(std::uint64_t nanoseconds);
  void put_bytes(std::span<const std::byte> bytes);  // padded to whole words
  void put_option(std::uint32_t code, std::string_view value);
  void put_option(std::uint32_t code, std::uint64_t value);
  void begin_block(std::uint32_t type);
  void end_block();

  std::uint64_t wall_nanoseconds(units::Instant stamp) const noexcept;
  std::size_t index_of(const link::CapturedFrame& frame) const;

  struct Place {
    std::uint16_t link = 0;
    std::uint8_t direction = 0;
    link::CapturePoint point = link::CapturePoint::access;
    std::uint64_t frames = 0;
  };
  OutputFile file_;
  std::vector<std::byte> block_;
  std::vector<Place> places_;
  std::uint64_t start_ns_;
  std::uint64_t latest_ns_;
};

}  // namespace farlink::capture
