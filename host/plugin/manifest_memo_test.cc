#include "host/plugin/manifest_memo.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

std::string Json(int patch) {
  return Concat(R"({"schema": 1, "id": "shop", "version": "1.0.)", patch,
                R"(", "contracts": [{"id": "order_sync/1", "scope": "account"}]})");
}

TEST(ManifestMemo, SameText_IsParsedOnce) {
  ManifestMemo memo;
  const auto first = memo.Parse(Json(1));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ((*first)->version(), "1.0.1");
  EXPECT_EQ(memo.Parse(Json(1)).value(), *first) << "the very same object";
  EXPECT_NE(memo.Parse(Json(1) + " ").value(), *first) << "another text, even if it says the same";
}

TEST(ManifestMemo, WhatCannotBeParsed_IsRefusedEachTime) {
  ManifestMemo memo;
  for (int i = 0; i < 2; ++i) {
    const auto refused = memo.Parse("{}");
    EXPECT_TRUE(HasReason(refused.status(), Reason::kBundleInvalid)) << refused.status();
  }
}

TEST(ManifestMemo, ForgetsTheOneThatWasNotAskedForLongest) {
  ManifestMemo memo;
  const auto kept = memo.Parse(Json(0)).value();
  const auto forgotten = memo.Parse(Json(1)).value();
  for (int patch = 2; patch < 20; ++patch) {
    ASSERT_TRUE(memo.Parse(Json(patch)).ok());
    EXPECT_EQ(memo.Parse(Json(0)).value(), kept);
  }
  EXPECT_NE(memo.Parse(Json(1)).value(), forgotten);
}

TEST(ManifestMemo, ManyAtOnce_GetTheSameManifests) {
  ManifestMemo memo;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&memo, t] {
      for (int i = 0; i < 200; ++i) {
        const int patch = (t + i) % 12;
        const auto manifest = memo.Parse(Json(patch));
        ASSERT_TRUE(manifest.ok()) << manifest.status();
        EXPECT_EQ((*manifest)->version(), Concat("1.0.", patch));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace quayside
