// Each fail point around a document is hit once: a host (a child process) dies there by SIGKILL, another one goes on
// with the same store, and every number is at the marketplace, none of them in two documents.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "host/base/failpoint.h"
#include "host/base/text.h"
#include "host/plugin/folder_for_tests.h"
#include "host/store/sqlite_store.h"
#include "host/sync/testing/document_world.h"

namespace quayside {
namespace {

constexpr TimeUs kBegin = 1'767'225'600 * kSecondUs;
// More than one page of a document.
constexpr int kListings = 600;
constexpr int32_t kQuantity = 50;

struct Death {
  const char* point;
  const char* life;  // what has to happen for the point to be reached
};

// How the marketplace behaves, by the kind of life.
void Script(DocumentShop& shop, std::string_view life) {
  const bool killed_before = !shop.documents().empty();
  // A stuck document comes into force in the end.
  shop.works_off_polled = life == "in force" || life == "lost answer" || (life == "stuck" && killed_before);
  shop.withdraws = life == "withdrawn";
  if (life == "lost answer" && !killed_before) shop.loses = DocumentShop::Loses::kAnswer;
  if (life == "not taken" && !killed_before) shop.retry_at_us = kBegin + kHourUs;
}

// In documents that may come into force, and by item.
std::map<std::string, int> TimesSent(const DocumentShop& shop) {
  std::map<std::string, int> times;
  for (const auto& [sku, quantity] : shop.items()) ++times[sku];
  for (const auto& [handle, numbers] : shop.documents()) {
    if (shop.was_withdrawn(handle)) continue;
    for (const auto& [sku, quantity] : numbers) ++times[sku];
  }
  return times;
}

std::string Sku(int number) { return Concat("S", 1000 + number); }

// One process' worth of host: a store in the folder, a shop whose deeds are in the folder's journal.
class Host {
 public:
  Host(const std::string& folder, TimeUs now, std::string_view life)
      : clock_(now), rng_(static_cast<uint64_t>(now)), ids_(clock_, rng_) {
    auto opened = OpenSqliteStore({.data_dir = folder + "/data", .reader_connections = 1});
    if (!opened.ok()) throw std::runtime_error(opened.status().ToString());
    store_ = *std::move(opened);
    world_ = std::make_unique<DocumentWorld>(*store_, clock_, rng_, ids_, folder + "/journal");
    Script(world_->shop, life);
  }

  void Stock() {
    Must([&](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.PutAccount({.id = "acc", .plugin_id = "shop"}));
      QS_RETURN_IF_ERROR(tx.PutChannel(
          {.id = "de", .account_id = "acc", .marketplace = "mp", .display_name = "de", .enabled = true}, "test"));
      QS_RETURN_IF_ERROR(tx.PutGate({.channel_id = "de", .account_id = "acc", .state = GateState::kOpen}));
      for (int n = 1; n <= kListings; ++n) {
        const int64_t item = ids_.Next();
        QS_RETURN_IF_ERROR(tx.PutItem({.id = item, .sku = Sku(n)}));
        QS_RETURN_IF_ERROR(tx.SetLevel(item, "default", kQuantity, kBegin));
        QS_RETURN_IF_ERROR(tx.PutListing({.channel_id = "de",
                                          .account_id = "acc",
                                          .sku = Sku(n),
                                          .fulfilment = Fulfilment::kMerchant,
                                          .item_id = item,
                                          .seen_us = kBegin,
                                          .pass_id = "p"}));
        QS_RETURN_IF_ERROR(tx.MarkTargetsOfItem(item, kBegin).status());
      }
      return absl::OkStatus();
    });
  }

  void Live(DurationUs most) { world_->Live(most); }
  [[nodiscard]] TimeUs now() const { return clock_.Now(); }
  [[nodiscard]] const DocumentShop& shop() const { return world_->shop; }

  // Targets that are not at rest with the right number.
  [[nodiscard]] int Wrong() {
    int wrong = 0;
    Must([&](Tx& tx) -> absl::Status {
      wrong = 0;
      for (int n = 1; n <= kListings; ++n) {
        QS_ASSIGN_OR_RETURN(const auto target, tx.FindTarget("acc", Sku(n)));
        const bool right = target.has_value() && target->state == TargetState::kCurrent && target->bulk_id == 0 &&
                           target->accepted == kQuantity;
        if (!right) ++wrong;
      }
      return absl::OkStatus();
    });
    return wrong;
  }

 private:
  void Must(const std::function<absl::Status(Tx&)>& fn) {
    const absl::Status written = store_->Write(fn);
    if (!written.ok()) throw std::runtime_error(written.ToString());
  }

  ManualClock clock_;
  SeededRng rng_;
  IdSource ids_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<DocumentWorld> world_;
};

class BulkKillTest : public ::testing::TestWithParam<Death> {
 protected:
  // Runs `life` in a process of its own; answers how that ended.
  template <typename Life>
  static int InAChild(Life life) {
    const pid_t child = ::fork();
    if (child == 0) {
      life();
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
  }

  TestFolder folder_;
};

TEST_P(BulkKillTest, KilledThere_NothingIsLost_AndNoNumberIsInTwoDocuments) {
  const Death death = GetParam();
  const int status = InAChild([&] {
    if (!ArmFailPoint(death.point).ok()) ::_exit(3);
    Host host(folder_.path(), kBegin, death.life);
    host.Stock();
    host.Live(4 * kHourUs);
  });
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the point was never reached: " << status;

  Host host(folder_.path(), kBegin + 5 * kHourUs, death.life);
  host.Live(12 * kHourUs);
  EXPECT_EQ(host.Wrong(), 0);
  EXPECT_THAT(host.shop().shown(), ::testing::SizeIs(kListings));
  for (const auto& [sku, quantity] : host.shop().shown()) EXPECT_EQ(quantity, kQuantity) << sku;
  EXPECT_LE(host.shop().MostOften(), 1);
  // Quantities of a stuck document are meant to go out once more, by item.
  if (std::string_view(death.life) != "stuck") {
    for (const auto& [sku, times] : TimesSent(host.shop())) EXPECT_EQ(times, 1) << sku;
  }
}

INSTANTIATE_TEST_SUITE_P(
    EachPoint, BulkKillTest,
    ::testing::Values(Death{"bulk-after-gather", "in force"}, Death{"bulk-before-hand-over", "in force"},
                      Death{"bulk-after-hand-over", "in force"}, Death{"bulk-after-answer", "in force"},
                      Death{"bulk-after-find", "lost answer"}, Death{"bulk-after-poll", "in force"},
                      Death{"bulk-between-outcomes", "in force"}, Death{"bulk-after-withdraw", "withdrawn"},
                      Death{"bulk-between-releases", "not taken"}, Death{"bulk-between-frees", "stuck"},
                      Death{"read-back-before-commit", "in force"}),
    [](const ::testing::TestParamInfo<Death>& info) {
      std::string name = info.param.point;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

// The list above is all of them.
TEST(BulkKillPoints, EveryPointOfDocuments_IsHit) {
  int points = 0;
  for (const std::string_view name : kFailPoints) {
    if (name.starts_with("bulk-") || name.starts_with("read-back-")) ++points;
  }
  EXPECT_EQ(points, 11);
}

}  // namespace
}  // namespace quayside
