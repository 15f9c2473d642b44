// What createReport and createFeed read from their bodies, and what becomes of the job.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/call.h"
#include "core/faults.h"
#include "core/jobs.h"

namespace amazon_sim {

// Text that must be there.
std::string ReadBodyText(const boost::json::object& body, std::string_view name);
// marketplaceIds: 1 to 25.
std::vector<const Marketplace*> ReadBodyMarketplaces(const Call& call, const boost::json::object& body);
// An object of texts; empty when absent.
boost::json::object ReadBodyOptions(const boost::json::object& body, std::string_view name);

// Which share of a feed takes effect before it ends FATAL: "none", "some" or "all".
double DoneBeforeFatal(std::string_view word);
// Changes the plan of a job that is not queued yet.
void ApplyJobFault(const FaultRule& fault, Job& job);

}  // namespace amazon_sim
