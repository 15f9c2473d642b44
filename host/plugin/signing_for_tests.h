// Keys made on the spot, folders of trusted keys, and signed bundles.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <stdexcept>
#include <string>

#include "host/base/text.h"
#include "host/plugin/folder_for_tests.h"
#include "host/plugin/sign_bundle.h"

namespace quayside {

// A private key and what a host is told about it. `trusted` is the test's to change.
struct TestSigner {
  explicit TestSigner(const std::string& name = "Acme") : key(Make()), trusted(TrustedKeyOf(key)) {
    trusted.name = name;
    trusted.plugins = {"*"};
    trusted.isolation = IsolationMode::kInProcess;
  }

  // Writes KEYID.toml, as `quayside plugin trust add` does.
  void PutInto(const std::string& keys_folder) const {
    const std::string path = Concat(keys_folder, "/", trusted.id, ".toml");
    PutFile(path, TrustedKeyToml(trusted));
    chmod(keys_folder.c_str(), 0755);
    chmod(path.c_str(), 0644);
  }
  void Sign(const std::string& bundle_folder) const {
    const auto bundle = ReadBundle(bundle_folder);
    if (!bundle.ok()) throw std::runtime_error(bundle.status().ToString());
    const auto file = SignBundle(*bundle, key);
    if (!file.ok()) throw std::runtime_error(file.status().ToString());
    PutFile(Concat(bundle_folder, "/", kSignatureFolder, "/", file->name), file->text);
  }

  Ed25519Key key;
  TrustedKey trusted;

 private:
  static Ed25519Key Make() {
    auto key = Ed25519Key::Generate();
    if (!key.ok()) throw std::runtime_error(key.status().ToString());
    return *std::move(key);
  }
};

}  // namespace quayside
