// SPDX-License-Identifier: Apache-2.0
#include "control/live/doctor.hpp"

#include <algorithm>

#include "control/live/doctor_checks.hpp"
#include "control/report/format.hpp"

namespace farlink::live {

namespace {

constexpr std::size_t status_columns = 9, name_columns = 20;

const char* name_of(CheckStatus status) {
  switch (status) {
    case CheckStatus::ok:
      return "ok";
    case CheckStatus::advice:
      return "advice";
    case CheckStatus::missing:
      break;
  }
  return "missing";
}

}  // namespace

bool Diagnosis::is_live_possible() const noexcept {
  return std::none_of(checks.begin(), checks.end(), [](const Check& c) { return c.status == CheckStatus::missing; });
}

Diagnosis examine(const MachineFiles& machine, const DoctorOptions& options) {
  Diagnosis diagnosis;
  check_dpdk(machine, options, diagnosis.checks);
  check_memory(machine, diagnosis.checks);
  check_processors(machine, diagnosis.checks);
  check_devices(machine, diagnosis.checks);
  return diagnosis;
}

std::string to_text(const Diagnosis& diagnosis) {
  std::string text;
  std::size_t advice = 0, missing = 0;
  for (const Check& check : diagnosis.checks) {
    advice += check.status == CheckStatus::advice;
    missing += check.status == CheckStatus::missing;
    text += report::left(name_of(check.status), status_columns) + report::left(check.name, name_columns) +
            report::printable(check.found) + "\n";
    if (!check.mend.empty()) text += std::string(status_columns + name_columns, ' ') + "mend: " + check.mend + "\n";
  }
  text += missing == 0 ? "\nlive use is possible" : "\nlive use is impossible: " + std::to_string(missing) + " missing";
  if (advice > 0)
    text += "; " + std::to_string(advice) + " of " + std::to_string(diagnosis.checks.size()) + " could be better";
  return text + "\n";
}

json::object to_json(const Diagnosis& diagnosis) {
  json::array checks;
  for (const Check& check : diagnosis.checks) {
    checks.push_back(json::object{{"name", check.name},
                                  {"status", name_of(check.status)},
                                  {"found", report::printable(check.found)},
                                  {"mend", check.mend}});
  }
  return {{"is_live_possible", diagnosis.is_live_possible()}, {"checks", std::move(checks)}};
}

}  // namespace farlink::live
