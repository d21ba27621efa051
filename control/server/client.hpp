// SPDX-License-Identifier: Apache-2.0
// The other end of the control service: asks a live run one thing at a time.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "control/json/json.hpp"

namespace farlink::server {

class Client {
 public:
  // Connects. Throws std::runtime_error when nobody serves the path. `patience`: for an answer as a whole.
  explicit Client(const std::filesystem::path& socket, std::chrono::milliseconds patience = std::chrono::seconds{10});
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  // The members of the answer. Throws std::runtime_error with what the run says when it refuses, and when the answer
  // does not come or is none.
  json::object ask(const json::object& request);

 private:
  [[noreturn]] void fail(const std::string& what) const;
  void wait_for(short events, std::chrono::steady_clock::time_point until) const;
  void send(const std::string& line, std::chrono::steady_clock::time_point until);
  std::string receive_line(std::chrono::steady_clock::time_point until);

  std::filesystem::path path_;
  std::chrono::milliseconds patience_;
  int descriptor_ = -1;
  std::string received_;
};

}  // namespace farlink::server
