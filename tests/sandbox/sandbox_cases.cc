#include "tests/sandbox/sandbox_cases.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "testing/json_schema.h"

namespace quayside {
namespace {

namespace json = boost::json;

std::string Upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

json::value ReadModel(const std::string& folder, const std::string& model) {
  std::ifstream file(folder + "/models/" + model);
  std::stringstream text;
  text << file.rdbuf();
  return json::parse(text.str());
}

// `visit` gets a case that knows whose answer it is, and the response as the model describes it.
template <typename Visit>
void ForEachResponse(const json::value& root, const std::string& model, Visit&& visit) {
  for (const auto& path : root.at("paths").as_object()) {
    for (const auto& method : path.value().as_object()) {
      const json::object* operation = method.value().if_object();
      if (operation == nullptr || !operation->contains("responses")) continue;
      for (const auto& response : operation->at("responses").as_object()) {
        SandboxCase of;
        of.model = model;
        of.operation = std::string(operation->at("operationId").as_string());
        of.method = Upper(std::string(method.key()));
        of.path = std::string(path.key());
        of.status = std::stoi(std::string(response.key()));
        visit(of, response.value().as_object());
      }
    }
  }
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
  std::vector<SandboxCase> cases;
  ForEachResponse(ReadModel(folder, model), model, [&](const SandboxCase& of, const json::object& response) {
    const json::value* sandbox = response.if_contains("x-amzn-api-sandbox");
    if (sandbox == nullptr || !sandbox->as_object().contains("static")) return;
    for (const json::value& entry : sandbox->at("static").as_array()) {
      SandboxCase found = of;
      if (const json::value* request = entry.as_object().if_contains("request");
          request != nullptr && request->as_object().contains("parameters")) {
        found.trigger = request->at("parameters").as_object();
      }
      if (const json::value* body = entry.as_object().if_contains("response")) found.response = *body;
      cases.push_back(std::move(found));
    }
  });
  return cases;
}

std::vector<SandboxCase> ReadExamples(const std::string& folder, const std::string& model) {
  std::vector<SandboxCase> cases;
  ForEachResponse(ReadModel(folder, model), model, [&](const SandboxCase& of, const json::object& response) {
    const json::value* examples = response.if_contains("examples");
    if (examples == nullptr) return;
    // Some models have the answer itself where others have one for each media type.
    const json::value* of_json = examples->as_object().if_contains("application/json");
    SandboxCase found = of;
    found.response = of_json == nullptr ? *examples : *of_json;
    cases.push_back(std::move(found));
  });
  return cases;
}

std::vector<std::string> BodyProblems(const std::string& folder, const std::string& model, const std::string& operation,
                                      const std::string& body) {
  const json::value root = ReadModel(folder, model);
  for (const auto& path : root.at("paths").as_object()) {
    for (const auto& method : path.value().as_object()) {
      const json::object* described = method.value().if_object();
      if (described == nullptr || !described->contains("operationId") ||
          described->at("operationId").as_string() != operation)
        continue;
      for (const json::value& parameter : described->at("parameters").as_array()) {
        if (parameter.at("in").as_string() == "body")
          return amazon_sim::SchemaProblems(root, parameter.at("schema"), json::parse(body));
      }
    }
  }
  throw std::runtime_error(model + " has no " + operation + " with a body");
}

}  // namespace quayside
