// SPDX-License-Identifier: Apache-2.0
// The fabric: what carries messages between sites. Replay drives it through one SiteFabric per site and is called back
// through one SiteDriver per site. A site's calls all come from one thread, and a driver touches its own site's state
// only: the graph is constant, and only messages cross. Packets in virtual time, flows, live and verbs implement this.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>

#include "control/fabric/statistics.hpp"
#include "dataplane/units/size.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::fabric {

using units::Bytes;
using units::Instant;

// A message from one rank to another at a different site. `id` is the sender's choice and comes back at both ends.
struct Message {
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  Bytes bytes;
  std::uint64_t id = 0;
};

// Owner: the site's thread. Valid while Fabric::run runs.
class SiteFabric {
 public:
  virtual ~SiteFabric() = default;
  // Before the run: messages from `source`, which is here, to `destination` will come, so that what they need can be
  // opened in an order that does not depend on which of them comes first.
  virtual void expect(std::uint32_t source, std::uint32_t destination) = 0;
  // Queues the message at `now`; messages of one (source, destination) pair are delivered in order.
  virtual void send(const Message& message, Instant now) = 0;
  // Calls on_wake(cookie) of this site's driver at `when` (not before now). Equal times keep the order of the calls.
  virtual void wake(Instant when, std::uint64_t cookie) = 0;
};

class SiteDriver {
 public:
  virtual ~SiteDriver() = default;
  virtual void start(SiteFabric& fabric, Instant now) = 0;
  virtual void on_wake(std::uint64_t cookie, Instant now) = 0;
  // All bytes are at the destination, which is at this site. `posted`: when the sender called send().
  virtual void on_delivered(const Message& message, Instant posted, Instant now) = 0;
  // All bytes are acknowledged to the source, which is at this site.
  virtual void on_acknowledged(const Message& message, Instant now) = 0;
  // Nothing left to do at this site, ever.
  virtual bool is_finished() const = 0;
  // What the site waits for, for the message of a run that got stuck.
  virtual std::string waiting_for() const = 0;
};

struct Progress {
  double virtual_seconds = 0;
  std::uint64_t data_frames = 0;
};
// Called every so often (about 10 times a second of wall time); false asks the run to stop, which throws Interrupted.
using ProgressCallback = std::function<bool(const Progress&)>;

class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};

class Fabric {
 public:
  virtual ~Fabric() = default;
  // Runs until every driver is finished. drivers[i] belongs to Scenario::sites[i]. One run per fabric.
  // Throws Interrupted. A queue pair that ran out of retries, or sites that wait for each other for ever, end the run
  // with statistics().is_valid == false and the reason.
  virtual void run(std::span<SiteDriver* const> drivers, const ProgressCallback& progress) = 0;
  virtual Statistics statistics() const = 0;
};

}  // namespace farlink::fabric
