#include "host/security/log_scrub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quayside {
namespace {

TEST(ScrubbedText, HidesAddresses) {
  EXPECT_EQ(ScrubbedText("the buyer jane.doe+x@marketplace.example.co.uk wrote"), "the buyer *** wrote");
  EXPECT_EQ(ScrubbedText("a@b.co, c@d.co."), "***, ***.");
  EXPECT_EQ(ScrubbedText("<Jane@Doe.Example>"), "<***>");
}

TEST(ScrubbedText, HidesInternationalNumbers) {
  EXPECT_EQ(ScrubbedText("call +44 20 7946 0958 now"), "call *** now");
  EXPECT_EQ(ScrubbedText("+44(0)20-7946.0958"), "***");
}

TEST(ScrubbedText, HidesAnAddressWhole_WhenItHoldsOrFollowsANumber) {
  EXPECT_EQ(ScrubbedText("from ada.lovelace+20260921@example.com today"), "from *** today");
  EXPECT_EQ(ScrubbedText("+4420794609 58@example.com"), "***@example.com");
  EXPECT_EQ(ScrubbedText("+44 20794609ada@example.com").find("ada"), std::string::npos);
  EXPECT_EQ(ScrubbedText("a@b.co+12345678@c.co").find("12345678"), std::string::npos);
  // Each sign asks whether it is in an address.
  EXPECT_EQ(ScrubbedText(std::string(1'000'000, '+')), std::string(1'000'000, '+'));
}

TEST(ScrubbedText, LeavesTheRest) {
  for (const char* text : {"", "@", "a@", "@b.co", "a@b", "order 202-1234567-1234567 is wrong", "1 + 1 = 2", "+1234567",
                           "2026-01-01T00:00:00+00:00", "x-amzn-RateLimit-Limit: 0.0056", "+"}) {
    EXPECT_EQ(ScrubbedText(text), text);
  }
}

TEST(ScrubbedText, TakesWhateverBytes) {
  EXPECT_EQ(ScrubbedText("\xff@\xfe.co"), "\xff@\xfe.co");
  EXPECT_EQ(ScrubbedText(std::string(100'000, '@')), std::string(100'000, '@'));
}

TEST(IsSensitiveName, FollowsTheMarksOfTheProtos) {
  for (const char* name : {"email", "phone", "buyer_email", "buyer.email", "recipientName", "Ship-To-Phone",
                           "gift_message", "order.gift_message", "body", "raw", "postal_code", "tracking_number"}) {
    EXPECT_TRUE(IsSensitiveName(name)) << name;
  }
  for (const char* name : {"", "order", "order_id", "status", "operation", "marketplace", "sku", "attempt", "_",
                           "names", "rename", "message", "request_id"}) {
    EXPECT_FALSE(IsSensitiveName(name)) << name;
  }
}

}  // namespace
}  // namespace quayside
