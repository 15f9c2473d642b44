// ChannelService.TestChannel: each thing that can be missing is found, at once with all others.
#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class ChannelCheckTest : public testing::Test {
 protected:
  ChannelCheckTest() {
    world.MakeAccount();
    world.MakeChannel();
    for (const char* secret : {"client_secret", "refresh_token"}) SetSecret(secret, "x");
    world.engine.test_account = [](const std::string&, DurationUs) {
      return FromText<quayside::plugin::v1::CheckReply>(
          "findings { subject: 'credentials' ok: true } findings { subject: 'marketplace:A1PA6795UKMFR9' ok: true } "
          "findings { subject: 'marketplace:A1F83G8C2ARO7P' message: 'no store there' }");
    };
  }
  void SetSecret(const std::string& name, const std::string& value) {
    const auto set =
        world.Ask(&Accounts::SetAccountSecret, "name: 'accounts/amz' secret: '" + name + "' value: '" + value + "'");
    EXPECT_TRUE(set.ok()) << set;
  }
  void Enable() { EXPECT_TRUE(world.Ask(&Channels::EnableChannel, "name: 'channels/amz-de'").ok()); }
  auto Test() { return world.Ask(&Channels::TestChannel, "name: 'channels/amz-de'"); }
  // "+ enabled", "- enabled: nothing goes either way; enable it"
  std::vector<std::string> Found() {
    std::vector<std::string> found;
    const auto tested = Test();
    EXPECT_TRUE(tested.ok()) << tested;
    bool all = true;
    for (const api::TestFinding& finding : tested->findings()) {
      all = all && finding.ok();
      found.push_back((finding.ok() ? "+ " : "- ") + finding.subject() +
                      (finding.message().empty() ? "" : ": " + finding.message()));
    }
    EXPECT_EQ(tested->ok(), all);
    return found;
  }
  std::vector<std::string> Wrong() {
    std::vector<std::string> wrong = Found();
    std::erase_if(wrong, [](const std::string& line) { return line.starts_with("+"); });
    return wrong;
  }

  ApiWorld world;
};

TEST_F(ChannelCheckTest, AChannelThatWorks_IsOk) {
  Enable();
  world.engine.AddLane("amz.orders", "amz", "", Job::kOrders);
  EXPECT_THAT(Wrong(), IsEmpty());
  EXPECT_TRUE(Test()->ok());
  EXPECT_THAT(Found(), AllOf(Contains("+ plugin: plugins/amazon 1.0.0"), Contains("+ account credentials"),
                             Contains("+ marketplace"), Contains("+ enabled"), Contains("+ lane lanes/amz.orders"),
                             Contains("+ quantities: the first ones will wait for a person"),
                             Contains(StartsWith("+ listings: 0 known"))));
}

TEST_F(ChannelCheckTest, ANewChannel_IsOnlyNotEnabled) {
  EXPECT_THAT(Wrong(), ElementsAre("- enabled: nothing goes either way; enable it"));
}

TEST_F(ChannelCheckTest, WithoutSecrets_TheMarketplaceIsNotAsked) {
  Enable();
  SetSecret("refresh_token", "");
  world.engine.test_account = [](const std::string&, DurationUs) -> absl::StatusOr<quayside::plugin::v1::CheckReply> {
    ADD_FAILURE() << "it cannot answer";
    return absl::UnavailableError("asked");
  };
  EXPECT_THAT(Wrong(), ElementsAre("- account secrets: set refresh_token of accounts/amz"));
  EXPECT_THAT(Found(), Contains(HasSubstr("was not told")));
}

TEST_F(ChannelCheckTest, WhatTheMarketplaceSays_OfThisChannelAndItsAccount_IsFound) {
  Enable();
  world.engine.test_account = [](const std::string&, DurationUs) {
    return FromText<quayside::plugin::v1::CheckReply>(
        "findings { subject: 'role:orders' message: 'add the role' } "
        "findings { subject: 'marketplace:A1PA6795UKMFR9' message: 'open the store' } "
        "findings { subject: 'marketplace:A1F83G8C2ARO7P' message: 'no store there' }");
  };
  EXPECT_THAT(Wrong(), ElementsAre("- account role:orders: add the role", "- marketplace: open the store"));
}

TEST_F(ChannelCheckTest, AMarketplaceThatIsAway_IsAFinding_AndAThrottledOneIsNot) {
  Enable();
  world.engine.test_account = [](const std::string&, DurationUs) {
    return MakeError(absl::StatusCode::kUnavailable, Reason::kChannelUnavailable, "Amazon answers 503");
  };
  EXPECT_THAT(Wrong(), ElementsAre("- account connection: Amazon answers 503 [CHANNEL_UNAVAILABLE]"));
  for (const Reason reason : {Reason::kRateLimited, Reason::kThrottled}) {
    // As it comes from a plugin: to a lane it is a reason to try again.
    world.engine.test_account = [reason](const std::string&, DurationUs) {
      return MakeError(absl::StatusCode::kUnavailable, reason, "wait");
    };
    EXPECT_EQ(Test().reason(), ReasonText(reason));
    EXPECT_EQ(Test().code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  }
  world.engine.test_account = [](const std::string&, DurationUs) {
    return absl::NotFoundError("canary of buyer@example.com");
  };
  const auto fault = Test();
  EXPECT_EQ(fault.reason(), "INTERNAL");
  EXPECT_EQ(fault.status.error_details().find("canary"), std::string::npos);
}

TEST_F(ChannelCheckTest, OptionsOfTheAccount_AreJudged) {
  Enable();
  world.engine.validate = [](const AccountRecord&) {
    return MakeFieldError(Reason::kInvalidConfiguration, {{"seller_id", "is missing"}, {"region", "is none"}});
  };
  EXPECT_THAT(Wrong(), ElementsAre("- account options: seller_id: is missing", "- account options: region: is none"));
}

TEST_F(ChannelCheckTest, AnotherRegion_AndAPluginThatDoesNotWork_AreFound) {
  Enable();
  ASSERT_TRUE(world
                  .Ask(&Accounts::UpdateAccount,
                       "account { name: 'accounts/amz' options { key: 'region' value: 'na' } } "
                       "update_mask { paths: 'options' }")
                  .ok());
  world.catalog.plugin.health = PluginHealth::kRejected;
  world.catalog.plugin.error = "its signature is not trusted";
  EXPECT_THAT(Wrong(), ElementsAre("- plugin: plugins/amazon 1.0.0 does not work: its signature is not trusted",
                                   StartsWith("- marketplace: A1PA6795UKMFR9 is none of those")));
}

TEST_F(ChannelCheckTest, SickLanes_SayWhatTheyNeed) {
  Enable();
  world.engine.AddLane("amz.orders", "amz", "", Job::kOrders);
  world.engine.SetActivity("amz.orders", LaneActivity::kNeedsOperator);
  world.engine.AddLane("amz.amz-de.listings", "amz", "amz-de", Job::kListings);
  world.engine.SetActivity("amz.amz-de.listings", LaneActivity::kPaused);
  world.engine.AddLane("other.orders", "other", "", Job::kOrders);
  world.engine.SetActivity("other.orders", LaneActivity::kNeedsOperator);
  EXPECT_THAT(Wrong(), ElementsAre("- lane lanes/amz.amz-de.listings: paused; resume it",
                                   StartsWith("- lane lanes/amz.orders: needs a person")));
}

TEST_F(ChannelCheckTest, QuantitiesThatWaitForAPerson_AreFound) {
  Enable();
  world.Write([](Tx& tx) {
    return tx.PutGate({.channel_id = "amz-de",
                       .account_id = "amz",
                       .state = GateState::kBraked,
                       .reason = "40 of 100 listings would have gone to zero"});
  });
  EXPECT_THAT(Wrong(),
              ElementsAre("- quantities: 40 of 100 listings would have gone to zero; apply or discard the plan"));
  ASSERT_TRUE(world
                  .Ask(&Channels::UpdateChannel,
                       "channel { name: 'channels/amz-de' config { update_inventory: false } } "
                       "update_mask { paths: 'config.update_inventory' }")
                  .ok());
  EXPECT_THAT(Found(), Contains("+ quantities: the inventory sync is off: none are sent"));
}

TEST_F(ChannelCheckTest, QuantitiesThatAnotherChannelDecides_WaitForNobody) {
  Enable();
  world.Write(
      [](Tx& tx) { return tx.PutGate({.channel_id = "amz-de", .account_id = "amz", .sent_us = 9 * kSecondUs}); });
  EXPECT_THAT(Found(), Contains("+ quantities: another channel of the account decides those of its listings"));
}

TEST_F(ChannelCheckTest, AMistakeOfTheConfiguration_IsFound) {
  Enable();
  world.Write([](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(ChannelRecord channel, tx.GetChannel("amz-de"));
    channel.config.order_download_location = "gone";
    return tx.PutChannel(channel, "test");
  });
  EXPECT_THAT(Wrong(), ElementsAre(AllOf(StartsWith("- configuration: "), HasSubstr("order_download_location"))));
}

TEST_F(ChannelCheckTest, OfNoChannel_ThereIsNothingToFind) {
  EXPECT_EQ(world.Ask(&Channels::TestChannel, "name: 'channels/none'").reason(), "CHANNEL_NOT_FOUND");
  EXPECT_EQ(world.Ask(&Channels::TestChannel, "name: 'accounts/amz'").reason(), "INVALID_NAME");
}

}  // namespace
}  // namespace quayside
