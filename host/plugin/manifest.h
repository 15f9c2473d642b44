// manifest.json: parsed strictly (unknown keys are mistakes) and checked for everything the host relies on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "host/base/errors.h"
#include "host/plugin/option_schema.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

// INVALID_ARGUMENT BUNDLE_INVALID with every finding.
[[nodiscard]] absl::StatusOr<quayside::plugin::v1::Manifest> ParseManifest(std::string_view json);

[[nodiscard]] const quayside::plugin::v1::Contract* FindContract(const quayside::plugin::v1::Manifest& manifest,
                                                                 std::string_view id);

[[nodiscard]] bool OffersMethod(const quayside::plugin::v1::Contract& contract, std::string_view method);

// For one account; whoever asks for many keeps an OptionSchema.
// Values against the manifest's configuration schema: unknown, missing and ill-formed options, field "options.{name}".
[[nodiscard]] std::vector<FieldViolation> CheckOptions(const quayside::plugin::v1::Manifest& manifest,
                                                       const OptionMap& options);
// `options` with the schema's defaults where a value is absent.
[[nodiscard]] OptionMap WithDefaults(const quayside::plugin::v1::Manifest& manifest, const OptionMap& options);

}  // namespace quayside
