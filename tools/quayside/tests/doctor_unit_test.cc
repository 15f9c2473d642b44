// The doctor and the unit of the service: what is installed, whether it starts, and what it takes from the host.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tools/quayside/doctor/unit_rules.h"
#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/findings.h"

namespace quayside::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

namespace fs = std::filesystem;

// A machine's folders below the test's own.
class UnitTest : public ::testing::Test {
 protected:
  UnitTest() { fs::create_directories(root_ + "/run/systemd/system"); }

  void Write(const std::string& path, std::string_view text) {
    fs::create_directories(fs::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  void Install() {
    Write("/var/lib/dpkg/info/quayside.list", "/.\n");
    Write("/usr/lib/systemd/system/quaysided.service", ShippedUnit());
  }
  void Enable() {
    const std::string wants = root_ + "/etc/systemd/system/multi-user.target.wants";
    fs::create_directories(wants);
    fs::create_symlink("/usr/lib/systemd/system/quaysided.service", wants + "/quaysided.service");
  }
  Findings Judge() {
    Findings found;
    JudgeUnit(LookAtUnit(root_), found);
    return found;
  }

  CliWorld world_;
  const std::string root_ = world_.Path("root");
};

TEST_F(UnitTest, AsThePackageInstalledIt_ItIsFine) {
  Install();
  Enable();
  EXPECT_THAT(Judge(), ElementsAre(Found(Weight::kFine, "starts with the machine"),
                                   Found(Weight::kFine, "is as it was installed")));
}

TEST_F(UnitTest, WithoutSystemd_OrWithoutAPackage_NothingIsMissed) {
  EXPECT_THAT(Judge(), ElementsAre(Found(Weight::kFine, "does not run the host here")));
  Write("/var/lib/dpkg/info/quayside.list", "/.\n");
  fs::remove_all(root_ + "/run");
  EXPECT_THAT(Judge(), ElementsAre(Found(Weight::kFine, "does not run the host here"))) << "a container";
}

TEST_F(UnitTest, WhoInstalledWithoutThePackage_HasAUnit) {
  Write("/usr/local/lib/systemd/system/quaysided.service", ShippedUnit());
  EXPECT_THAT(Judge(), ElementsAre(FoundWith(Weight::kRemark, "does not start", "systemctl enable quaysided.service"),
                                   Found(Weight::kFine, "is as it was installed")));
}

TEST_F(UnitTest, AUnitThatIsGone_OrMasked_IsAProblem) {
  Write("/var/lib/dpkg/info/quayside.list", "/.\n");
  EXPECT_THAT(Judge(), ElementsAre(FoundWith(Weight::kProblem, "is not there", "apt install --reinstall quayside")));
  Install();
  Enable();
  fs::create_symlink("/dev/null", root_ + "/etc/systemd/system/quaysided.service");
  EXPECT_THAT(Judge(), ElementsAre(FoundWith(Weight::kProblem, "is masked", "systemctl unmask quaysided.service")));
}

TEST_F(UnitTest, ADropInThatTakesProtectionAway_IsNamedLineByLine) {
  Install();
  Enable();
  Write("/etc/systemd/system/quaysided.service.d/plugin.conf",
        "[Service]\nMemoryDenyWriteExecute=false\nSystemCallFilter=@mount\nCapabilityBoundingSet=CAP_NET_ADMIN\n");
  const Findings found = Judge();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_THAT(found[1], Found(Weight::kRemark, "MemoryDenyWriteExecute=no instead of MemoryDenyWriteExecute=yes"));
  EXPECT_THAT(found[1].text, AllOf(HasSubstr(" @mount instead of SystemCallFilter=@system-service"),
                                   HasSubstr("CapabilityBoundingSet=CAP_NET_ADMIN instead of CapabilityBoundingSet=;"),
                                   Not(HasSubstr("ProtectSystem"))));
  EXPECT_THAT(found[1].remedy, HasSubstr(root_ + "/etc/systemd/system/quaysided.service.d/plugin.conf"));
}

TEST_F(UnitTest, WhatIsNoProtection_MayBeOtherwise) {
  Install();
  Enable();
  Write("/etc/systemd/system/quaysided.service.d/more.conf",
        "[Service]\nReadWritePaths=/mnt/backups\nLimitNOFILE=100000\nRestartSec=5s\n[Unit]\nPrivateTmp=no\n");
  EXPECT_THAT(Judge(), ElementsAre(Found(Weight::kFine, ""), Found(Weight::kFine, "is as it was installed")));
}

TEST_F(UnitTest, AUnitOfTheOperatorsOwn_CountsInsteadOfTheOneThatWasInstalled) {
  Install();
  Enable();
  Write("/etc/systemd/system/quaysided.service", "[Service]\nExecStart=/usr/bin/quaysided\n");
  const Findings found = Judge();
  EXPECT_THAT(found, ElementsAre(Found(Weight::kFine, ""), Found(Weight::kRemark, "no NoNewPrivileges= instead of")));
}

TEST(UnitHardening, ListsGather_AndAnEmptyValueBeginsAnew) {
  EXPECT_THAT(
      HardeningOf({"[Service]\nSystemCallFilter=a\nSystemCallFilter=b \\\n  c\nProtectHome=TRUE\n",
                   "[Unit]\nProtectHome=no\n[Service]\n# ProtectHome=no\n; PrivateTmp=no\nUMask=0077\n"}),
      UnorderedElementsAre(Pair("SystemCallFilter", "a b c"), Pair("ProtectHome", "yes"), Pair("UMask", "0077")));
  EXPECT_THAT(HardeningOf({"[Service]\nSystemCallFilter=a\n", "[Service]\nSystemCallFilter=\nSystemCallFilter=b\n"}),
              ElementsAre(Pair("SystemCallFilter", "b")));
}

TEST(UnitHardening, TheShippedUnit_TakesMuchFromTheHost) {
  const auto shipped = HardeningOf({std::string(ShippedUnit())});
  EXPECT_THAT(shipped, AllOf(::testing::Contains(Pair("ProtectSystem", "strict")),
                             ::testing::Contains(Pair("NoNewPrivileges", "yes")),
                             ::testing::Contains(Pair("CapabilityBoundingSet", "")),
                             ::testing::Contains(Pair("UMask", "0077")), ::testing::SizeIs(::testing::Ge(25U))));
}

}  // namespace
}  // namespace quayside::cli
