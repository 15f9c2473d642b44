// The configuration an account's plugin instances get.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

// For instances of the version with this manifest: options that are stored for another version of the plugin are
// migrated, or taken back, on the way. ACCOUNT_NOT_FOUND.
[[nodiscard]] absl::StatusOr<quayside::plugin::v1::InstanceConfig> ReadInstanceConfig(
    ReadTx& tx, const quayside::plugin::v1::Manifest& manifest, const std::string& account_id);

// The account's options for that version, without its defaults.
[[nodiscard]] absl::StatusOr<std::map<std::string, std::string>> OptionsUnder(
    ReadTx& tx, const quayside::plugin::v1::Manifest& manifest, const AccountRecord& account);

// Every channel of the account; "" = of all accounts.
[[nodiscard]] absl::StatusOr<std::vector<ChannelRecord>> ReadAllChannels(ReadTx& tx, const std::string& account_id);
// Every account of the plugin.
[[nodiscard]] absl::StatusOr<std::vector<AccountRecord>> ReadAccountsOfPlugin(ReadTx& tx, const std::string& plugin_id);

}  // namespace quayside
