// SPDX-License-Identifier: Apache-2.0
// Any loss pattern up to 20 %, any mixture of operations, both directions: all data arrives once and in order, every
// request completes in order, and the counters add up.
#include <catch2/catch.hpp>
#include <memory>
#include <random>

#include "tests/rnic/two_nics.hpp"

namespace farlink {
namespace {

using namespace testing;

struct Posted {
  Operation operation;
  std::unique_ptr<std::vector<std::byte>> local, remote, expected;
  std::uint64_t id;
};

class RandomRun {
 public:
  RandomRun(std::uint32_t seed, rnic::Recovery recovery, const rnic::CongestionConfig& congestion = {},
            bool has_accelerations = false)
      : random_{seed} {
    rnic::Config config = lab_config();
    config.congestion = congestion;
    config.recovery = recovery;
    config.tells_placements = true;
    config.nak = pick(2) == 0 ? rnic::NakMode::once : rnic::NakMode::every_gap;
    config.ack_every = 1 + pick(20);
    config.window = 1 + pick(60);
    config.max_reads = 1 + pick(4);
    config.mtu = 256U << pick(5);
    config.ack_timeout = static_cast<std::uint8_t>(5 + pick(3));
    config.retry.reset();
    if (has_accelerations) {
      config.adaptive_timer = static_cast<std::uint8_t>(pick(config.ack_timeout + 1U));
      config.slow_restart = recovery == rnic::Recovery::go_back_n;
    }
    lab_ = std::make_unique<TwoNics>(config);
    const std::uint32_t pairs = 1 + pick(4);
    for (std::uint32_t i = 0; i < pairs; ++i) qps_.push_back(lab_->connect(pick(1U << 24)));
    loss_ = pick(201);  // in thousandths
    corruption_ = pick(3) == 0 ? 20 : 0;
    lab_->set_fate([this](const Sent&) {
      if (pick(1000) < loss_) return Fate::lost;
      return pick(1000) < corruption_ ? Fate::corrupted : Fate::delivered;
    });
    for (int i = 0; i < 40; ++i) post();
  }

  void run_and_check() {
    lab_->run();
    for (const Side side : {Side::west, Side::east}) {
      for (const std::uint32_t qp : qps_) check(side, qp);
      CHECK(lab_->done(side, Completion::Kind::failed).empty());
      CHECK(lab_->nic(side).unknown_qp() == 0);
    }
  }

 private:
  std::uint32_t pick(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }
  std::vector<Posted>& of(Side side, std::uint32_t qp) {
    return posted_[static_cast<std::size_t>(side)][qp - rnic::first_qp_number];
  }

  void post() {
    const Side side = pick(3) == 0 ? Side::east : Side::west;
    const std::uint32_t qp = qps_[pick(static_cast<std::uint32_t>(qps_.size()))];
    const std::size_t size = pick(8) == 0 ? 0 : pick(60'000);
    Posted posted;
    posted.operation = static_cast<Operation>(pick(5));
    posted.local = std::make_unique<std::vector<std::byte>>(pattern(size, pick(1000)));
    posted.remote = std::make_unique<std::vector<std::byte>>(pattern(size, pick(1000)));
    posted.expected =
        std::make_unique<std::vector<std::byte>>(posted.operation == Operation::read ? *posted.remote : *posted.local);
    posted.id = of(side, qp).size();
    lab_->post(side, qp, request(posted.operation, *posted.local, posted.remote.get(), posted.id));
    of(side, qp).push_back(std::move(posted));
  }

  void check(Side side, std::uint32_t qp) {
    const std::uint32_t mtu = lab_->nic(side).config().mtu;
    std::vector<std::byte> sends;
    std::uint64_t packets = 0, bytes = 0, read_packets = 0, tells = 0;
    for (const Posted& posted : of(side, qp)) {
      const std::uint64_t count = std::max<std::size_t>(1, (posted.expected->size() + mtu - 1) / mtu);
      if (posted.operation == Operation::read) {
        CHECK(*posted.local == *posted.expected);
        read_packets += count;
        continue;
      }
      packets += count;
      bytes += posted.expected->size();
      if (rnic::is_send(posted.operation))
        sends.insert(sends.end(), posted.expected->begin(), posted.expected->end());
      else
        CHECK(*posted.remote == *posted.expected);
      if (rnic::is_send(posted.operation) || rnic::has_immediate(posted.operation)) ++tells;
    }
    CHECK(lab_->inbox(other(side), qp) == sends);
    check_completions(side, qp, tells);
    const rnic::RequesterCounters& sender = lab_->nic(side).requester(qp).counters();
    const rnic::ResponderCounters& receiver = lab_->nic(other(side)).responder(qp).counters();
    CHECK(receiver.delivered == packets);
    CHECK(receiver.delivered_bytes == bytes);
    CHECK(sender.read_responses == read_packets);
    CHECK(lab_->nic(side).requester(qp).outstanding() == 0);
    std::uint64_t on_line = 0;
    for (const Sent& sent : lab_->log())
      if (sent.from == side && sent.frame.destination_qp == qp && wire::is_request(sent.frame.opcode)) ++on_line;
    CHECK(sender.sent == on_line);
    CHECK(sender.naks <= receiver.naks);
  }

  void check_completions(Side side, std::uint32_t qp, std::uint64_t tells) {
    std::uint64_t next = 0, received = 0;
    for (const Done& done : lab_->done()) {
      if (done.completion.qp != qp) continue;
      if (done.side == side && done.completion.kind == Completion::Kind::sent) CHECK(done.completion.id == next++);
      if (done.side != side && done.completion.kind == Completion::Kind::received) ++received;
    }
    CHECK(next == of(side, qp).size());
    CHECK(received == tells);
  }

  std::mt19937 random_;
  std::unique_ptr<TwoNics> lab_;
  std::vector<std::uint32_t> qps_;
  std::uint32_t loss_ = 0, corruption_ = 0;
  std::array<std::array<std::vector<Posted>, 4>, 2> posted_;
};

TEST_CASE("any loss pattern up to 20 %, mixed operations: once, in order, counters add up", "[rnic]") {
  const auto recovery = GENERATE(rnic::Recovery::go_back_n, rnic::Recovery::selective_repeat);
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed, recovery == rnic::Recovery::selective_repeat);
    RandomRun{seed, recovery}.run_and_check();
  }
}

// A target below the way itself keeps cutting the window, one well above it lets it grow.
TEST_CASE("the same with congestion control that lets little go", "[rnic]") {
  const auto recovery = GENERATE(rnic::Recovery::go_back_n, rnic::Recovery::selective_repeat);
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed, recovery == rnic::Recovery::selective_repeat);
    rnic::SwiftConfig swift;
    swift.base_delay = Duration::microseconds(10 + seed);
    swift.target = swift.flow_scaling = Duration::microseconds(1);
    swift.initial_window = seed;
    RandomRun{seed, recovery, swift}.run_and_check();
    // The timer must not run out before a packet that asks for an acknowledgement has its turn: 131 us, 20 packets.
    RandomRun{seed, recovery, rnic::RateLimit{units::BitRate::gigabits(20 + seed)}}.run_and_check();
  }
}

TEST_CASE("the same with timers that run out in vain, and windows that grow from one packet", "[rnic]") {
  const auto recovery = GENERATE(rnic::Recovery::go_back_n, rnic::Recovery::selective_repeat);
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed, recovery == rnic::Recovery::selective_repeat);
    RandomRun{seed, recovery, {}, true}.run_and_check();
  }
}

}  // namespace
}  // namespace farlink
