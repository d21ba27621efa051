// SPDX-License-Identifier: Apache-2.0
// What a live run answers. A request is {"op": ..., members}; `direction` may be left out for both.
//   show                                                          -> state, as control/live/state.hpp describes it
//   set           link, values ["loss=1%"], direction             -> changed: number of directions
//   event         link, cut "50ms" or values, in "10s", direction -> due_seconds
//   capture-start link, at access|line|exit, file, filter, count, duration, snap, direction -> capture
//   capture-status, capture-stop  link                            -> capture
//   stop                                                          -> the run ends
#pragma once

#include "control/json/json.hpp"
#include "control/live/session.hpp"

namespace farlink::server {

class LiveService {
 public:
  explicit LiveService(live::Session& session) : session_{session} {}

  // Throws std::exception with the reason when the request is refused; nothing has changed then.
  json::object answer(const json::object& request);

  bool is_stop_wanted() const noexcept { return is_stop_wanted_; }

 private:
  json::object set(const json::object& request);
  json::object event(const json::object& request);
  json::object capture_start(const json::object& request);

  live::Session& session_;
  bool is_stop_wanted_ = false;
};

}  // namespace farlink::server
