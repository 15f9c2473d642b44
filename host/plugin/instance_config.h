// The configuration an account's plugin instances get.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/plugin/option_schema.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

// For instances of the version with this manifest: options that are stored for another version of the plugin are
// migrated, or taken back, on the way. ACCOUNT_NOT_FOUND.
[[nodiscard]] absl::StatusOr<quayside::plugin::v1::InstanceConfig> ReadInstanceConfig(
    ReadTx& tx, const quayside::plugin::v1::Manifest& manifest, const std::string& account_id);

// The same for whoever has read the account and all its channels, and asks for many.
[[nodiscard]] absl::StatusOr<quayside::plugin::v1::InstanceConfig> MakeInstanceConfig(
    ReadTx& tx, const OptionSchema& schema, const AccountRecord& account, const std::vector<ChannelRecord>& channels);

// The account's options for the version with that schema, without its defaults.
[[nodiscard]] absl::StatusOr<OptionMap> OptionsUnder(ReadTx& tx, const OptionSchema& schema,
                                                     const AccountRecord& account);

// Every channel of the account; "" = of all accounts.
[[nodiscard]] absl::StatusOr<std::vector<ChannelRecord>> ReadAllChannels(ReadTx& tx, const std::string& account_id);
// Every account of the plugin, by id; its channels, and where its lanes stand, by account and id.
[[nodiscard]] absl::StatusOr<std::vector<AccountRecord>> ReadAccountsOfPlugin(ReadTx& tx, const std::string& plugin_id);
[[nodiscard]] absl::StatusOr<std::vector<ChannelRecord>> ReadChannelsOfPlugin(ReadTx& tx, const std::string& plugin_id);
[[nodiscard]] absl::StatusOr<std::vector<LanePlaceRecord>> ReadLanePlacesOfPlugin(ReadTx& tx,
                                                                                  const std::string& plugin_id);

}  // namespace quayside
