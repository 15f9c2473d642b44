// Puts the HTTP service together.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "host/net/http_client.h"
#include "host/net/http_service.h"
#include "host/net/rate_budget.h"
#include "host/net/tokens.h"

namespace quayside {

struct HttpServiceOptions {
  // "https://sellingpartnerapi-eu.amazon.com" -> "http://127.0.0.1:8080": development only.
  std::map<std::string, std::string> origin_map;
  std::string user_agent;  // of the host; InstanceConfig.user_agent is the same text
  // Addresses of origins, after the map above, whose requests carry the trace of their step (host/base/trace_scope.h).
  // Others never do: which calls belong together is no marketplace's business.
  std::set<std::string> trace_origins = {};
};

[[nodiscard]] std::unique_ptr<HttpService> MakeHttpService(HttpClient& client, Tokens& tokens, RateBudgets& budgets,
                                                           const Clock& clock, HttpServiceOptions options);

}  // namespace quayside
