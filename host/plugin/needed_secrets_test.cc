#include "host/plugin/needed_secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::ElementsAre;

TEST(NeededSecrets, WhatOnlyAPlaceNames_IsNotNeeded) {
  pb::Manifest manifest;
  for (const char* name : {"token", "password", "private_key", "shared"}) manifest.add_secrets()->set_name(name);
  pb::Place& place = *manifest.add_places();
  place.set_password_secret("password");
  place.set_private_key_secret("private_key");
  manifest.add_places()->set_password_secret("shared");
  EXPECT_THAT(NeededSecrets(manifest), ElementsAre("token"));
  (*manifest.add_credentials()->mutable_secrets())["password"] = "shared";
  EXPECT_THAT(NeededSecrets(manifest), ElementsAre("token", "shared")) << "a credential names it, too";
}

}  // namespace
}  // namespace quayside
