// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <functional>
#include <optional>

#include "control/live/live_plan.hpp"
#include "dataplane/units/text.hpp"

namespace farlink::live {

namespace {

using units::BitRate;
using units::Bytes;
using units::Distance;
using units::Duration;

// A value times n millionths.
constexpr std::uint64_t whole = 1'000'000;
std::uint64_t part(std::uint64_t value, std::uint64_t n) {
  return static_cast<std::uint64_t>(static_cast<unsigned __int128>(value) * n / whole);
}
Duration part(Duration value, std::uint64_t n) {
  return Duration::picoseconds(static_cast<std::int64_t>(part(static_cast<std::uint64_t>(value.picoseconds()), n)));
}
Bytes part(Bytes value, std::uint64_t n) { return Bytes{part(value.count(), n)}; }

// Three digits, rounded towards less, which still fits.
std::uint64_t rounded_down(std::uint64_t value) {
  std::uint64_t step = 1;
  while (value / step >= 1'000) step *= 10;
  return value / step * step;
}

// What the scenario's grammar would refuse anyway.
constexpr BitRate least_rate = BitRate::megabits(1);
bool is_possible(const Demand& demand) {
  const Bytes frame = demand.largest_frame + Bytes{24};
  return std::all_of(demand.directions.begin(), demand.directions.end(), [frame](const DirectionDemand& d) {
    const bool has_buffers = d.near_buffer * 3 / 4 >= frame && d.far_buffer >= frame;  // XOFF is at three quarters
    return has_buffers && d.rate >= least_rate;
  });
}

using Change = std::function<void(DirectionDemand&, std::uint64_t)>;

void shorten(DirectionDemand& d, std::uint64_t n) { d.propagation = part(d.propagation, n); }
void slow_down(DirectionDemand& d, std::uint64_t n) {
  d.rate = BitRate::bits_per_second(part(d.rate.bits_per_second(), n));
}
void shrink_buffers(DirectionDemand& d, std::uint64_t n) {
  d.near_buffer = part(d.near_buffer, n);
  d.far_buffer = part(d.far_buffer, n);
}

// The greatest n in [0, most] for which `fits` holds, when it holds for all smaller ones; or `most + 1` for none at
// all.
template <typename Fits>
std::uint64_t greatest(std::uint64_t most, Fits fits) {
  if (!fits(std::uint64_t{0})) return most + 1;
  std::uint64_t low = 0, high = most;
  while (low < high) {
    const std::uint64_t middle = high - (high - low) / 2;
    if (fits(middle)) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

class Fitting {
 public:
  Fitting(const Demand& demand, Bytes memory) : demand_{demand}, memory_{memory} {}

  bool fits(const Demand& demand) const { return plan_live(demand).memory <= memory_; }

  Demand changed(const Change& change, std::uint64_t n) const {
    Demand demand = demand_;
    for (DirectionDemand& d : demand.directions) change(d, n);
    return demand;
  }

  // Millionths of its value that one property of all links may keep; nothing when even zero is too much.
  std::optional<std::uint64_t> share(const Change& change) const {
    const std::uint64_t n = greatest(whole, [&](std::uint64_t x) { return fits(changed(change, x)); });
    if (n == 0 || n > whole || !is_possible(changed(change, n))) return std::nullopt;
    return n;
  }

  std::optional<Bytes> largest_frame() const {
    constexpr std::uint64_t least = 1'514;  // what every Ethernet carries
    const auto with = [this](std::uint64_t bytes) {
      Demand demand = demand_;
      demand.largest_frame = Bytes{bytes};
      return demand;
    };
    const std::uint64_t most = demand_.largest_frame.count();
    const std::uint64_t n = greatest(most, [&](std::uint64_t bytes) { return fits(with(bytes)); });
    const std::uint64_t needed = std::max(least, demand_.mean_frame.count());
    return n > most || n < needed ? std::nullopt : std::optional{Bytes{n}};
  }

  std::optional<Bytes> mean_frame() const {
    const std::uint64_t now = demand_.mean_frame.count(), most = demand_.largest_frame.count();
    if (most <= now) return std::nullopt;
    const auto with = [&](std::uint64_t below_most) {
      Demand demand = demand_;
      demand.mean_frame = Bytes{most - below_most};
      return demand;
    };
    const std::uint64_t span = most - now;
    const std::uint64_t n = greatest(span, [&](std::uint64_t below_most) { return fits(with(below_most)); });
    return n > span ? std::nullopt : std::optional{Bytes{most - n}};
  }

 private:
  const Demand& demand_;
  Bytes memory_;
};

std::string distance_text(const DirectionDemand& d, std::uint64_t n) {
  const std::string key = "links." + d.link + (d.has_distance ? ".distance=" : ".delay=");
  if (d.has_distance) {
    const auto metres = part(static_cast<std::uint64_t>(d.distance.millimetres()), n) / 1'000;
    return key + units::to_text(Distance::metres(static_cast<std::int64_t>(rounded_down(metres))));
  }
  const auto ps = static_cast<std::uint64_t>(part(d.propagation, n).picoseconds());
  return key + units::to_text(Duration::picoseconds(static_cast<std::int64_t>(rounded_down(ps))));
}

std::string rate_text(const DirectionDemand& d, std::uint64_t n) {
  const std::uint64_t bits = rounded_down(part(d.rate.bits_per_second(), n));
  return "links." + d.link + ".rate=" + units::to_text(BitRate::bits_per_second(bits));
}

std::string buffer_text(const DirectionDemand& d, std::uint64_t n) {
  const auto text = [n](Bytes bytes) { return units::to_text(Bytes::kibi(part(bytes, n).count() >> 10)); };
  const std::string key = "links." + d.link + ".lossless.";
  return key + "buffer=" + text(d.near_buffer) + " " + key + "far-buffer=" + text(d.far_buffer);
}

// One remedy: the same for the first direction of each link, since the scenario sets both at once.
template <typename Text>
void add(std::string& text, const Demand& demand, std::optional<std::uint64_t> n, Text one) {
  if (!n) return;
  std::string values;
  for (std::size_t i = 0; i < demand.directions.size(); i += 2) {
    values += " " + one(demand.directions[i], *n);
  }
  text += ";" + values;
}

}  // namespace

void require_fits(const Demand& demand, Bytes memory) {
  const LivePlan plan = plan_live(demand);
  if (plan.memory <= memory) return;
  const Fitting fitting{demand, memory};
  std::string remedies;
  add(remedies, demand, fitting.share(shorten), distance_text);
  add(remedies, demand, fitting.share(slow_down), rate_text);
  add(remedies, demand, fitting.share(shrink_buffers), buffer_text);
  if (const auto frame = fitting.largest_frame()) remedies += "; dpdk.mtu=" + std::to_string(frame->count()) + "B";
  if (const auto frame = fitting.mean_frame()) remedies += "; dpdk.mean-frame=" + std::to_string(frame->count()) + "B";
  const auto mebibytes = [](Bytes bytes) { return std::to_string(bytes.count() >> 20) + " MiB"; };
  const std::string needed = mebibytes(plan.memory + Bytes::mebi(1));
  throw PlanError("the links can hold " + std::to_string(plan.mbufs) + " frames, which need " + needed +
                  " of memory; there are " + mebibytes(memory) + ". Give DPDK more (" + std::to_string(plan.hugepages) +
                  " hugepages of 2 MiB: sysctl -w vm.nr_hugepages=" + std::to_string(plan.hugepages) + ")" +
                  (remedies.empty() ? "; no smaller distance, rate, buffer or frame alone would do"
                                    : ", or lower or raise one of these: " + remedies.substr(2)));
}

}  // namespace farlink::live
