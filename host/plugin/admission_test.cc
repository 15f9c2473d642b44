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

TEST(AdmissionTest, WhatOneLoadingIsAskedFor_IsGranted_OrRefused) {
  const auto asked = [](TrustVerdict trust, const IsolationWishes& wishes, IsolationMode mode,
                        std::vector<LintFinding> findings = {}) {
    return DecideAdmission("shop", std::move(trust), std::move(findings), wishes, mode);
  };
  EXPECT_EQ(asked(SignedFor(kInProcess), {}, kIsolated)->isolation, kIsolated);
  EXPECT_EQ(asked(SignedFor(kInProcess), {}, kInProcess)->isolation, kInProcess);
  // What stands in the way of the host's process does not of one of its own.
  EXPECT_EQ(asked(SignedFor(kInProcess), {}, kIsolated, {Finding(LintWeight::kNotInProcess)})->isolation, kIsolated);
  for (const auto& refused :
       {asked(SignedFor(kIsolated), {}, kInProcess), asked(SignedFor(kInProcess), {.all = kIsolated}, kInProcess),
        asked(SignedFor(kInProcess), {}, kInProcess, {Finding(LintWeight::kIsolates)})}) {
    EXPECT_TRUE(HasReason(refused.status(), Reason::kPluginRejected)) << refused.status();
    EXPECT_THAT(std::string(refused.status().message()), HasSubstr("may not run in process here"));
  }
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
