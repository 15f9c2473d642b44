// Each fail point of cancellations and refunds is hit once: a host (a child process) dies there by SIGKILL, another one
// goes on with the same store, and the marketplace was asked for each, once.
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
#include "host/sync/testing/post_sale_world.h"

namespace quayside {
namespace {

constexpr TimeUs kBegin = 1'767'225'600 * kSecondUs;
constexpr int kActions = 7;  // of both kinds

struct PostSaleDeath {
  const char* point;
  bool loses_answer;
};

// One process' worth of host: a store in the folder, a shop whose deeds are in the folder's journal.
class PostSaleHost {
 public:
  PostSaleHost(const std::string& folder, TimeUs now)
      : clock_(now), rng_(static_cast<uint64_t>(now)), ids_(clock_, rng_) {
    auto opened = OpenSqliteStore({.data_dir = folder + "/data", .reader_connections = 1});
    if (!opened.ok()) throw std::runtime_error(opened.status().ToString());
    store_ = *std::move(opened);
    world_ = std::make_unique<PostSaleWorld>(*store_, clock_, rng_, ids_, folder + "/journal");
  }

  // Every other one is a refund.
  void AskForAll() {
    world_->Open();
    for (int n = 0; n < kActions; ++n) {
      const bool refund = n % 2 == 1;
      const int64_t order = world_->Order(Concat("o", n), refund ? OrderState::kDespatched : OrderState::kOpen);
      if (!(refund ? world_->Refund(order, 5) : world_->Cancel(order)).ok()) ::_exit(4);
    }
  }
  PostSaleWorld& world() { return *world_; }
  // Those that are not done.
  int Wrong() {
    int wrong = 0;
    world_->Write([&](Tx& tx) -> absl::Status {
      wrong = 0;
      for (int n = 0; n < kActions; ++n) {
        QS_ASSIGN_OR_RETURN(const auto order, tx.FindOrder("acc", Concat("o", n)));
        QS_ASSIGN_OR_RETURN(const auto actions, tx.ListPostSalesOfOrder(order->id));
        if (actions.size() != 1 || actions[0].state != PostSaleState::kDone) ++wrong;
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
  std::unique_ptr<PostSaleWorld> world_;
};

class PostSaleKillTest : public ::testing::TestWithParam<PostSaleDeath> {
 protected:
  TestFolder folder_;
};

TEST_P(PostSaleKillTest, EachIsAskedForOnce) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    PostSaleHost host(folder_.path(), kBegin);
    host.AskForAll();
    if (GetParam().loses_answer) host.world().shop.loses = PostSaleShop::Loses::kAnswer;
    if (!ArmFailPoint(GetParam().point).ok()) ::_exit(3);
    host.world().Live(2 * kHourUs);
    ::_exit(2);  // the point was not reached
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << "exit " << WEXITSTATUS(status);
  ASSERT_EQ(WTERMSIG(status), SIGKILL);

  PostSaleHost host(folder_.path(), kBegin + 3 * kHourUs);
  host.world().Live(6 * kHourUs);
  EXPECT_EQ(host.Wrong(), 0);
  std::vector<std::string> deeds = host.world().shop.deeds();
  EXPECT_EQ(deeds.size(), static_cast<size_t>(kActions));
  EXPECT_EQ(std::set<std::string>(deeds.begin(), deeds.end()).size(), deeds.size()) << "paid twice";
}

INSTANTIATE_TEST_SUITE_P(Points, PostSaleKillTest,
                         ::testing::Values(PostSaleDeath{"post-sale-after-intents", false},
                                           PostSaleDeath{"post-sale-after-hand-over", false},
                                           PostSaleDeath{"post-sale-after-hand-over", true},
                                           PostSaleDeath{"post-sale-after-outcomes", false},
                                           PostSaleDeath{"post-sale-after-find", true},
                                           PostSaleDeath{"post-sale-poll-before-commit", false},
                                           PostSaleDeath{"post-sale-after-commit", false}),
                         [](const auto& info) {
                           std::string name = info.param.point;
                           std::erase(name, '-');
                           return name + (info.param.loses_answer ? "lost" : "");
                         });

// The list above is all of them.
TEST(PostSaleKillPoints, EveryPointOfPostSales_IsHit) {
  int points = 0;
  for (const std::string_view name : kFailPoints) {
    if (name.starts_with("post-sale-")) ++points;
  }
  EXPECT_EQ(points, 6);
}

}  // namespace
}  // namespace quayside
