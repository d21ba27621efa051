// SPDX-License-Identifier: Apache-2.0
#include "control/server/socket_path.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <unistd.h>

namespace farlink::server {

namespace fs = std::filesystem;

std::vector<fs::path> socket_folders() {
  std::vector<fs::path> folders;
  // An empty or relative value says nothing, as the specification of these folders has it.
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && fs::path{runtime}.is_absolute()) folders.push_back(fs::path{runtime} / "farlink");
  if (geteuid() == 0) folders.emplace_back("/run/farlink");
  if (folders.empty())
    throw std::runtime_error("there is no folder for control sockets: XDG_RUNTIME_DIR is not set; give --socket PATH");
  return folders;
}

fs::path default_socket(std::string_view scenario_name) {
  return socket_folders().front() / (std::string{scenario_name} + ".sock");
}

std::vector<fs::path> find_sockets() {
  std::vector<fs::path> sockets;
  for (const fs::path& folder : socket_folders()) {
    std::error_code error;
    for (fs::directory_iterator it{folder, error}, end; !error && it != end; it.increment(error)) {
      std::error_code ignored;
      if (it->path().extension() == ".sock" && fs::is_socket(it->path(), ignored)) sockets.push_back(it->path());
    }
  }
  std::sort(sockets.begin(), sockets.end());
  return sockets;
}

fs::path choose_socket(const std::string& wanted) {
  if (wanted.find('/') != std::string::npos) return wanted;
  const std::vector<fs::path> sockets = find_sockets();
  std::string names;
  for (const fs::path& socket : sockets) {
    if (socket.stem() == wanted) return socket;
    names += (names.empty() ? "" : ", ") + socket.stem().string();
  }
  if (sockets.empty()) throw std::runtime_error("no live run of this user is to be found; start one with farlink up");
  if (!wanted.empty()) throw std::runtime_error("--socket " + wanted + ": there is no such run; there are " + names);
  if (sockets.size() > 1)
    throw std::runtime_error("several live runs are there: " + names + "; choose one with --socket NAME");
  return sockets.front();
}

}  // namespace farlink::server
