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
// {feed_id?, status?: DONE | FATAL | CANCELLED, applied?: none | some | all (of a FATAL feed), delay_s?, hang?} -> the
// feed
boost::json::object SetFeed(World& world, const boost::json::object& arguments, Micros now, std::string_view origin);

// Query: seller?, status?, type?, id?, after?, limit? (100) -> {"reports": [...], "total"}, newest first.
boost::json::object ReportsJson(const World& world, const Query& query);
boost::json::object FeedsJson(const World& world, const Query& query);
// Query: seller?, id?, after?, limit? -> {"documents": [...], "total"}
boost::json::object DocumentsJson(const World& world, const Query& query);

}  // namespace amazon_sim
