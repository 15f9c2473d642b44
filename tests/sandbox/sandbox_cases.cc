#include "tests/sandbox/sandbox_cases.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace quayside {
namespace {

namespace json = boost::json;

std::string Upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

std::optional<std::string> FindAmazonModels() {
  const char* named = std::getenv("QUAYSIDE_SP_API_MODELS");
  const std::filesystem::path folder =
      named != nullptr ? std::filesystem::path(named) : std::filesystem::path(QUAYSIDE_SOURCE_DIR) / "../shared/sp-api";
  std::error_code error;
  if (!std::filesystem::is_directory(folder / "models", error)) return std::nullopt;
  return folder.string();
}

std::vector<SandboxCase> ReadSandboxCases(const std::string& folder, const std::string& model) {
  std::ifstream file(folder + "/models/" + model);
  std::stringstream text;
  text << file.rdbuf();
  const json::value root = json::parse(text.str());
  std::vector<SandboxCase> cases;
  for (const auto& path : root.at("paths").as_object()) {
    for (const auto& method : path.value().as_object()) {
      const json::object* operation = method.value().if_object();
      if (operation == nullptr || !operation->contains("responses")) continue;
      for (const auto& response : operation->at("responses").as_object()) {
        const json::value* sandbox = response.value().as_object().if_contains("x-amzn-api-sandbox");
        if (sandbox == nullptr || !sandbox->as_object().contains("static")) continue;
        for (const json::value& entry : sandbox->at("static").as_array()) {
          SandboxCase found;
          found.model = model;
          found.operation = std::string(operation->at("operationId").as_string());
          found.method = Upper(std::string(method.key()));
          found.path = std::string(path.key());
          found.status = std::stoi(std::string(response.key()));
          if (const json::value* request = entry.as_object().if_contains("request");
              request != nullptr && request->as_object().contains("parameters")) {
            found.trigger = request->at("parameters").as_object();
          }
          if (const json::value* response_body = entry.as_object().if_contains("response"))
            found.response = *response_body;
          cases.push_back(std::move(found));
        }
      }
    }
  }
  return cases;
}

}  // namespace quayside
