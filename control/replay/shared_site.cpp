// SPDX-License-Identifier: Apache-2.0
#include "control/replay/shared_site.hpp"

namespace farlink::replay {

void SharedSite::Behind::send(const fabric::Message& message, units::Instant now) {
  fabric_->send({message.source + ranks_, message.destination + ranks_, message.bytes, message.id}, now);
}

fabric::Message SharedSite::Behind::own(fabric::Message message) const noexcept {
  message.source -= ranks_;
  message.destination -= ranks_;
  return message;
}

void SharedSite::start(fabric::SiteFabric& fabric, units::Instant now) {
  behind_.set(fabric);
  first_.start(fabric, now);
  second_.start(behind_, now);
}

void SharedSite::on_wake(std::uint64_t cookie, units::Instant now) {
  if ((cookie & is_second) != 0)
    second_.on_wake(cookie & ~is_second, now);
  else
    first_.on_wake(cookie, now);
}

void SharedSite::on_delivered(const fabric::Message& message, units::Instant posted, units::Instant now) {
  if (behind_.has(message))
    second_.on_delivered(behind_.own(message), posted, now);
  else
    first_.on_delivered(message, posted, now);
}

void SharedSite::on_acknowledged(const fabric::Message& message, units::Instant now) {
  if (behind_.has(message))
    second_.on_acknowledged(behind_.own(message), now);
  else
    first_.on_acknowledged(message, now);
}

}  // namespace farlink::replay
