// Each fail point of despatches is hit once: a host (a child process) dies there by SIGKILL, another one goes on with
// the same store, and the marketplace knows of each package, once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>

#include "host/base/failpoint.h"
#include "host/base/text.h"
#include "host/plugin/folder_for_tests.h"
#include "host/store/sqlite_store.h"
#include "host/sync/testing/despatch_world.h"

namespace quayside {
namespace {

constexpr TimeUs kFirstDay = 1'767'225'600 * kSecondUs;
constexpr int kOrders = 7;  // more than a batch

struct DespatchDeath {
  const char* point;
  bool tracked;
  bool loses_answer;
};

std::string OrderId(int n) { return Concat("o", n); }

// One process' worth of host: a store in the folder, a shop whose deeds are in the folder's journal.
class DespatchHost {
 public:
  DespatchHost(const std::string& folder, TimeUs now)
      : clock_(now), rng_(static_cast<uint64_t>(now)), ids_(clock_, rng_) {
    auto opened = OpenSqliteStore({.data_dir = folder + "/data", .reader_connections = 1});
    if (!opened.ok()) throw std::runtime_error(opened.status().ToString());
    store_ = *std::move(opened);
    world_ = std::make_unique<DespatchWorld>(*store_, clock_, rng_, ids_, folder + "/journal");
    world_->shop.works_off = true;
    for (int n = 0; n < kOrders; ++n) world_->Sold(OrderId(n), 1);
  }

  void DespatchAll(bool tracked) {
    world_->Open();
    for (int n = 0; n < kOrders; ++n) {
      const int64_t order = world_->Order(OrderId(n));
      if (!world_->Despatch(order, {.tracking = tracked ? Concat("T", n) : ""}).ok()) ::_exit(4);
    }
  }
  DespatchWorld& world() { return *world_; }

  // Packages that are not confirmed.
  int Wrong() {
    int wrong = 0;
    world_->Write([&](Tx& tx) -> absl::Status {
      wrong = 0;
      for (int n = 0; n < kOrders; ++n) {
        QS_ASSIGN_OR_RETURN(const auto order, tx.FindOrder("acc", OrderId(n)));
        QS_ASSIGN_OR_RETURN(const auto packages, tx.ListDespatchesOfOrder(order->id));
        if (packages.size() != 1 || packages[0].state != DespatchState::kConfirmed) ++wrong;
      }
      return absl::OkStatus();
    });
    return wrong;
  }

 private:
  ManualClock clock_;
  SeededRng rng_;
  IdSource ids_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<DespatchWorld> world_;
};

class DespatchKillTest : public ::testing::TestWithParam<DespatchDeath> {
 protected:
  TestFolder folder_;
};

TEST_P(DespatchKillTest, KilledThere_EachPackageIsConfirmed_Once) {
  const DespatchDeath death = GetParam();
  const pid_t child = ::fork();
  if (child == 0) {
    if (!ArmFailPoint(death.point).ok()) ::_exit(3);
    DespatchHost host(folder_.path(), kFirstDay);
    host.DespatchAll(death.tracked);
    if (death.loses_answer) host.world().shop.loses = DespatchShop::Loses::kAnswer;
    host.world().Live(4 * kHourUs);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the point was never reached: " << status;

  DespatchHost host(folder_.path(), kFirstDay + 5 * kHourUs);
  host.world().Live(kDayUs);
  EXPECT_EQ(host.Wrong(), 0);
  for (int n = 0; n < kOrders; ++n) EXPECT_EQ(host.world().shop.count(OrderId(n)), 1) << n;
  // What was told before the death is not told again. A feed's end may be seen twice, it is one feed.
  if (death.tracked) {
    const auto& told = host.world().shop.told();
    EXPECT_EQ(std::set<std::string>(told.begin(), told.end()).size(), told.size());
  }
}

INSTANTIATE_TEST_SUITE_P(EachPoint, DespatchKillTest,
                         ::testing::Values(DespatchDeath{"despatch-after-look", true, false},
                                           DespatchDeath{"despatch-after-intents", true, false},
                                           DespatchDeath{"despatch-after-confirm", true, false},
                                           DespatchDeath{"despatch-after-outcomes", true, false},
                                           DespatchDeath{"despatch-after-reconcile", true, true},
                                           DespatchDeath{"despatch-poll-before-commit", false, false},
                                           DespatchDeath{"despatch-after-commit", true, false}),
                         [](const ::testing::TestParamInfo<DespatchDeath>& info) {
                           std::string name = info.param.point;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

// The list above is all of them.
TEST(DespatchKillPoints, EveryPointOfDespatches_IsHit) {
  int points = 0;
  for (const std::string_view name : kFailPoints) {
    if (name.starts_with("despatch-")) ++points;
  }
  EXPECT_EQ(points, 7);
}

}  // namespace
}  // namespace quayside
