// Real plugins through the catalog: who may be installed, who starts again, and that what is loaded is what was judged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/plugin/admission.h"
#include "host/plugin/catalog.h"
#include "host/plugin/errors_for_tests.h"
#include "host/plugin/library.h"
#include "host/plugin/signing_for_tests.h"
#include "host/store/sqlite_store.h"
#include "tests/plugin/no_services.h"

namespace quayside {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr TimeUs kNow = 20'000 * kDayUs;

// A host's catalog on a folder of its own; Restart() is a new host on the same folder.
class TrustedPluginTest : public ::testing::Test {
 protected:
  TrustedPluginTest() {
    fs::create_directories(keys_);
    chmod(keys_.c_str(), 0755);
  }
  ~TrustedPluginTest() override { Stop(); }

  // A copy of a bundle that nobody else uses.
  std::string Copy(const std::string& name) {
    const std::string copy = folder_ / Concat("bundles/", fs::path(name).filename().string());
    fs::create_directories(fs::path(copy).parent_path());
    fs::copy(Concat(QUAYSIDE_TEST_BUNDLES, "/", name), copy, fs::copy_options::recursive);
    return copy;
  }

  std::string InstalledLibrary(const PluginStatus& installed) {
    return folder_ / Concat("plugins/", installed.record.folder, "/plugin.so");
  }

  void Start() {
    auto store = OpenSqliteStore({.data_dir = folder_ / "data"});
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    trust_ = MakeTrustPolicy(clock_, {.trusted_keys = keys_, .development = development_});
    gate_ = std::make_unique<BundleGate>(*trust_, wishes_);
    catalog_ = MakePluginCatalog(*store_, clock_, *logger_, http_, documents_, *gate_,
                                 {.plugin_dir = plugin_dir_,
                                  .run_dir = folder_ / "loaded",
                                  .workers_per_plugin = 1,
                                  .probe_program = probe_,
                                  .runner = {.program = runner_, .workers = 1}});
    ASSERT_TRUE(catalog_->Start().ok());
  }
  void Stop() {
    if (catalog_ != nullptr) catalog_->Stop();
    catalog_.reset();
    gate_.reset();
    store_.reset();
  }
  void Restart() {
    Stop();
    Start();
  }

  absl::StatusOr<PluginStatus> Install(const std::string& bundle) {
    if (catalog_ == nullptr) Start();
    return catalog_->Install(bundle, InstallOptions{});
  }
  void ExpectRefused(const std::string& bundle, absl::StatusCode code, Reason reason,
                     const ::testing::Matcher<std::string>& message) {
    const auto installed = Install(bundle);
    ASSERT_FALSE(installed.ok());
    ExpectError(installed.status(), code, reason, message);
    EXPECT_THAT(catalog_->List(), IsEmpty());
    EXPECT_TRUE(fs::is_empty(folder_ / "plugins")) << "something of a refused bundle is left";
  }
  std::vector<EventRecord> Events(const std::string& type) {
    std::vector<EventRecord> found;
    EXPECT_TRUE(store_
                    ->Read([&](ReadTx& tx) -> absl::Status {
                      QS_ASSIGN_OR_RETURN(found, tx.ListEvents({.limit = 1000}));
                      return absl::OkStatus();
                    })
                    .ok());
    std::erase_if(found, [&](const EventRecord& event) { return event.type != type; });
    return found;
  }

  TestFolder folder_;
  std::string plugin_dir_ = folder_ / "plugins";
  std::string keys_ = folder_ / "keys";
  std::string probe_ = QUAYSIDE_TEST_PROBE;
  std::string runner_ = QUAYSIDE_TEST_RUNNER;
  ManualClock clock_{kNow};
  bool development_ = false;
  IsolationWishes wishes_;
  TestSigner acme_{"Acme"};
  std::unique_ptr<Logger> logger_ = MakeNullLogger();
  NoHttp http_;
  NoDocuments documents_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<TrustPolicy> trust_;
  std::unique_ptr<BundleGate> gate_;
  std::unique_ptr<PluginCatalog> catalog_;
};

TEST_F(TrustedPluginTest, Signed_IsInstalled_AndShownWithItsSigner) {
  const std::string bundle = Copy("echo");
  acme_.Sign(bundle);
  acme_.PutInto(keys_);
  const auto installed = Install(bundle);
  ASSERT_TRUE(installed.ok()) << installed.status();
  EXPECT_EQ(installed->signer, Concat("Acme (", acme_.trusted.id, ")"));
  EXPECT_THAT(installed->signing_keys, ElementsAre(acme_.trusted.id));
  EXPECT_EQ(installed->health, PluginHealth::kActive);
  const auto events = Events("plugin.installed");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].attributes.at("signer"), installed->signer);
  Restart();
  EXPECT_EQ(catalog_->Get("echo")->signer, installed->signer);
  EXPECT_EQ(catalog_->Get("echo")->health, PluginHealth::kActive);
}

TEST_F(TrustedPluginTest, Unsigned_IsRefused_ButInDevelopment_WhereItIsShownAsUnsignedEverywhere) {
  const std::string bundle = Copy("echo");
  ExpectRefused(bundle, absl::StatusCode::kFailedPrecondition, Reason::kPluginUnsigned, HasSubstr("is not signed"));
  development_ = true;
  Restart();
  const auto installed = Install(bundle);
  ASSERT_TRUE(installed.ok()) << installed.status();
  EXPECT_EQ(installed->signer, "UNSIGNED");
  EXPECT_EQ(Events("plugin.installed").at(0).attributes.at("signer"), "UNSIGNED");
  EXPECT_EQ(catalog_->Inspect(bundle)->status.signer, "UNSIGNED");
  // Not in production after all: it is there and says why it does not run.
  development_ = false;
  Restart();
  const auto refused = catalog_->Get("echo");
  EXPECT_EQ(refused->health, PluginHealth::kRejected);
  EXPECT_EQ(refused->signer, "UNSIGNED");
  EXPECT_THAT(refused->error, HasSubstr("is not signed"));
  const auto events = Events("plugin.refused");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].attributes.at("reason"), "PLUGIN_UNSIGNED");
}

TEST_F(TrustedPluginTest, WrongHash_IsRefused) {
  const std::string bundle = Copy("echo");
  acme_.Sign(bundle);
  acme_.PutInto(keys_);
  PutFile(bundle + "/plugin.so", GetFile(bundle + "/plugin.so") + "x");
  ExpectRefused(bundle, absl::StatusCode::kFailedPrecondition, Reason::kBundleChanged,
                HasSubstr("plugin.so was changed after signing"));
}

TEST_F(TrustedPluginTest, WrongKey_IsRefused) {
  const std::string bundle = Copy("echo");
  TestSigner("Mallory").Sign(bundle);
  acme_.PutInto(keys_);
  ExpectRefused(bundle, absl::StatusCode::kFailedPrecondition, Reason::kKeyUnknown, HasSubstr("no key of this id"));
}

TEST_F(TrustedPluginTest, RevokedKey_IsRefused) {
  const std::string bundle = Copy("echo");
  acme_.Sign(bundle);
  acme_.trusted.revoked = KeyRevocation{kNow, "leaked"};
  acme_.PutInto(keys_);
  ExpectRefused(bundle, absl::StatusCode::kFailedPrecondition, Reason::kKeyRevoked, HasSubstr("leaked"));
}

TEST_F(TrustedPluginTest, ExpiredKey_IsRefused) {
  const std::string bundle = Copy("echo");
  acme_.Sign(bundle);
  acme_.trusted.not_after = kNow;
  acme_.PutInto(keys_);
  ExpectRefused(bundle, absl::StatusCode::kFailedPrecondition, Reason::kKeyExpired, HasSubstr("expired"));
}

// The developer signed what came out of a full disk.
TEST_F(TrustedPluginTest, Truncated_IsRefused_ThoughSigned) {
  const std::string bundle = Copy("echo");
  const std::string whole = GetFile(bundle + "/plugin.so");
  PutFile(bundle + "/plugin.so", whole.substr(0, whole.size() / 2));
  acme_.Sign(bundle);
  acme_.PutInto(keys_);
  ExpectRefused(bundle, absl::StatusCode::kInvalidArgument, Reason::kBundleInvalid, HasSubstr("truncated"));
}

TEST_F(TrustedPluginTest, AnotherArchitecture_IsRefused_ThoughSigned) {
  const std::string bundle = Copy("echo");
  std::string library = GetFile(bundle + "/plugin.so");
  library[18] = '\xf3';  // e_machine: RISC-V
  library[19] = '\0';
  PutFile(bundle + "/plugin.so", library);
  acme_.Sign(bundle);
  acme_.PutInto(keys_);
  ExpectRefused(bundle, absl::StatusCode::kInvalidArgument, Reason::kBundleInvalid,
                HasSubstr("was built for another architecture"));
}

TEST_F(TrustedPluginTest, WhatIsNotForTheHostsProcess_IsRefused_WhereItWouldRunThere) {
  const std::string sockets = Copy("bad/opens_sockets");
  const std::string bundle = Copy("bad/leaves_thread");
  acme_.Sign(sockets);
  acme_.Sign(bundle);
  acme_.PutInto(keys_);
  ExpectRefused(bundle, absl::StatusCode::kInvalidArgument, Reason::kBundleInvalid,
                AllOf(HasSubstr("imports pthread_create"), HasSubstr("the host owns threads")));
  ExpectRefused(sockets, absl::StatusCode::kInvalidArgument, Reason::kBundleInvalid,
                AllOf(HasSubstr("imports socket"), HasSubstr("Step::Http()")));
  acme_.trusted.isolation = IsolationMode::kIsolated;
  acme_.PutInto(keys_);
  const auto looked_at = catalog_->Inspect(bundle);
  ASSERT_TRUE(looked_at.ok());
  EXPECT_EQ(looked_at->status.error, "");
  EXPECT_EQ(looked_at->status.isolation, IsolationMode::kIsolated);
}

// The probe is a child without confinement: what may not run in the host must not run there either.
TEST_F(TrustedPluginTest, WhatRunsIsolated_RunsInARunner_AndNowhereBefore) {
  const std::string bundle = Copy("echo");
  acme_.trusted.isolation = IsolationMode::kIsolated;
  acme_.PutInto(keys_);
  acme_.Sign(bundle);
  probe_ = "/nowhere/quayside-probe";
  const auto installed = Install(bundle);
  ASSERT_TRUE(installed.ok()) << installed.status();
  EXPECT_EQ(installed->isolation, IsolationMode::kIsolated);
  EXPECT_FALSE(IsMapped(Concat(folder_ / "loaded", "/echo.1.so")));
  EXPECT_TRUE(fs::is_empty(folder_ / "loaded"));
}

TEST_F(TrustedPluginTest, WhatRunsIsolatedOnly_IsRefused_WhereNoRunnerIs) {
  const std::string bundle = Copy("echo");
  acme_.trusted.isolation = IsolationMode::kIsolated;
  acme_.PutInto(keys_);
  acme_.Sign(bundle);
  runner_.clear();
  ExpectRefused(bundle, absl::StatusCode::kFailedPrecondition, Reason::kPluginRejected,
                HasSubstr("this host has no quayside-runner"));
}

TEST_F(TrustedPluginTest, AVersionOfFormerDays_IsRefusedWithOtherBytes) {
  const std::string newer = Copy("echo_next");
  const std::string bundle = Copy("echo");
  for (const std::string& each : {newer, bundle}) acme_.Sign(each);
  acme_.PutInto(keys_);
  ASSERT_TRUE(Install(newer).ok());
  ASSERT_TRUE(store_
                  ->Write([&](Tx& tx) {
                    return tx.PutPluginVersion({.plugin_id = "echo",
                                                .version = "1.0.0",
                                                .folder = folder_ / "elsewhere",
                                                .sha256 = std::string(64, '0'),
                                                .manifest_json = "{}",
                                                .placed_us = kNow,
                                                .standing_us = kNow});
                  })
                  .ok());
  Restart();
  ExpectError(Install(bundle).status(), absl::StatusCode::kFailedPrecondition, Reason::kPluginVersionExists,
              HasSubstr("echo 1.0.0 is installed with other bytes"));
}

TEST_F(TrustedPluginTest, RevokedSince_DoesNotStartAgain_AndIsTold) {
  const std::string bundle = Copy("echo");
  acme_.Sign(bundle);
  acme_.PutInto(keys_);
  ASSERT_TRUE(Install(bundle).ok());
  acme_.trusted.revoked = KeyRevocation{kNow, "leaked"};
  acme_.PutInto(keys_);
  Restart();
  EXPECT_EQ(catalog_->Get("echo")->health, PluginHealth::kRejected);
  EXPECT_THAT(catalog_->Get("echo")->error, HasSubstr("leaked"));
  EXPECT_EQ(Events("plugin.refused").at(0).attributes.at("reason"), "KEY_REVOKED");
}

TEST_F(TrustedPluginTest, ExpiredSince_KeepsRunning) {
  const std::string bundle = Copy("echo");
  acme_.Sign(bundle);
  acme_.trusted.not_after = kNow + kDayUs;
  acme_.PutInto(keys_);
  ASSERT_TRUE(Install(bundle).ok());
  clock_.Advance(300 * kDayUs);
  Restart();
  EXPECT_EQ(catalog_->Get("echo")->health, PluginHealth::kActive) << catalog_->Get("echo")->error;
}

// A database that was restored on another machine, beside a copy of the plugin folder.
TEST_F(TrustedPluginTest, AtAnotherPlace_ItsBundlesAreFound) {
  const std::string bundle = Copy("echo");
  acme_.Sign(bundle);
  acme_.PutInto(keys_);
  const auto installed = Install(bundle);
  ASSERT_TRUE(installed.ok()) << installed.status();
  EXPECT_EQ(installed->record.folder, "echo/" + installed->record.version);
  Stop();
  fs::rename(folder_ / "plugins", folder_ / "elsewhere");
  plugin_dir_ = folder_ / "elsewhere";
  Start();
  EXPECT_EQ(catalog_->Get("echo")->health, PluginHealth::kActive) << catalog_->Get("echo")->error;
}

// Older hosts kept whole paths.
TEST_F(TrustedPluginTest, AWholePathOfAnOlderHost_IsFound_AlsoAtAnotherPlace) {
  const std::string bundle = Copy("echo");
  acme_.Sign(bundle);
  acme_.PutInto(keys_);
  const auto installed = Install(bundle);
  ASSERT_TRUE(installed.ok()) << installed.status();
  const absl::Status written = store_->Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(PluginRecord record, tx.GetPlugin("echo"));
    record.folder = plugin_dir_ + "/" + record.folder;
    return tx.PutPlugin(record);
  });
  ASSERT_TRUE(written.ok()) << written;
  Restart();
  EXPECT_EQ(catalog_->Get("echo")->health, PluginHealth::kActive) << catalog_->Get("echo")->error;
  Stop();
  fs::rename(folder_ / "plugins", folder_ / "elsewhere");
  plugin_dir_ = folder_ / "elsewhere";
  Start();
  EXPECT_EQ(catalog_->Get("echo")->health, PluginHealth::kActive) << catalog_->Get("echo")->error;
}

TEST_F(TrustedPluginTest, ChangedOnTheDisk_DoesNotStartAgain) {
  const std::string bundle = Copy("echo");
  acme_.Sign(bundle);
  acme_.PutInto(keys_);
  const auto installed = Install(bundle);
  ASSERT_TRUE(installed.ok());
  Stop();
  const std::string library = InstalledLibrary(*installed);
  PutFile(library, GetFile(library) + "x");
  Start();
  EXPECT_EQ(catalog_->Get("echo")->health, PluginHealth::kRejected);
}

TEST_F(TrustedPluginTest, SignedAnew_TheNewSignaturesAreTakenOver_WithoutLoading) {
  const std::string bundle = Copy("echo");
  acme_.Sign(bundle);
  acme_.PutInto(keys_);
  const auto first = Install(bundle);
  ASSERT_TRUE(first.ok());
  const TestSigner next{"Acme next"};
  next.PutInto(keys_);
  next.Sign(bundle);
  const auto again = Install(bundle);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_THAT(again->signer, HasSubstr("Acme next"));
  ASSERT_EQ(again->generations.size(), 1u);
  EXPECT_EQ(again->generations[0].number, first->generations.at(0).number);
  EXPECT_EQ(Events("plugin.signed").size(), 1u);
  // The old key goes; the plugin stays.
  acme_.trusted.revoked = KeyRevocation{kNow, "replaced"};
  acme_.PutInto(keys_);
  Restart();
  EXPECT_EQ(catalog_->Get("echo")->health, PluginHealth::kActive) << catalog_->Get("echo")->error;
  EXPECT_THAT(catalog_->Get("echo")->signer, AllOf(HasSubstr("Acme next"), Not(HasSubstr("Acme ("))));
}

// A version that waits, or that one would go back to, is of no use once its key is revoked.
TEST_F(TrustedPluginTest, SignedAnew_AVersionThatDoesNotWork_TakesTheNewSignatures) {
  const std::string works = Copy("echo");
  const std::string waits = Copy("echo_next");
  acme_.Sign(works);
  acme_.Sign(waits);
  acme_.PutInto(keys_);
  ASSERT_TRUE(Install(works).ok());
  ASSERT_TRUE(Install(waits).ok());
  const TestSigner next{"Acme next"};
  next.PutInto(keys_);
  next.Sign(waits);
  acme_.trusted.revoked = KeyRevocation{kNow, "stolen"};
  acme_.PutInto(keys_);
  for (int times = 1; times <= 2; ++times) {
    const auto again = Install(waits);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_THAT(again->signer, Not(HasSubstr("Acme next"))) << "the version that works is another";
    EXPECT_THAT(again->version_signers.at("1.1.0"), HasSubstr("Acme next"));
    EXPECT_EQ(Events("plugin.signed").size(), 1u);
  }
  const auto reloaded = catalog_->Reload({.plugin_id = "echo", .version = "1.1.0", .canary = {.skip = true}}, nullptr);
  ASSERT_TRUE(reloaded.ok()) << reloaded.status();
  EXPECT_THAT(catalog_->Get("echo")->signer, HasSubstr("Acme next"));
}

TEST_F(TrustedPluginTest, NewSignaturesThatCouldNotBeRecorded_AreNotShown) {
  const std::string bundle = Copy("echo");
  acme_.Sign(bundle);
  acme_.PutInto(keys_);
  ASSERT_TRUE(Install(bundle).ok());
  const TestSigner next{"Acme next"};
  next.PutInto(keys_);
  next.Sign(bundle);
  const auto again = catalog_->Install(
      bundle, {}, [](Tx&, const PluginStatus&) { return absl::ResourceExhaustedError("the disk is full"); });
  EXPECT_EQ(again.status().message(), "the disk is full");
  EXPECT_THAT(catalog_->Get("echo")->signer, Not(HasSubstr("Acme next")));
  EXPECT_TRUE(Install(bundle).ok());
  EXPECT_THAT(catalog_->Get("echo")->signer, HasSubstr("Acme next"));
}

// The newer version was active once; an old build of it stays signed for ever.
TEST_F(TrustedPluginTest, AnOlderVersion_IsRefused_UnlessAskedFor_AndThenTold) {
  const std::string newer = Copy("echo_next");
  const std::string older = Copy("echo");
  TestSigner second{"Second"};
  second.Sign(newer);
  second.PutInto(keys_);
  acme_.Sign(older);
  acme_.PutInto(keys_);
  ASSERT_TRUE(Install(newer).ok());
  second.trusted.revoked = KeyRevocation{kNow, "leaked"};
  second.PutInto(keys_);
  Restart();  // the newer one may not run any more
  const auto refused = Install(older);
  ASSERT_FALSE(refused.ok());
  ExpectError(refused.status(), absl::StatusCode::kFailedPrecondition, Reason::kPluginDowngrade,
              AllOf(HasSubstr("is older than"), HasSubstr("allow the downgrade")));
  const auto allowed = catalog_->Install(older, {.allow_downgrade = true});
  ASSERT_TRUE(allowed.ok()) << allowed.status();
  EXPECT_EQ(allowed->health, PluginHealth::kActive);
  ASSERT_EQ(Events("plugin.downgraded").size(), 1u);
  EXPECT_EQ(Events("plugin.downgraded")[0].attributes.at("version"), allowed->record.version);
}

// Between the look and the load somebody puts another library into the folder.
TEST_F(TrustedPluginTest, WhatIsLoadedAndKept_IsWhatWasJudged) {
  const std::string bundle = Copy("echo");
  acme_.Sign(bundle);
  acme_.PutInto(keys_);
  const std::string judged = GetFile(bundle + "/plugin.so");
  probe_ = folder_ / "probe";
  PutFile(probe_, Concat("#!/bin/sh\ncp ", QUAYSIDE_TEST_BUNDLES, "/bad/other_id/plugin.so ", bundle,
                         "/plugin.so\necho 'quayside-probe: fine'\n"));
  chmod(probe_.c_str(), 0755);
  const auto installed = Install(bundle);
  ASSERT_TRUE(installed.ok()) << installed.status();
  ASSERT_NE(GetFile(bundle + "/plugin.so"), judged) << "the test changed nothing";
  EXPECT_EQ(installed->record.sha256, Sha256Hex(judged));
  EXPECT_EQ(GetFile(InstalledLibrary(*installed)), judged);
}

TEST_F(TrustedPluginTest, Inspect_ShowsEverySignature_AndEveryFinding_OfWhatWouldBeRefused) {
  const std::string bundle = Copy("bad/static_tls");
  TestSigner("Mallory").Sign(bundle);
  Start();
  const auto inspection = catalog_->Inspect(bundle);
  ASSERT_TRUE(inspection.ok()) << inspection.status();
  EXPECT_EQ(inspection->status.health, PluginHealth::kRejected);
  ASSERT_EQ(inspection->report.signatures.size(), 1u);
  EXPECT_EQ(inspection->report.signatures[0].state, SignatureState::kUnknownKey);
  ASSERT_FALSE(inspection->report.findings.empty());
  EXPECT_EQ(inspection->report.findings[0].id, "STATIC_TLS");
}

}  // namespace
}  // namespace quayside
