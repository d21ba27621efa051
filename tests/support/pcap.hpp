// SPDX-License-Identifier: Apache-2.0
// Capture files of the classic pcap format with Ethernet frames: read and write, for tests alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace farlink::testing {

using Frame = std::vector<std::byte>;

inline constexpr std::uint32_t pcap_magic = 0xa1b2c3d4;  // microsecond stamps, byte order of the writer
inline constexpr std::uint32_t pcap_ethernet = 1;

// Every frame of the file, in order. Refuses a foreign byte order, another link layer, and a frame that was cut short.
inline std::vector<Frame> read_pcap(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) throw std::runtime_error(path + ": cannot be opened");
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  std::size_t at = 0;
  const auto read32 = [&] {
    std::uint32_t value = 0;
    if (at + 4 > text.size()) throw std::runtime_error(path + ": truncated");
    std::memcpy(&value, text.data() + at, 4);
    at += 4;
    return value;
  };
  if (read32() != pcap_magic) throw std::runtime_error(path + ": not a pcap file of this byte order");
  at = 20;
  if (read32() != pcap_ethernet) throw std::runtime_error(path + ": not Ethernet");
  std::vector<Frame> frames;
  while (at < text.size()) {
    at += 8;  // the stamp
    const std::uint32_t captured = read32();
    if (read32() != captured) throw std::runtime_error(path + ": a frame was cut short");
    if (at + captured > text.size()) throw std::runtime_error(path + ": truncated");
    Frame& frame = frames.emplace_back(captured);
    std::memcpy(frame.data(), text.data() + at, captured);
    at += captured;
  }
  return frames;
}

// Frames one microsecond apart.
class PcapWriter {
 public:
  explicit PcapWriter(const std::string& path) : file_{path, std::ios::binary} {
    if (!file_) throw std::runtime_error(path + ": cannot be written");
    put(pcap_magic);
    put(2U | 4U << 16);
    put(0);
    put(0);
    put(65'535);
    put(pcap_ethernet);
  }
  void write(std::span<const std::byte> frame) {
    put(0);
    put(stamp_++);
    put(static_cast<std::uint32_t>(frame.size()));
    put(static_cast<std::uint32_t>(frame.size()));
    file_.write(reinterpret_cast<const char*>(frame.data()), static_cast<std::streamsize>(frame.size()));
  }

 private:
  void put(std::uint32_t value) { file_.write(reinterpret_cast<const char*>(&value), 4); }

  std::ofstream file_;
  std::uint32_t stamp_ = 0;
};

}  // namespace farlink::testing
