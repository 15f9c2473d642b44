#include "host/plugin/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/plugin/errors_for_tests.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr IsolationMode kInProcess = IsolationMode::kInProcess;
constexpr IsolationMode kIsolated = IsolationMode::kIsolated;

TrustVerdict SignedFor(IsolationMode mode) {
  return {
      .signer = "Acme (5b1f0c9a7d3e2846)", .key_ids = {"5b1f0c9a7d3e2846"}, .isolation = mode, .is_unsigned = false};
}

LintFinding Finding(LintWeight weight) { return {"FINDING", weight, "is odd", "mend it"}; }

IsolationMode Mode(TrustVerdict trust, std::vector<LintFinding> findings, const IsolationWishes& wishes) {
  const auto admission = DecideAdmission("shop", std::move(trust), std::move(findings), wishes);
  EXPECT_TRUE(admission.ok()) << admission.status();
  return admission.ok() ? admission->isolation : kInProcess;
}

TEST(AdmissionTest, WithoutWishes_TheKeySaysWhereItRuns) {
  EXPECT_EQ(Mode(SignedFor(kInProcess), {}, {}), kInProcess);
  EXPECT_EQ(Mode(SignedFor(kIsolated), {}, {}), kIsolated);
  EXPECT_EQ(Mode({}, {}, {}), kIsolated);
}

TEST(AdmissionTest, AWish_Narrows_ForAllOrForOne) {
  EXPECT_EQ(Mode(SignedFor(kInProcess), {}, {.all = kIsolated}), kIsolated);
  EXPECT_EQ(Mode(SignedFor(kInProcess), {}, {.by_id = {{"shop", kIsolated}}}), kIsolated);
  EXPECT_EQ(Mode(SignedFor(kInProcess), {}, {.by_id = {{"other", kIsolated}}}), kInProcess);
  EXPECT_EQ(Mode(SignedFor(kInProcess), {}, {.all = kIsolated, .by_id = {{"shop", kInProcess}}}), kInProcess);
}

TEST(AdmissionTest, AWish_NeverWidens_AndSaysSo) {
  auto admission = DecideAdmission("shop", SignedFor(kIsolated), {}, {.all = kInProcess});
  ASSERT_TRUE(admission.ok());
  EXPECT_EQ(admission->isolation, kIsolated);
  EXPECT_THAT(admission->warnings, ElementsAre(HasSubstr("Acme (5b1f0c9a7d3e2846) may not grant that")));
  admission = DecideAdmission("shop", TrustVerdict{}, {}, {.by_id = {{"shop", kInProcess}}});
  EXPECT_EQ(admission->isolation, kIsolated);
  EXPECT_THAT(admission->warnings, ElementsAre(HasSubstr("nobody signed it")));
}

TEST(AdmissionTest, AnIsolatingFinding_MovesItIntoARunner) {
  EXPECT_EQ(Mode(SignedFor(kInProcess), {Finding(LintWeight::kIsolates)}, {}), kIsolated);
}

TEST(AdmissionTest, WhatIsNotForTheHostsProcess_IsRefusedThere_AndAWarningElsewhere) {
  const auto refused = DecideAdmission("shop", SignedFor(kInProcess), {Finding(LintWeight::kNotInProcess)}, {});
  ASSERT_FALSE(refused.ok());
  ExpectError(refused.status(), absl::StatusCode::kInvalidArgument, Reason::kBundleInvalid,
              HasSubstr("FINDING: plugin.so is odd: mend it"));
  const auto isolated = DecideAdmission("shop", SignedFor(kIsolated), {Finding(LintWeight::kNotInProcess)}, {});
  ASSERT_TRUE(isolated.ok());
  EXPECT_THAT(isolated->warnings, ElementsAre(HasSubstr("is odd")));
}

TEST(AdmissionTest, WhatIsRefused_IsRefusedEverywhere) {
  for (const IsolationMode mode : {kInProcess, kIsolated}) {
    EXPECT_FALSE(DecideAdmission("shop", SignedFor(mode), {Finding(LintWeight::kRefused)}, {}).ok());
  }
}

TEST(AdmissionTest, ANote_IsNoWarning) {
  EXPECT_THAT(DecideAdmission("shop", SignedFor(kInProcess), {Finding(LintWeight::kNote)}, {})->warnings, IsEmpty());
}

}  // namespace
}  // namespace quayside
