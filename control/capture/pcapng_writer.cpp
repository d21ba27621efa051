// SPDX-License-Identifier: Apache-2.0
#include "control/capture/pcapng_writer.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <stdexcept>

namespace farlink::capture {

namespace {

// Block types and options of the format. All fields are in the machine's byte order; the magic number tells which.
constexpr std::uint32_t section_header = 0x0a0d0d0a, interface_description = 1, interface_statistics = 5,
                        enhanced_packet = 6;
constexpr std::uint32_t byte_order_magic = 0x1a2b3c4d;
constexpr std::uint32_t link_type_ethernet = 1;
constexpr std::uint32_t opt_end = 0, shb_application = 4;
constexpr std::uint32_t if_name = 2, if_description = 3, if_tsresol = 9, if_fcs_length = 13;
constexpr std::uint32_t isb_dropped = 5, isb_delivered = 8;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }

}  // namespace

PcapngWriter::PcapngWriter(const Options& options)
    : file_{options.path},
      start_ns_{static_cast<std::uint64_t>(options.start.time_since_epoch().count())},
      latest_ns_{start_ns_} {
  if (options.interfaces.empty()) throw std::invalid_argument("a capture needs a place where frames are seen");
  begin_block(section_header);
  put32(byte_order_magic);
  put16(1);  // version 1.0
  put16(0);
  put32(0xffff'ffff);  // length of the section: not known in advance
  put32(0xffff'ffff);
  if (!options.application.empty()) put_option(shb_application, options.application);
  put_option(opt_end, std::string_view{});
  end_block();
  for (const Interface& interface : options.interfaces) {
    places_.push_back({interface.link, interface.direction, interface.point});
    begin_block(interface_description);
    put16(link_type_ethernet);
    put16(0);
    put32(options.snap_bytes);
    put_option(if_name, interface.name);
    if (!interface.description.empty()) put_option(if_description, interface.description);
    put_option(if_tsresol, std::string_view{"\x09", 1});     // 10^-9 s
    put_option(if_fcs_length, std::string_view{"\x00", 1});  // frames come without their FCS
    put_option(opt_end, std::string_view{});
    end_block();
  }
}

void PcapngWriter::write(const link::CapturedFrame& frame) {
  const std::size_t index = index_of(frame);
  const std::uint64_t stamp = wall_nanoseconds(frame.stamp);
  begin_block(enhanced_packet);
  put32(static_cast<std::uint32_t>(index));
  put_stamp(stamp);
  put32(static_cast<std::uint32_t>(frame.bytes.size()));
  put32(frame.original_bytes);
  put_bytes(frame.bytes);
  end_block();
  ++places_[index].frames;
  latest_ns_ = std::max(latest_ns_, stamp);
}

void PcapngWriter::close(std::span<const std::uint64_t> missed) {
  if (missed.size() != places_.size()) throw std::invalid_argument("one count of missed frames for each interface");
  for (std::size_t i = 0; i < places_.size(); ++i) {
    begin_block(interface_statistics);
    put32(static_cast<std::uint32_t>(i));
    put_stamp(latest_ns_);
    put_option(isb_dropped, missed[i]);
    put_option(isb_delivered, places_[i].frames);
    put_option(opt_end, std::string_view{});
    end_block();
  }
  file_.close();
}

std::uint64_t PcapngWriter::frames() const noexcept {
  return std::accumulate(places_.begin(), places_.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Place& place) { return sum + place.frames; });
}

std::uint64_t PcapngWriter::wall_nanoseconds(units::Instant stamp) const noexcept {
  return start_ns_ + static_cast<std::uint64_t>(stamp.since_start().picoseconds() / 1'000);
}

std::size_t PcapngWriter::index_of(const link::CapturedFrame& frame) const {
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const Place& place = places_[i];
    if (place.link == frame.link && place.direction == frame.direction && place.point == frame.point) return i;
  }
  throw std::invalid_argument("a frame from link " + std::to_string(frame.link) + ", direction " +
                              std::to_string(frame.direction) + ", which this capture does not name");
}

void PcapngWriter::begin_block(std::uint32_t type) {
  block_.clear();
  put32(type);
  put32(0);  // its length, known at the end
}

void PcapngWriter::end_block() {
  const auto length = static_cast<std::uint32_t>(block_.size() + sizeof(std::uint32_t));
  put32(length);  // the format wants it at both ends
  std::memcpy(block_.data() + sizeof(std::uint32_t), &length, sizeof length);
  file_.write(block_);
}

void PcapngWriter::put16(std::uint32_t value) {
  const auto narrow = static_cast<std::uint16_t>(value);
  const auto bytes = std::as_bytes(std::span{&narrow, 1});
  block_.insert(block_.end(), bytes.begin(), bytes.end());
}

void PcapngWriter::put32(std::uint32_t value) { put_bytes(std::as_bytes(std::span{&value, 1})); }

void PcapngWriter::put_stamp(std::uint64_t nanoseconds) {
  put32(static_cast<std::uint32_t>(nanoseconds >> 32));
  put32(static_cast<std::uint32_t>(nanoseconds));
}

void PcapngWriter::put_bytes(std::span<const std::byte> bytes) {
  block_.insert(block_.end(), bytes.begin(), bytes.end());
  block_.resize((block_.size() + 3) / 4 * 4);
}

void PcapngWriter::put_option(std::uint32_t code, std::string_view value) {
  const std::string_view kept = value.substr(0, 0xffff);  // the length field has 16 bits
  put16(code);
  put16(static_cast<std::uint32_t>(kept.size()));
  put_bytes(bytes_of(kept));
}

void PcapngWriter::put_option(std::uint32_t code, std::uint64_t value) {
  put16(code);
  put16(sizeof value);
  put_bytes(std::as_bytes(std::span{&value, 1}));
}

}  // namespace farlink::capture
