// Deciding quantities as an account's inventory lane does, without a plugin: nothing is sent.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host/base/clock.h"
#include "host/ops/log.h"
#include "host/security/plain_cipher_for_tests.h"
#include "host/store/store.h"
#include "host/sync/quantity_decider.h"

namespace quayside {

class Deciding {
 public:
  static constexpr TimeUs kNowUs = 1'790'000'000 * kSecondUs;
  static constexpr int kBatch = 500;  // targets of one transaction, as in the quantity step

  explicit Deciding(Store& store) : store_(store) {}

  // Of BigAccount(which), in one transaction. Seconds without its commit.
  double Decide(int which, const std::vector<std::string>& skus);
  // Whatever is marked, a batch after the other; answers how many.
  int64_t DecideMarked(int which);
  IdSource& ids() { return ids_; }

 private:
  class NoPlugin final : public PluginCaller {
   public:
    absl::StatusOr<std::string> Call(const char*, const char*, const std::string&) override {
      return absl::UnimplementedError("no plugin is asked");
    }
    absl::StatusOr<std::string> UpgradeCursor(const char*, const std::string&) override {
      return absl::UnimplementedError("no plugin is asked");
    }
  };
  StepInputs Inputs(int which);

  Store& store_;
  ManualClock clock_{kNowUs};
  SeededRng rng_{1};
  IdSource ids_{clock_, rng_};
  RateBudgets budgets_{clock_};
  PlainCipher cipher_;
  NoPlugin plugin_;
  quayside::plugin::v1::Manifest manifest_;
  std::unique_ptr<Logger> logger_ = MakeNullLogger();
};

}  // namespace quayside
