#include "sdk/conformance/bundle.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "sdk/conformance/files.h"

namespace quayside::conformance {
namespace {

namespace json = boost::json;

// The schema is an object in the file and a text in the message.
std::string ParseManifest(const std::string& text, Bundle& bundle) {
  boost::system::error_code error;
  json::value parsed = json::parse(text, error);
  if (error) return "manifest.json is no JSON: " + error.message();
  if (!parsed.is_object()) return "manifest.json is no object";
  json::object& object = parsed.as_object();
  if (const json::value* schema = object.if_contains("config_schema"); schema != nullptr && schema->is_object()) {
    const json::value* properties = schema->as_object().if_contains("properties");
    if (properties != nullptr && properties->is_object()) {
      for (const auto& property : properties->as_object()) bundle.options.emplace_back(property.key());
    }
    const std::string schema_text = json::serialize(*schema);
    object["config_schema"] = schema_text;
  }
  const auto status = google::protobuf::util::JsonStringToMessage(json::serialize(object), &bundle.manifest);
  return status.ok() ? std::string() : "manifest.json: " + std::string(status.message());
}

}  // namespace

BundleReading ReadBundle(const std::string& folder) {
  BundleReading reading;
  Bundle& bundle = reading.bundle;
  bundle.folder = folder;
  auto manifest = ReadFile(folder + "/manifest.json");
  auto library = ReadFile(folder + "/plugin.so");
  if (!manifest || !library) {
    reading.problem =
        folder + " is no bundle: it has no " + (manifest ? std::string("plugin.so") : std::string("manifest.json"));
    return reading;
  }
  bundle.manifest_json = *std::move(manifest);
  bundle.library = *std::move(library);
  reading.problem = ParseManifest(bundle.manifest_json, bundle);
  return reading;
}

const pb::Contract* FindContract(const pb::Manifest& manifest, const std::string& id) {
  const auto& contracts = manifest.contracts();
  const auto found = std::find_if(contracts.begin(), contracts.end(),
                                  [&](const pb::Contract& contract) { return contract.id() == id; });
  return found == contracts.end() ? nullptr : &*found;
}

bool Declares(const pb::Manifest& manifest, const std::string& contract, const std::string& method) {
  const pb::Contract* found = FindContract(manifest, contract);
  return found != nullptr &&
         std::find(found->methods().begin(), found->methods().end(), method) != found->methods().end();
}

}  // namespace quayside::conformance
