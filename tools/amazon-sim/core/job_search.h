// getReports and getFeeds: the same search under two names.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string_view>

#include "core/call.h"
#include "core/jobs.h"

namespace amazon_sim {

// What differs between the two.
struct JobSearchNames {
  std::string_view types;  // the parameter: reportTypes, feedTypes
  std::string_view found;  // the field of the answer: reports, feeds
};

// Filters `book` as the call's query says and shows a page of it, newest first. With nextToken no other parameter may
// be there: the token remembers them, and until when the first page looked.
Response SearchJobs(Call& call, const JobBook& book, const JobSearchNames& names,
                    const std::function<boost::json::object(const Job&)>& show);

// {createdTime, marketplaceIds, processingEndTime?, processingStartTime?, processingStatus}
boost::json::object JobJson(const Job& job);

// The job of that id in the path; 404 when the account has none.
template <typename Kind>
Kind& RequireJob(Call& call, JobBook& book) {
  Job* job = book.Find(call.target.segments.back(), &call.account);
  if (!job) throw ApiError{404, "NotFound", "The requested resource was not found.", call.target.segments.back()};
  return static_cast<Kind&>(*job);
}

// Cancels a job that is still IN_QUEUE; 400 for others.
Response CancelJob(Call& call, JobBook& book);

}  // namespace amazon_sim
