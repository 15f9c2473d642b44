// A plugin as text: what `show` and `inspect` print.
#pragma once

#include <string>
#include <string_view>

#include "quayside/v1/plugin_service.pb.h"
#include "tools/quayside/context.h"
#include "tools/quayside/table.h"

namespace quayside::cli {

[[nodiscard]] Cell PluginStateCell(const v1::Plugin& plugin);
// Of a generation's state, as the API words it.
[[nodiscard]] Color GenerationColor(std::string_view state);
// `signer`: as the API says it of a plugin, a version or a generation.
[[nodiscard]] Cell SignerCell(const std::string& signer);
void PrintPlugin(Context& context, const v1::Plugin& plugin);
void PrintSignatures(Context& context, const google::protobuf::RepeatedPtrField<v1::BundleSignature>& signatures);
void PrintInspection(Context& context, const v1::InspectPluginResponse& inspection);

}  // namespace quayside::cli
