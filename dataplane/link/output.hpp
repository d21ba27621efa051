// SPDX-License-Identifier: Apache-2.0
// What comes out of a link direction. Stamps are exact and do not depend on when the caller asked; the difference
// between asking and stamp is the release lag.
#pragma once

#include "dataplane/link/descriptor.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::link {

struct Output {
  enum class Kind : std::uint8_t {
    exit,  // the last bit of the frame leaves the exit port at `stamp`
    drop,  // lost for `cause` at `stamp`; its token is free. A loss behind the serializer is told when its frame enters
           // the serializer, and stamped with the moment its last bit has left it
    xoff,  // the access ports of the near site must hold `priority` from `stamp` on
    xon,   // ... and may send again
    cnp,   // a congestion notification for the sender of `frame`, which destination_qp and egress_port tell, leaves the
           // near edge at `stamp` by the frame's ingress port
    pause,  // a pause frame or grant of the other direction's far edge has arrived; its token goes no further
  };
  Kind kind = Kind::exit;
  Cause cause = Cause::none;
  std::uint8_t priority = 0;
  units::Instant stamp;
  Descriptor frame;
};

}  // namespace farlink::link
