// Cassettes as files (sdk/conformance/cassette.h), for people and for version control: one exchange a line.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "absl/status/statusor.h"

namespace quayside::cli {

// Usage error when the file cannot be read or is no JSON object.
[[nodiscard]] absl::StatusOr<boost::json::object> ReadCassetteFile(const std::string& path);

[[nodiscard]] std::string CassetteText(const boost::json::object& cassette);

}  // namespace quayside::cli
