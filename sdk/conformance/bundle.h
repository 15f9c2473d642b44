// The folder under test: its bytes, and its manifest as the cases need it.
#pragma once

#include <string>
#include <vector>

#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside::conformance {

namespace pb = ::quayside::plugin::v1;

struct Bundle {
  std::string folder;
  std::string manifest_json;
  std::string library;  // the bytes of plugin.so
  pb::Manifest manifest;
  std::vector<std::string> options;  // names in the configuration schema
};

struct BundleReading {
  std::string problem;  // empty, or why the folder is no bundle
  Bundle bundle;
};

[[nodiscard]] BundleReading ReadBundle(const std::string& folder);

[[nodiscard]] const pb::Contract* FindContract(const pb::Manifest& manifest, const std::string& id);
[[nodiscard]] bool Declares(const pb::Manifest& manifest, const std::string& contract, const std::string& method);

}  // namespace quayside::conformance
