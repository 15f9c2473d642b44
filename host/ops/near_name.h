// "Did you mean ...?"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quayside {

// The known name a reader most likely meant by `text`: at most a third of its letters differ (one letter left out,
// added, changed or swapped with its neighbour counts one). "" when none is near.
[[nodiscard]] std::string NearName(std::string_view text, const std::vector<std::string>& known);

}  // namespace quayside
