// Requests as the Selling Partner API wants them.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "quayside/plugin/v1/services.pb.h"
#include "quayside/retry.h"
#include "quayside/step.h"
#include "settings.h"

namespace quayside::amazon {

// A request to the account's end point with the access token, on the budget of `operation`. `path` is encoded already.
[[nodiscard]] plugin::v1::HttpRequest NewRequest(const Settings& settings, const char* operation, const char* method,
                                                 std::string path);

// Sends a request that only reads: when its answer is lost, nothing is unknown, it is asked again (RETRY).
[[nodiscard]] sdk::Result<plugin::v1::HttpReply> Read(sdk::Step& step, const plugin::v1::HttpRequest& request);

// The body and its Content-Type.
void SetJsonBody(plugin::v1::HttpRequest& request, const boost::json::object& body);

void AddQuery(plugin::v1::HttpRequest& request, std::string name, std::string value);

// Lists go out as one value, comma-separated.
[[nodiscard]] std::string Csv(const std::vector<std::string>& values);

// For one segment of a path: everything but letters, digits and -._~ is escaped. SKUs may hold spaces and slashes.
[[nodiscard]] std::string EncodeSegment(std::string_view text);

using sdk::HeaderOf;

}  // namespace quayside::amazon
