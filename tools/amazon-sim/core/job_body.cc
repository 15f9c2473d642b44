#include "core/job_body.h"

namespace amazon_sim {

namespace json = boost::json;

std::string ReadBodyText(const boost::json::object& body, std::string_view name) {
  const json::value* value = body.if_contains(name);
  if (!value || !value->is_string() || value->get_string().empty())
    RefuseInput("'" + std::string(name) + "' is required.");
  return std::string(value->get_string());
}

std::vector<const Marketplace*> ReadBodyMarketplaces(const Call& call, const boost::json::object& body) {
  constexpr std::size_t kMostMarketplaces = 25;
  const json::value* ids = body.if_contains("marketplaceIds");
  if (!ids || !ids->is_array() || ids->get_array().empty() || ids->get_array().size() > kMostMarketplaces) {
    RefuseInput("'marketplaceIds' must be a list of 1 to 25.");
  }
  std::vector<const Marketplace*> marketplaces;
  for (const json::value& id : ids->get_array()) {
    if (!id.is_string()) RefuseInput("'marketplaceIds' must be texts.");
    marketplaces.push_back(ReadMarketplace(call.account, std::string(id.get_string())));
  }
  return marketplaces;
}

boost::json::object ReadBodyOptions(const boost::json::object& body, std::string_view name) {
  const json::value* options = body.if_contains(name);
  if (!options) return {};
  if (!options->is_object()) RefuseInput("'" + std::string(name) + "' must be an object.");
  for (const auto& option : options->get_object()) {
    if (!option.value().is_string()) RefuseInput("'" + std::string(option.key()) + "' must be text.");
  }
  return options->get_object();
}

double DoneBeforeFatal(std::string_view word) { return word == "all" ? 1 : word == "some" ? 0.5 : 0; }

void ApplyJobFault(const FaultRule& fault, Job& job) {
  switch (fault.kind) {
    case FaultKind::kFatalJob:
      job.fate = JobStatus::kFatal;
      job.done_before_fatal = DoneBeforeFatal(fault.variant);
      break;
    case FaultKind::kCancelledJob:
      job.fate = JobStatus::kCancelled;
      break;
    case FaultKind::kHungJob:
      job.hung = true;
      break;
    case FaultKind::kSlowJob:
      job.work += static_cast<Micros>(fault.seconds * kSecond);
      break;
    default:
      break;
  }
}

}  // namespace amazon_sim
