// SPDX-License-Identifier: Apache-2.0
// O1: byte vectors. HW-1 is a CNP captured from a ConnectX-4 Lx, HW-2 a UC frame of real hardware; the others come from
// scapy and an independent implementation. Each row counts the bytes that differ.
#include <string_view>

#include "dataplane/wire/build.hpp"
#include "dataplane/wire/crc32.hpp"
#include "dataplane/wire/icrc.hpp"
#include "dataplane/wire/parse.hpp"
#include "dataplane/wire/pause.hpp"
#include "tools/validate/oracle.hpp"

namespace farlink::validate {

namespace {

struct Vector {
  const char* name;
  std::string_view hex;  // of the frame without FCS
};

constexpr Vector vectors[] = {
    {"HW-1 CNP",
     "e41d2dab2bc27cfe90643b32080045c2003c718c4000401191610a0011010a001201000012b7002800008100ffff400001180000000000000"
     "0000000"
     "00000000000000000000"
     "82fd002a"},
    {"HW-2 UC SEND only, pad 2",
     "248a07a8fa22248a07a8fa22080045010040047840004011b4d5c0a80007c0a80007c00012b7002caca22460ffff000000d300cf171046308"
     "18be289"
     "35d90e9a95505401be885e50000078f353f3"},
    {"V-1 WRITE only",
     "0200000000020200000000010800456a004c00004000401126350a0000010a000002c00012b7003800000a40ffff000000118000010000007"
     "f000000"
     "10000000123400000010000102030405060708090a0b0c0d0e0f2ea3c233"},
    {"V-2 ACK",
     "0200000000010200000000020800456a003000004000401126510a0000020a000001c00012b7001c00001140ffff00000022000001001f000"
     "0016785"
     "a0b6"},
    {"V-3 NAK sequence error",
     "0200000000010200000000020800456a003000004000401126510a0000020a000001c00012b7001c00001140ffff000000220000010560000"
     "001ddba"
     "1c4d"},
    {"V-4 CNP, DSCP 48",
     "020000000001020000000002080045c1003c00004000401125ee0a0000020a000001c00012b7002800008100ffff400000220000000000000"
     "0000000"
     "000000000000000000008cd0dd38"},
    {"V-5 SEND only, pad 3",
     "0200000000020200000000010800456a003c00004000401126450a0000010a000002c00012b7002800000470ffff0000001180ffffff00010"
     "2030405"
     "060708090a0b0c000000607983dc"},
    {"V-6 READ request",
     "0200000000020200000000010800456a003c00004000401126450a0000010a000002c00012b7002800000c40ffff000000118000010100007"
     "f000000"
     "20000000567800001000d54243fd"},
    {"V-7 WRITE only, IPv6",
     "02000000000202000000000186dd66a1234500381140fd000000000000000000000000000001fd000000000000000000000000000002c0001"
     "2b70038"
     "00000a40ffff000000118000010000007f00000010000000123400000010000102030405060708090a0b0c0d0e0f89ee63e6"}};

std::vector<std::byte> from_hex(std::string_view hex) {
  const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(digit(hex[i]) << 4 | digit(hex[i + 1])));
  return bytes;
}

double differing(std::span<const std::byte> a, std::span<const std::byte> b) {
  std::size_t count = std::max(a.size(), b.size()) - std::min(a.size(), b.size());
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) count += a[i] != b[i] ? 1U : 0U;
  return static_cast<double>(count);
}

Row row(const std::string& what, const std::string& parameters, double measured) {
  return {"O1", what, parameters, "bytes", 0, measured, 0, Tolerance::absolute};
}

std::vector<std::byte> least_byte_first(std::uint32_t crc) {
  std::vector<std::byte> bytes;
  for (int i = 0; i < 4; ++i, crc >>= 8) bytes.push_back(static_cast<std::byte>(crc & 0xffU));
  return bytes;
}

template <class Frame>
Row pause_row(const char* name, const Frame& frame, std::string_view begin, std::string_view fcs) {
  std::vector<std::byte> built(wire::pause_frame_bytes);
  wire::build(frame, built);
  auto expected = from_hex(begin);
  expected.resize(wire::pause_frame_bytes);
  for (const std::byte byte : from_hex(fcs)) expected.push_back(byte);
  for (const std::byte byte : least_byte_first(wire::crc32(built))) built.push_back(byte);
  return row(std::string(name) + " with FCS, wrong bytes", "64 bytes", differing(built, expected));
}

}  // namespace

std::vector<Row> frame_bytes(const Settings&) {
  std::vector<Row> rows;
  for (const Vector& vector : vectors) {
    const auto frame = from_hex(vector.hex);
    const std::string size = std::to_string(frame.size()) + " bytes";
    const auto crc = least_byte_first(wire::icrc(frame).value_or(0));
    rows.push_back(
        row("ICRC of " + std::string(vector.name) + ", wrong bytes", size, differing(crc, std::span{frame}.last(4))));
    const wire::Parsed parsed = wire::parse(frame);
    if (parsed.verdict == wire::Verdict::unknown_opcode) continue;  // UC
    std::vector<std::byte> built(frame.size());
    built.resize(wire::build(parsed.packet, built));
    rows.push_back(row(std::string(vector.name) + " parsed and built, wrong bytes", size, differing(built, frame)));
  }
  rows.push_back(pause_row("PFC XOFF of priority 3",
                           wire::PfcFrame{{2, 0, 0, 0, 0, 1}, 0x08, {0, 0, 0, 0xffff, 0, 0, 0, 0}},
                           "0180c2000001020000000001880801010008000000000000ffff", "b0b229c3"));
  rows.push_back(pause_row("pause of a whole link", wire::PauseFrame{{2, 0, 0, 0, 0, 1}, 0xffff},
                           "0180c200000102000000000188080001ffff", "dd7cb2ff"));
  return rows;
}

}  // namespace farlink::validate
