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

}  // namespace quayside
