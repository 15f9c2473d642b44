#include "host/access/roles.h"

#include <array>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "host/access/audit_subject.h"
#include "host/base/errors.h"
#include "quayside/v1/account_service.pb.h"
#include "quayside/v1/channel_service.pb.h"
#include "quayside/v1/sync_service.pb.h"

namespace quayside {
namespace {

namespace api = quayside::v1;
using testing::HasSubstr;
using testing::Not;

constexpr std::array<Role, 6> kRoles = {api::ROLE_VIEWER,       api::ROLE_OPERATOR, api::ROLE_CHANNEL_ADMIN,
                                        api::ROLE_PLUGIN_ADMIN, api::ROLE_ADMIN,    api::ROLE_AUDITOR};

TEST(Roles, IncludeWhatTheTableSays) {
  // Rows hold, columns are asked for, in the order of kRoles.
  constexpr std::array<std::string_view, 6> kTable = {
      "y.....",  // viewer
      "yy....",  // operator
      "yyy...",  // channel-admin
      "y..y..",  // plugin-admin
      "yyyyyy",  // admin
      ".....y",  // auditor
  };
  for (size_t held = 0; held < kRoles.size(); ++held) {
    for (size_t asked = 0; asked < kRoles.size(); ++asked) {
      EXPECT_EQ(Includes({kRoles[held]}, kRoles[asked]), kTable[held][asked] == 'y')
          << RoleText(kRoles[held]) << " for " << RoleText(kRoles[asked]);
    }
    EXPECT_FALSE(Includes({kRoles[held]}, api::ROLE_UNSPECIFIED));
  }
  EXPECT_FALSE(Includes({}, api::ROLE_VIEWER));
  EXPECT_FALSE(Includes({api::ROLE_UNSPECIFIED}, api::ROLE_VIEWER));
  EXPECT_TRUE(Includes({api::ROLE_AUDITOR, api::ROLE_OPERATOR}, api::ROLE_VIEWER));
}

TEST(Roles, HaveTextsThatAreReadBack) {
  for (const Role role : kRoles) EXPECT_EQ(ParseRole(RoleText(role)), role);
  EXPECT_EQ(RoleText(api::ROLE_CHANNEL_ADMIN), "channel-admin");
  EXPECT_EQ(RoleText(api::ROLE_UNSPECIFIED), "");
  for (const char* text : {"", "unspecified", "root", "VIEWER"}) EXPECT_FALSE(ParseRole(text).has_value()) << text;
}

TEST(MayCall, WhatIsNoMethod_IsNobodys) {
  const Principal admin{.actor = "local", .roles = {api::ROLE_ADMIN}};
  EXPECT_TRUE(absl::IsPermissionDenied(CheckMayCall(admin, api::Channel())));
  EXPECT_TRUE(CheckMayCall(admin, api::GetChannelRequest()).ok());
}

TEST(MayCall, ATokenOfChannels_ReachesTheseAndNothingElse) {
  const Principal caller{.actor = "tokens/t", .roles = {api::ROLE_ADMIN}, .channels = {"de", "fr"}};
  api::GetChannelRequest get;
  get.set_name("channels/de");
  EXPECT_TRUE(CheckMayCall(caller, get).ok());
  for (const char* name : {"channels/uk", "channels/d", "channels/", "de", "", "accounts/de"}) {
    get.set_name(name);
    EXPECT_TRUE(absl::IsPermissionDenied(CheckMayCall(caller, get))) << name;
  }
  api::UpdateChannelRequest update;
  EXPECT_TRUE(absl::IsPermissionDenied(CheckMayCall(caller, update)));
  update.mutable_channel()->set_name("channels/fr");
  EXPECT_TRUE(CheckMayCall(caller, update).ok());
  api::ApplyPlanRequest apply;
  apply.set_name("channels/de/plans/abc");
  EXPECT_TRUE(CheckMayCall(caller, apply).ok());
  EXPECT_TRUE(absl::IsPermissionDenied(CheckMayCall(caller, api::ListChannelsRequest())));
  EXPECT_TRUE(absl::IsPermissionDenied(CheckMayCall(caller, api::ListAccountsRequest())));
}

TEST(MayCall, TheRefusal_NamesTheRole_AndNothingOfTheRequest) {
  api::DeleteChannelRequest request;
  request.set_name("channels/secret-plan");
  const absl::Status refused = CheckMayCall({.actor = "tokens/t", .roles = {api::ROLE_VIEWER}}, request);
  EXPECT_EQ(ReasonOf(refused), "PERMISSION_DENIED");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("channel-admin"));
  EXPECT_THAT(std::string(refused.message()), Not(HasSubstr("secret-plan")));
}

TEST(Subject, IsTheNameInTheRequest_OrOfWhatWasMade_AndPrintable) {
  api::DeleteChannelRequest remove;
  remove.set_name("channels/de");
  EXPECT_EQ(SubjectOf(remove, nullptr), "channels/de");
  api::UpdateChannelRequest update;
  update.mutable_channel()->set_name("channels/fr");
  EXPECT_EQ(SubjectOf(update, nullptr), "channels/fr");
  api::CreateChannelRequest create;
  api::CreateChannelResponse made;
  made.mutable_channel()->set_name("channels/uk");
  EXPECT_EQ(SubjectOf(create, nullptr), "");
  EXPECT_EQ(SubjectOf(create, &made), "channels/uk");
  remove.set_name("a\nb\x80" + std::string(1000, 'x'));
  EXPECT_EQ(SubjectOf(remove, nullptr).substr(0, 4), "a?b?");
  EXPECT_EQ(SubjectOf(remove, nullptr).size(), 200U);
  EXPECT_EQ(ActionOf(*update.GetDescriptor()), "ChannelService.UpdateChannel");
}

}  // namespace
}  // namespace quayside
