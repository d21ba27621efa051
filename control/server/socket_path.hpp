// SPDX-License-Identifier: Apache-2.0
// Where the control sockets of live runs are: NAME.sock in a folder of the user's own.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace farlink::server {

// Folders that hold control sockets, the one to make new ones in first: $XDG_RUNTIME_DIR/farlink, and /run/farlink for
// root. Throws std::runtime_error when there is none.
std::vector<std::filesystem::path> socket_folders();

// The socket of a new run of that name.
std::filesystem::path default_socket(std::string_view scenario_name);

// All *.sock in the folders, sorted; whether anyone serves them is not known.
std::vector<std::filesystem::path> find_sockets();

// The socket that `wanted` means: a path, or the name of a scenario. Empty: the only one there is. Throws
// std::runtime_error that lists them when there are several, or none.
std::filesystem::path choose_socket(const std::string& wanted);

}  // namespace farlink::server
