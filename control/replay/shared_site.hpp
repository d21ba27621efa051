// SPDX-License-Identifier: Apache-2.0
// One site's driver when a second job shares the fabric with the measured one: both run side by side, ranks of the
// second numbered behind those of the first. The site has finished when the first job has; the second goes on for as
// long as the fabric runs.
#pragma once

#include "control/fabric/fabric.hpp"

namespace farlink::replay {

class SharedSite final : public fabric::SiteDriver {
 public:
  // Both drivers must outlive it. first_ranks: of the measured job at all sites together.
  SharedSite(fabric::SiteDriver& first, fabric::SiteDriver& second, std::uint32_t first_ranks)
      : first_{first}, second_{second}, behind_{first_ranks} {}

  void start(fabric::SiteFabric& fabric, units::Instant now) override;
  void on_wake(std::uint64_t cookie, units::Instant now) override;
  void on_delivered(const fabric::Message& message, units::Instant posted, units::Instant now) override;
  void on_acknowledged(const fabric::Message& message, units::Instant now) override;
  bool is_finished() const override { return first_.is_finished(); }
  std::string waiting_for() const override { return first_.waiting_for(); }

 private:
  // Cookies of a replay leave the highest bits alone; the fabric itself takes the very highest.
  static constexpr std::uint64_t is_second = std::uint64_t{1} << 62;

  // What the second job takes for the fabric.
  class Behind final : public fabric::SiteFabric {
   public:
    explicit Behind(std::uint32_t ranks) : ranks_{ranks} {}
    void set(fabric::SiteFabric& fabric) noexcept { fabric_ = &fabric; }
    void expect(std::uint32_t source, std::uint32_t destination) override {
      fabric_->expect(source + ranks_, destination + ranks_);
    }
    void send(const fabric::Message& message, units::Instant now) override;
    void wake(units::Instant when, std::uint64_t cookie) override { fabric_->wake(when, cookie | is_second); }
    fabric::Message own(fabric::Message message) const noexcept;
    bool has(const fabric::Message& message) const noexcept { return message.source >= ranks_; }

   private:
    std::uint32_t ranks_;
    fabric::SiteFabric* fabric_ = nullptr;
  };

  fabric::SiteDriver& first_;
  fabric::SiteDriver& second_;
  Behind behind_;
};

}  // namespace farlink::replay
