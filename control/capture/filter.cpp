// SPDX-License-Identifier: Apache-2.0
#include "control/capture/filter.hpp"

#include <pcap/pcap.h>

#include "control/capture/error.hpp"

namespace farlink::capture {

namespace {

constexpr int longest_frame = 65'535;

}  // namespace

void Filter::Free::operator()(bpf_program* program) const noexcept {
  pcap_freecode(program);
  delete program;
}

Filter::Filter(const std::string& expression) {
  if (expression.find_first_not_of(" \t\n") == std::string::npos) return;
  const auto close = [](pcap_t* handle) { pcap_close(handle); };
  const std::unique_ptr<pcap_t, decltype(close)> handle{pcap_open_dead(DLT_EN10MB, longest_frame), close};
  if (!handle) throw CaptureError("capture filter: libpcap has no memory left");
  auto program = std::make_unique<bpf_program>();
  if (pcap_compile(handle.get(), program.get(), expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    throw CaptureError("capture filter '" + expression + "': " + pcap_geterr(handle.get()) +
                       " (the language is that of tcpdump: man pcap-filter)");
  }
  program_.reset(program.release());
}

bool Filter::matches(const link::CapturedFrame& frame) const noexcept {
  if (!program_) return true;
  pcap_pkthdr header{};
  header.caplen = static_cast<bpf_u_int32>(frame.bytes.size());
  header.len = frame.original_bytes;
  return pcap_offline_filter(program_.get(), &header, reinterpret_cast<const u_char*>(frame.bytes.data())) != 0;
}

}  // namespace farlink::capture
