// SPDX-License-Identifier: Apache-2.0
// What DPDK logs while this object lives, for the message of an error; otherwise DPDK writes nothing but warnings.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <rte_log.h>
#include <string>

namespace farlink::dpdk {

class LogText {
 public:
  LogText() : stream_{open_memstream(&text_, &size_)} {
    if (stream_ != nullptr) rte_openlog_stream(stream_);
  }
  ~LogText() {
    rte_openlog_stream(nullptr);
    if (stream_ != nullptr) std::fclose(stream_);
    std::free(text_);
  }
  LogText(const LogText&) = delete;
  LogText& operator=(const LogText&) = delete;

  // Every line on one of its own, with two blanks before it; "" when there was none.
  std::string indented() {
    if (stream_ == nullptr) return {};
    std::fflush(stream_);
    std::string out;
    std::string line;
    for (std::size_t i = 0; i < size_; ++i) {
      if (text_[i] != '\n') {
        line += text_[i];
        continue;
      }
      if (!line.empty()) out += "\n  " + line;
      line.clear();
    }
    return line.empty() ? out : out + "\n  " + line;
  }

 private:
  char* text_ = nullptr;
  std::size_t size_ = 0;
  FILE* stream_;
};

}  // namespace farlink::dpdk
