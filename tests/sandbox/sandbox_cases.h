// Amazon's own static sandbox cases, read from its published models where they lie beside the checkout.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace quayside {

struct SandboxCase {
  std::string model;
  std::string operation;  // "searchOrders"
  std::string method;     // "GET"
  std::string path;       // template: "/orders/2026-01-01/orders/{orderId}"
  int status = 0;
  boost::json::object trigger;  // parameter name -> {"value": ...}
  boost::json::value response;  // null = no body
};

// The folder with models/: $QUAYSIDE_SP_API_MODELS, else ../shared/sp-api from the project's root. Nothing when neither
// is there.
[[nodiscard]] std::optional<std::string> FindAmazonModels();

// Every static case of a model, in the order of the file.
[[nodiscard]] std::vector<SandboxCase> ReadSandboxCases(const std::string& folder, const std::string& model);

// The answers a model gives as examples, as cases without a trigger: what there is of a model without static cases.
[[nodiscard]] std::vector<SandboxCase> ReadExamples(const std::string& folder, const std::string& model);

// What is wrong with a request's body by the model's schema of its operation; one text each. Throws when the operation
// has no body.
[[nodiscard]] std::vector<std::string> BodyProblems(const std::string& folder, const std::string& model,
                                                    const std::string& operation, const std::string& body);

}  // namespace quayside
