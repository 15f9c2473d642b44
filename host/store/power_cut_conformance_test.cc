// The conformance suite while the power goes again and again between its calls. QUAYSIDE_POWER_CUT_SEED: another
// course.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "host/base/text.h"
#include "host/store/testing/power_cut_backend.h"

namespace quayside {
namespace {

uint64_t SeedOfThisTest() {
  const char* const given = std::getenv("QUAYSIDE_POWER_CUT_SEED");
  const auto seed = static_cast<uint64_t>(ParseWhole(given != nullptr ? given : "1").value_or(1));
  return seed ^ std::hash<std::string>()(testing::UnitTest::GetInstance()->current_test_info()->name());
}

// Says at the end how often the power went.
class CutCount final : public testing::Environment {
 public:
  void TearDown() override { std::printf("power cuts: %lld\n", static_cast<long long>(cuts_.load())); }
  std::atomic<int64_t>& cuts() { return cuts_; }

 private:
  std::atomic<int64_t> cuts_ = 0;
};

CutCount& Count() {
  static auto* const count = static_cast<CutCount*>(testing::AddGlobalTestEnvironment(new CutCount));
  return *count;
}

INSTANTIATE_TEST_SUITE_P(PowerCuts, StoreConformance, testing::Values(+[]() -> std::unique_ptr<StoreBackend> {
                           return std::make_unique<PowerCutBackend>(SeedOfThisTest(), Count().cuts());
                         }));

}  // namespace
}  // namespace quayside
