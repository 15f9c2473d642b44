// Keys, signatures and inspection without a host.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "host/plugin/elf_for_tests.h"
#include "host/plugin/folder_for_tests.h"
#include "tools/quayside/tests/cli_world.h"

namespace quayside::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kManifest[] =
    R"({"schema": 1, "id": "shop", "version": "1.2.3", "contracts": [{"id": "order_sync/1", "scope": "account"}]})";

class SigningTest : public ::testing::Test {
 protected:
  SigningTest() {
    world_.environment["QUAYSIDE_PLUGINS_TRUSTED_KEYS"] = trusted_;
    PutFile(bundle_ + "/plugin.so", MakeElf());
    PutFile(bundle_ + "/manifest.json", kManifest);
    fs::create_directories(keys_);
  }

  CliResult Run(const std::vector<std::string>& arguments) { return world_.Run(arguments); }
  CliResult Done(const std::vector<std::string>& arguments) {
    CliResult result = Run(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result;
  }
  google::protobuf::Struct Document(std::vector<std::string> arguments) {
    arguments.push_back("--json");
    google::protobuf::Struct document;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(Done(arguments).out, &document).ok());
    return document;
  }
  // Id of a new key in keys_.
  std::string Keygen(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"plugin", "keygen", "--name", "Acme", "--plugin", "shop", "--out", keys_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Document(arguments).fields().at("key").string_value();
  }
  [[nodiscard]] std::string KeyFile(const std::string& id, const std::string& suffix) const {
    return keys_ + "/" + id + suffix;
  }
  static mode_t ModeOf(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 0777;
  }

  CliWorld world_;
  std::string bundle_ = world_.Path("bundle");
  std::string keys_ = world_.Path("keys");
  std::string trusted_ = world_.Path("trusted");
};

TEST_F(SigningTest, Keygen_WritesASecretForItsOwnerAlone_AndAFileForTheHosts) {
  const std::string id = Keygen();
  EXPECT_EQ(ModeOf(KeyFile(id, ".pem")), 0600u);
  EXPECT_THAT(GetFile(KeyFile(id, ".pem")), HasSubstr("BEGIN PRIVATE KEY"));
  EXPECT_THAT(GetFile(KeyFile(id, ".toml")), AllOf(HasSubstr("name = \"Acme\""), HasSubstr("plugins = [\"shop\"]"),
                                                   HasSubstr("isolation = \"isolated\""), HasSubstr(id)));
  EXPECT_THAT(GetFile(KeyFile(id, ".toml")), Not(HasSubstr("PRIVATE")));
  EXPECT_NE(Keygen(), id);
}

TEST_F(SigningTest, Keygen_RefusesWhatHostsWouldRefuse_AndWritesNothing) {
  const auto refused = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"plugin", "keygen", "--name", "Acme", "--out", keys_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  };
  EXPECT_EQ(refused({"--plugin", "Shop!"}).exit_code, 1);
  EXPECT_EQ(refused({}).exit_code, 2);
  EXPECT_EQ(refused({"--plugin", "shop", "--isolation", "both"}).exit_code, 2);
  EXPECT_THAT(refused({"--plugin", "shop", "--not-after", "tomorrow"}).err, HasSubstr("--not-after must be a date"));
  EXPECT_THAT(refused({"--plugin", "shop", "--not-before", "2027-01-02", "--not-after", "2027-01-01"}).err,
              HasSubstr("not_after must be later than not_before"));
  EXPECT_TRUE(fs::is_empty(keys_));
}

TEST_F(SigningTest, SignTrustVerify) {
  const std::string id = Keygen({"--isolation", "in_process"});
  EXPECT_THAT(Done({"plugin", "sign", bundle_, "--key", KeyFile(id, ".pem")}).out,
              HasSubstr("signed shop 1.2.3 with key " + id));
  EXPECT_THAT(Run({"plugin", "verify", bundle_}).err, HasSubstr("[KEY_UNKNOWN]"));
  Done({"plugin", "trust", "add", KeyFile(id, ".toml")});
  EXPECT_EQ(Done({"plugin", "verify", bundle_}).out,
            "shop 1.2.3 is signed by Acme (" + id + ") and may run in process\n");
  std::ofstream(bundle_ + "/plugin.so", std::ios::app) << "x";
  const CliResult changed = Run({"plugin", "verify", bundle_});
  EXPECT_EQ(changed.exit_code, 1);
  EXPECT_THAT(changed.err, AllOf(HasSubstr("[BUNDLE_CHANGED]"), HasSubstr("plugin.so was changed after signing")));
}

TEST_F(SigningTest, Unsigned_IsNotVerified) {
  const CliResult result = Run({"plugin", "verify", bundle_});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("[PLUGIN_UNSIGNED]"), HasSubstr("quayside plugin sign")));
}

TEST_F(SigningTest, ASecretThatOthersCanRead_SignsNothing) {
  const std::string id = Keygen();
  chmod(KeyFile(id, ".pem").c_str(), 0640);
  EXPECT_THAT(Run({"plugin", "sign", bundle_, "--key", KeyFile(id, ".pem")}).err, HasSubstr("chmod 600"));
  EXPECT_FALSE(fs::exists(bundle_ + "/signatures"));
}

TEST_F(SigningTest, WhatNoHostWouldLoad_IsNotSigned) {
  const std::string id = Keygen();
  PutFile(bundle_ + "/plugin.so", MakeElf({.entries = {{DT_FLAGS, DF_STATIC_TLS}}}));
  EXPECT_THAT(Run({"plugin", "sign", bundle_, "--key", KeyFile(id, ".pem")}).err,
              AllOf(HasSubstr("[BUNDLE_INVALID]"), HasSubstr("STATIC_TLS"), HasSubstr("-ftls-model")));
}

TEST_F(SigningTest, NoKeyAtAll_IsSaid) {
  PutFile(world_.Path("note"), "not a key");
  chmod(world_.Path("note").c_str(), 0600);
  EXPECT_THAT(Run({"plugin", "sign", bundle_, "--key", world_.Path("note")}).err,
              HasSubstr("is no Ed25519 private key"));
  EXPECT_THAT(Run({"plugin", "sign", bundle_, "--key", world_.Path("nothing")}).err, HasSubstr("cannot read"));
}

TEST_F(SigningTest, Inspect_NeedsNoHost_AndShowsVerdictsAndFindings) {
  const std::string id = Keygen();
  Done({"plugin", "sign", bundle_, "--key", KeyFile(id, ".pem")});
  const CliResult unknown = Done({"plugin", "inspect", bundle_});
  EXPECT_THAT(unknown.out,
              AllOf(HasSubstr("plugins/shop"), HasSubstr("rejected"), HasSubstr("unknown key"), HasSubstr(id)));
  Done({"plugin", "trust", "add", KeyFile(id, ".toml")});
  PutFile(bundle_ + "/plugin.so",
          MakeElf({.symbols = {{.name = "qs_plugin_entry_v1"}, {.name = "fork", .section = SHN_UNDEF}}}));
  const CliResult changed = Done({"plugin", "inspect", bundle_});
  EXPECT_THAT(changed.out, AllOf(HasSubstr("changed"), HasSubstr("IMPORT"), HasSubstr("not in process"),
                                 HasSubstr("a plugin starts no process"), HasSubstr("libc.so.6")));
  const auto document = Document({"plugin", "inspect", bundle_});
  const auto& signature = document.fields().at("signatures").list_value().values(0).struct_value().fields();
  EXPECT_EQ(signature.at("state").string_value(), "SIGNATURE_STATE_CHANGED");
  const auto& finding = document.fields().at("findings").list_value().values(0).struct_value().fields();
  EXPECT_EQ(finding.at("weight").string_value(), "FINDING_WEIGHT_NOT_IN_PROCESS");
  EXPECT_EQ(document.fields().at("plugin").struct_value().fields().at("sha256").string_value().size(), 64u);
  EXPECT_THAT(Run({"plugin", "inspect", world_.Path("nowhere")}).err, HasSubstr("[BUNDLE_INVALID]"));
}

TEST_F(SigningTest, Trust_ListsRevokesAndDoesNotForget) {
  EXPECT_THAT(Done({"plugin", "trust", "list"}).out, HasSubstr("No key is trusted in " + trusted_));
  const std::string id = Keygen({"--not-after", "2024-12-01"});
  const std::string expired = Keygen({"--not-after", "2024-11-01"});
  for (const std::string& key : {id, expired}) Done({"plugin", "trust", "add", KeyFile(key, ".toml")});
  EXPECT_THAT(Done({"plugin", "trust", "list"}).out, AllOf(HasSubstr("trusted"), HasSubstr("expired")));
  Done({"plugin", "sign", bundle_, "--key", KeyFile(id, ".pem")});
  const CliResult warned = Done({"plugin", "verify", bundle_});
  EXPECT_THAT(warned.err, HasSubstr("expires on 2024-12-01T00:00:00Z"));
  EXPECT_EQ(Run({"plugin", "trust", "revoke", id}).exit_code, 2);
  EXPECT_THAT(Done({"plugin", "trust", "revoke", id, "--reason", "laptop stolen"}).out, HasSubstr("laptop stolen"));
  EXPECT_THAT(Done({"plugin", "trust", "list"}).out, HasSubstr("laptop stolen"));
  EXPECT_THAT(Run({"plugin", "verify", bundle_}).err, AllOf(HasSubstr("[KEY_REVOKED]"), HasSubstr("laptop stolen")));
  // The file the key came with does not bring it back by accident.
  EXPECT_THAT(Run({"plugin", "trust", "add", KeyFile(id, ".toml")}).err, HasSubstr("--replace"));
  EXPECT_THAT(Run({"plugin", "verify", bundle_}).err, HasSubstr("[KEY_REVOKED]"));
  Done({"plugin", "trust", "add", KeyFile(id, ".toml"), "--replace"});
  Done({"plugin", "verify", bundle_});
  EXPECT_THAT(Run({"plugin", "trust", "revoke", "0123456789abcdef", "--reason", "x"}).err, HasSubstr("trust list"));
}

// A file that was damaged may be one of a revoked key.
TEST_F(SigningTest, Trust_DoesNotReplaceWhatItCannotRead_UnlessToldTo) {
  const std::string id = Keygen();
  PutFile(trusted_ + "/" + id + ".toml", "key = \"" + id + "\"\n[revoked]\nreason = \"sto");
  const CliResult refused = Run({"plugin", "trust", "add", KeyFile(id, ".toml")});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("cannot be read as a key"), HasSubstr("--replace")));
  Done({"plugin", "trust", "add", KeyFile(id, ".toml"), "--replace"});
  EXPECT_THAT(Done({"plugin", "trust", "list"}).out, HasSubstr(id));
}

TEST_F(SigningTest, Trust_RefusesAFolderThatOthersCanWrite) {
  const std::string id = Keygen();
  Done({"plugin", "trust", "add", KeyFile(id, ".toml")});
  chmod(trusted_.c_str(), 0777);
  EXPECT_THAT(Run({"plugin", "trust", "list"}).err, AllOf(HasSubstr("[TRUSTED_KEYS_UNSAFE]"), HasSubstr("chmod go-w")));
}

}  // namespace
}  // namespace quayside::cli
