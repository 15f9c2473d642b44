// The last line against a plugin that lets an exception out of its C functions. The SDK catches them all; a plugin
// written against the bare ABI may not.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {

// What `body` returns, or INTERNAL PLUGIN_FAULT when it throws. The exception is destroyed in here, while the plugin
// whose code that needs is still loaded.
template <typename Body>
[[nodiscard]] auto BehindBarrier(std::string_view function, Body&& body) -> absl::StatusOr<decltype(body())> {
  std::string what;
  try {
    return std::forward<Body>(body)();
  } catch (const std::exception& thrown) {
    what = thrown.what();
  } catch (...) {
    what = "something that is no std::exception";
  }
  return MakeError(absl::StatusCode::kInternal, Reason::kPluginFault,
                   Concat("an exception left ", function, ", where only a status may: ", what));
}

}  // namespace quayside
