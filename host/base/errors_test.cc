#include "host/base/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(Errors, MakeError_KeepsCodeMessageReasonAndMetadata) {
  const absl::Status status = MakeError(absl::StatusCode::kNotFound, Reason::kOrderNotFound,
                                        "there is no order 'orders/42'", {{"resource", "orders/42"}, {"empty", ""}});
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "there is no order 'orders/42'");
  EXPECT_EQ(ReasonOf(status), "ORDER_NOT_FOUND");
  EXPECT_TRUE(HasReason(status, Reason::kOrderNotFound));
  EXPECT_FALSE(HasReason(status, Reason::kItemNotFound));
  EXPECT_THAT(MetadataOf(status), ElementsAre(Pair("empty", ""), Pair("resource", "orders/42")));
  EXPECT_TRUE(ViolationsOf(status).empty());
}

TEST(Errors, Metadata_SurvivesSeparatorsAndLineBreaks) {
  const ErrorMetadata metadata = {{"a=b;c", "x\ny\"z"}, {"größe", "→"}, {"nul", std::string("a\0b", 3)}};
  EXPECT_EQ(MetadataOf(MakeError(absl::StatusCode::kInternal, Reason::kInternal, "x", metadata)), metadata);
}

TEST(Errors, MakeFieldError_CarriesEveryViolationInOrderAndListsThemInTheMessage) {
  const absl::Status status = MakeFieldError(
      Reason::kInvalidConfiguration, {{"quantities.maximum", "must not be negative"}, {"region", "is unknown"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), "INVALID_CONFIGURATION");
  EXPECT_EQ(status.message(), "quantities.maximum: must not be negative; region: is unknown");
  const auto violations = ViolationsOf(status);
  ASSERT_EQ(violations.size(), 2u);
  EXPECT_EQ(violations[0].field, "quantities.maximum");
  EXPECT_EQ(violations[0].description, "must not be negative");
  EXPECT_EQ(violations[1].field, "region");
}

TEST(Errors, AddContext_KeepsReasonMetadataAndViolations) {
  const absl::Status with = AddContext(
      MakeError(absl::StatusCode::kUnavailable, Reason::kRateLimited, "nothing was sent", {{"retry_at_us", "5"}}),
      "order step");
  EXPECT_EQ(with.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(with.message(), "order step: nothing was sent");
  EXPECT_EQ(ReasonOf(with), "RATE_LIMITED");
  EXPECT_THAT(MetadataOf(with), ElementsAre(Pair("retry_at_us", "5")));
  EXPECT_EQ(ViolationsOf(AddContext(MakeFieldError(Reason::kInvalidArgument, {{"f", "d"}}), "call")).size(), 1u);
}

TEST(Errors, AddContext_LeavesOkAlone) { EXPECT_TRUE(AddContext(absl::OkStatus(), "anything").ok()); }

TEST(Errors, AForeignStatus_HasNoReasonAndNoMetadata) {
  EXPECT_EQ(ReasonOf(absl::InternalError("x")), "");
  EXPECT_TRUE(MetadataOf(absl::InternalError("x")).empty());
  EXPECT_EQ(ReasonOf(absl::OkStatus()), "");
}

TEST(Errors, ReturnIfError_AndAssignOrReturn_PassTheStatusOn) {
  const auto twice = [](const absl::StatusOr<int>& in) -> absl::StatusOr<int> {
    QS_ASSIGN_OR_RETURN(const int value, in);
    QS_RETURN_IF_ERROR(value < 0 ? MakeError(absl::StatusCode::kOutOfRange, Reason::kInvalidLevel, "negative")
                                 : absl::OkStatus());
    return 2 * value;
  };
  EXPECT_EQ(*twice(4), 8);
  EXPECT_TRUE(HasReason(twice(-1).status(), Reason::kInvalidLevel));
  EXPECT_EQ(twice(absl::AbortedError("before")).status(), absl::AbortedError("before"));
}

struct ReasonRow {
  Reason reason;
  std::string_view text;
  std::string_view meaning;
};

constexpr ReasonRow kRows[] = {
#define QS_ROW(enumerator, text, meaning) {Reason::enumerator, text, meaning},
    QUAYSIDE_REASONS(QS_ROW)
#undef QS_ROW
};

TEST(Reasons, EveryTextIsUniqueAndUpperSnakeCase) {
  std::set<std::string_view> texts;
  for (const ReasonRow& row : kRows) {
    EXPECT_TRUE(texts.insert(row.text).second) << row.text;
    EXPECT_EQ(row.text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_"), std::string_view::npos) << row.text;
    EXPECT_EQ(ReasonText(row.reason), row.text);
  }
}

TEST(Reasons, EveryMeaningIsASentence) {
  std::set<std::string_view> meanings;
  for (const ReasonRow& row : kRows) {
    ASSERT_FALSE(row.meaning.empty()) << row.text;
    EXPECT_EQ(row.meaning.back(), '.') << row.text;
    EXPECT_TRUE(meanings.insert(row.meaning).second) << row.text;
  }
}

}  // namespace
}  // namespace quayside
