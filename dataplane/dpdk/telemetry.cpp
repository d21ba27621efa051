// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/telemetry.hpp"

#include <cstdlib>
#include <cstring>
#include <mutex>
#include <rte_telemetry.h>

#include "dataplane/dpdk/error.hpp"

namespace farlink::dpdk {
namespace {

// DPDK's callbacks get no argument of ours, and cannot be unregistered: they find the forwarder here, or none.
struct Shared {
  std::mutex mutex;
  const Forwarder* forwarder = nullptr;
};
Shared& shared() {
  static Shared instance;
  return instance;
}

template <typename Fill>
int answer(Fill fill) {
  const std::lock_guard lock{shared().mutex};
  return shared().forwarder == nullptr ? -1 : fill(*shared().forwarder);
}

int list_links(const char* /*command*/, const char* /*parameters*/, rte_tel_data* data) {
  return answer([&](const Forwarder& forwarder) {
    rte_tel_data_start_array(data, RTE_TEL_STRING_VAL);
    for (const LinkConfig& link : forwarder.config().links)
      for (const char* direction : {":0", ":1"}) rte_tel_data_add_array_string(data, (link.name + direction).c_str());
    return 0;
  });
}

void add_drops(rte_tel_data* data, const DirectionSnapshot& d) {
  const link::DropCounters& near = d.near.dropped;
  rte_tel_data_add_dict_u64(data, "dropped_queue", near.queue + d.far.dropped.queue);
  rte_tel_data_add_dict_u64(data, "dropped_headroom", near.headroom + d.far.dropped.headroom);
  rte_tel_data_add_dict_u64(data, "dropped_random", near.random);
  rte_tel_data_add_dict_u64(data, "dropped_burst", near.burst);
  rte_tel_data_add_dict_u64(data, "dropped_bit_error", near.bit_error);
  rte_tel_data_add_dict_u64(data, "dropped_listed", near.listed);
  rte_tel_data_add_dict_u64(data, "dropped_cut", near.cut);
}

std::uint64_t nanoseconds(units::Duration d) { return static_cast<std::uint64_t>(d.picoseconds()) / 1'000U; }

int tell_link(const char* /*command*/, const char* parameters, rte_tel_data* data) {
  if (parameters == nullptr) return -1;
  const char* colon = std::strchr(parameters, ':');
  if (colon == nullptr || (std::strcmp(colon, ":0") != 0 && std::strcmp(colon, ":1") != 0)) return -1;
  const std::string name(parameters, colon);
  const auto direction = static_cast<std::uint32_t>(colon[1] - '0');
  return answer([&](const Forwarder& forwarder) {
    const std::vector<LinkConfig>& links = forwarder.config().links;
    for (std::uint32_t i = 0; i < links.size(); ++i) {
      if (links[i].name != name) continue;
      const Snapshot snapshot = forwarder.snapshot();
      const DirectionSnapshot& d = snapshot.directions[2 * i + direction];
      rte_tel_data_start_dict(data);
      rte_tel_data_add_dict_string(data, "from", d.from.c_str());
      rte_tel_data_add_dict_string(data, "to", d.to.c_str());
      rte_tel_data_add_dict_u64(data, "frames_in", d.near.frames_in);
      rte_tel_data_add_dict_u64(data, "frames_out", d.far.frames_out);
      rte_tel_data_add_dict_u64(data, "frames_held", d.held);
      rte_tel_data_add_dict_u64(data, "ecn_marked", d.near.ecn_marked);
      rte_tel_data_add_dict_u64(data, "line_bytes", d.near.line_bytes);
      add_drops(data, d);
      rte_tel_data_add_dict_u64(data, "lag_median_ns", nanoseconds(d.lag.quantile(0.5)));
      rte_tel_data_add_dict_u64(data, "lag_p99_ns", nanoseconds(d.lag.quantile(0.99)));
      rte_tel_data_add_dict_u64(data, "lag_max_ns", nanoseconds(d.lag.largest()));
      rte_tel_data_add_dict_u64(data, "valid", snapshot.why_invalid.empty() ? 1 : 0);
      return 0;
    }
    return -1;
  });
}

}  // namespace

Telemetry::Telemetry(const Forwarder& forwarder) {
  {
    const std::lock_guard lock{shared().mutex};
    if (shared().forwarder != nullptr) throw DeviceError("telemetry: another forwarder of this process has it");
    shared().forwarder = &forwarder;
  }
  // A second registration of the same name is refused, and the first still holds.
  rte_telemetry_register_cmd("/farlink/links", list_links, "Lists link directions as NAME:0 (west to east) and NAME:1");
  rte_telemetry_register_cmd("/farlink/link", tell_link, "Counters of a link direction. Parameter: NAME:0 or NAME:1");
}

Telemetry::~Telemetry() {
  const std::lock_guard lock{shared().mutex};
  shared().forwarder = nullptr;
}

}  // namespace farlink::dpdk
