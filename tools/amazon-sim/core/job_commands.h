// The test author's hand on reports, feeds and documents, and what they look like from outside Amazon.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "core/url.h"
#include "core/world.h"

namespace amazon_sim {

// {report_id?, status?: DONE | FATAL | CANCELLED, delay_s?, hang?: true | false}: of the newest report that is not over
// when no id is given -> the report
boost::json::object SetReport(World& world, const boost::json::object& arguments, Micros now, std::string_view origin);

// Query: seller?, status?, type?, id?, after?, limit? (100) -> {"reports": [...], "total"}, newest first.
boost::json::object ReportsJson(const World& world, const Query& query);
// -> {"documents": [...], "total"}
boost::json::object DocumentsJson(const World& world, const Query& query);

}  // namespace amazon_sim
