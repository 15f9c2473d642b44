// The shop's HTTP interface: how it is asked, and what its statuses mean.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "quayside/sdk.h"

namespace example_shop {

namespace pb = quayside::plugin::v1;
namespace sdk = quayside::sdk;

inline constexpr char kMarketplace[] = "main";
inline constexpr uint32_t kCursorSchema = 1;

using Query = std::vector<std::pair<std::string, std::string>>;

// GET; the answer's JSON. RETRY while the shop is throttling or down, AUTH when it does not accept the key.
[[nodiscard]] sdk::Result<boost::json::value> Get(const std::string& path, const std::string& operation,
                                                  const Query& query, sdk::Step& step);
%any_write%// POST of a JSON object; any status is a reply.
%any_write%[[nodiscard]] sdk::Result<pb::HttpReply> Post(const std::string& path, const std::string& operation,
%any_write%                                              const boost::json::object& body, sdk::Step& step);
%any_write%
// INVALID unless the cursor is one of ours.
[[nodiscard]] sdk::Result<bool> CheckCursor(bool has_cursor, const pb::Cursor& cursor);

}  // namespace example_shop
