// The one form of "there is no such row".
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "host/base/errors.h"

namespace quayside {

// The value, or NOT_FOUND naming `collection`/`id` ("orders", "42").
template <typename T>
[[nodiscard]] absl::StatusOr<T> FoundOr(absl::StatusOr<std::optional<T>> found, Reason reason,
                                        const std::string& collection, const std::string& id) {
  if (!found.ok()) return found.status();
  if (found->has_value()) return **std::move(found);
  const std::string name = absl::StrCat(collection, "/", id);
  return MakeError(absl::StatusCode::kNotFound, reason, absl::StrCat("there is no '", name, "'"), {{"resource", name}});
}

}  // namespace quayside
