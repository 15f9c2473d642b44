#include "tests/bench/load_cycle.h"

#include <sys/stat.h>

#include <filesystem>
#include <stdexcept>

#include "host/base/text.h"
#include "host/plugin/admission.h"
#include "host/plugin/library.h"
#include "host/plugin/sign_bundle.h"
#include "tests/bench/figures.h"

namespace quayside {
namespace {

template <typename T>
T Checked(absl::StatusOr<T> value) {
  Check(value.status());
  return *std::move(value);
}

// Signed with a key made on the spot, which is trusted in process.
void SignAndTrust(const std::string& bundle_folder, const std::string& keys_folder) {
  const Ed25519Key key = Checked(Ed25519Key::Generate());
  const SignatureFile file = Checked(SignBundle(Checked(ReadBundle(bundle_folder)), key));
  Check(MakeDirectory(Concat(bundle_folder, "/", kSignatureFolder), 0755));
  Check(WriteFileAtomically(Concat(bundle_folder, "/", kSignatureFolder, "/", file.name), file.text, 0644));
  TrustedKey trusted = TrustedKeyOf(key);
  trusted.name = "Bench";
  trusted.plugins = {"*"};
  trusted.isolation = IsolationMode::kInProcess;
  Check(MakeDirectory(keys_folder, 0755));
  Check(WriteFileAtomically(Concat(keys_folder, "/", trusted.id, ".toml"), TrustedKeyToml(trusted), 0644));
}

}  // namespace

void MeasureLoadCycle(const std::string& bundle, const std::string& scratch) {
  constexpr int kCycles = 200;
  const std::string copy = scratch + "/signed";
  std::filesystem::copy(bundle, copy, std::filesystem::copy_options::recursive);
  SignAndTrust(copy, scratch + "/keys");
  const SystemClock clock;
  const auto trust = MakeTrustPolicy(clock, {.trusted_keys = scratch + "/keys"});
  const BundleGate gate(*trust, {});
  std::vector<double> verify;
  std::vector<double> cycle;
  for (int i = 0; i < kCycles; ++i) {
    double verified = 0;
    const double whole = SecondsOf([&] {
      Bundle read;
      verified = SecondsOf([&] {
        read = Checked(ReadBundle(copy));
        Check(gate.Admit(read, std::nullopt).status());
      });
      const auto library = Checked(LoadPluginLibrary(read, Concat(scratch, "/cycle.", i, ".so")));
      Check(library->Unload());
    });
    verify.push_back(verified * 1e3);
    cycle.push_back(whole * 1e3);
  }
  PrintRow("plugin_verify", Median(verify), "ms");
  PrintRow("plugin_verify_load_unload", Median(cycle), "ms");
}

}  // namespace quayside
