// Small structures inside a column, as JSON text: option maps, lists of text, the channel configuration, a lane's pass
// and backfill. Keys a reader does not know are left alone and missing ones keep their default, so that a field can be
// added without a migration.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "host/store/outbound_records.h"
#include "host/store/post_sale_records.h"
#include "host/store/records.h"

namespace quayside {

[[nodiscard]] std::string TextMapToJson(const std::map<std::string, std::string>& values);
[[nodiscard]] std::string TextListToJson(const std::vector<std::string>& values);
[[nodiscard]] std::string NumberListToJson(const std::vector<int64_t>& values);
[[nodiscard]] std::string ChannelConfigToJson(const ChannelConfig& config);
[[nodiscard]] std::string PassToJson(const PassRecord& pass);
[[nodiscard]] std::string BackfillToJson(const BackfillRecord& backfill);
[[nodiscard]] std::string OutboundPartsToJson(const std::vector<OutboundPart>& parts);
[[nodiscard]] std::string PostSaleLinesToJson(const std::vector<PostSaleLine>& lines);

// DATA_LOSS DATABASE_CORRUPT when the text is not what the functions above write.
[[nodiscard]] absl::StatusOr<std::map<std::string, std::string>> TextMapFromJson(std::string_view json);
[[nodiscard]] absl::StatusOr<std::vector<std::string>> TextListFromJson(std::string_view json);
[[nodiscard]] absl::StatusOr<ChannelConfig> ChannelConfigFromJson(std::string_view json);
[[nodiscard]] absl::StatusOr<PassRecord> PassFromJson(std::string_view json);
[[nodiscard]] absl::StatusOr<BackfillRecord> BackfillFromJson(std::string_view json);
[[nodiscard]] absl::StatusOr<std::vector<OutboundPart>> OutboundPartsFromJson(std::string_view json);
[[nodiscard]] absl::StatusOr<std::vector<PostSaleLine>> PostSaleLinesFromJson(std::string_view json);

}  // namespace quayside
