#include "core/job_search.h"

#include <algorithm>
#include <charconv>

#include "core/time_text.h"
#include "core/world.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxListed = 10;  // types and marketplaces in one search
constexpr std::int64_t kMaxPage = 100;

struct JobSearch {
  std::vector<std::string> types;
  std::vector<std::string> statuses;
  std::vector<const Marketplace*> marketplaces;
  Micros since = 0;
  Micros until = 0;
  std::size_t page_size = 10;

  bool Matches(const Job& job) const {
    const auto has = [](const auto& list, const auto& value) {
      return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
    };
    const auto& offered = job.marketplaces;
    const bool somewhere = marketplaces.empty() || std::any_of(offered.begin(), offered.end(),
                                                               [&](auto* each) { return has(marketplaces, each); });
    return has(types, job.type) && has(statuses, Name(job.status)) && somewhere && job.created >= since &&
           job.created <= until;
  }
};

JobSearch ReadJobSearch(const Query& query, const Account& account, const JobSearchNames& names, Micros retention,
                        Micros now) {
  JobSearch search;
  search.types = query.List(names.types);
  if (search.types.empty()) RefuseInput("Either '" + std::string(names.types) + "' or 'nextToken' is required.");
  if (search.types.size() > kMaxListed) RefuseInput("At most 10 '" + std::string(names.types) + "' are allowed.");
  search.statuses =
      ReadEnumList(query, "processingStatuses", {"CANCELLED", "DONE", "FATAL", "IN_PROGRESS", "IN_QUEUE"});
  const auto marketplace_ids = query.List("marketplaceIds");
  if (marketplace_ids.size() > kMaxListed) RefuseInput("At most 10 'marketplaceIds' are allowed.");
  for (const std::string& id : marketplace_ids) search.marketplaces.push_back(ReadMarketplace(account, id));
  if (const auto size = ReadWhole(query, "pageSize")) {
    if (*size < 1 || *size > kMaxPage) RefuseInput("'pageSize' must be between 1 and 100.");
    search.page_size = static_cast<std::size_t>(*size);
  }
  search.since = ReadTime(query, "createdSince").value_or(now - retention);
  search.until = ReadTime(query, "createdUntil").value_or(now);
  if (search.until < search.since) RefuseInput("'createdUntil' lies before 'createdSince'.");
  return search;
}

// Where a page of a search begins, and the search itself: all that a nextToken says.
struct JobPage {
  std::size_t skip = 0;
  std::size_t start = 0;  // where the page that gave out the token began
  Micros now = 0;         // of the first page
  std::string parameters;
};

std::string Seal(const PageTokens& tokens, const JobPage& page) {
  return tokens.SealText(std::to_string(page.skip) + " " + std::to_string(page.start) + " " + std::to_string(page.now) +
                         " " + page.parameters);
}

std::optional<JobPage> Open(const PageTokens& tokens, std::string_view token) {
  const auto text = tokens.OpenText(token);
  if (!text) return std::nullopt;
  JobPage page;
  const char* at = text->data();
  const char* const end = at + text->size();
  const auto take = [&](auto& number) {
    at = std::from_chars(at, end, number).ptr;
    if (at != end) ++at;
  };
  take(page.skip);
  take(page.start);
  take(page.now);
  page.parameters.assign(at, end);
  return page;
}

JobPage ReadJobPage(const Call& call) {
  const Query& query = call.target.query;
  const std::string& target = call.request.target;
  const std::size_t question = target.find('?');
  const std::string* token = query.Find("nextToken");
  if (!token) return {.now = call.now, .parameters = question == std::string::npos ? "" : target.substr(question + 1)};
  if (query.size() > 1) RefuseInput("'nextToken' must be the only parameter.");
  const auto page = Open(call.page_tokens, *token);
  if (!page) RefuseInput("The 'nextToken' is invalid.");
  return *page;
}

}  // namespace

Response SearchJobs(Call& call, const JobBook& book, const JobSearchNames& names,
                    const std::function<boost::json::object(const Job&)>& show) {
  const JobPage page = ReadJobPage(call);
  const JobSearch search = ReadJobSearch(Query::Parse(page.parameters), call.account, names, book.retention, page.now);
  const bool repeats = call.Has(FaultKind::kRepeatedPage) && page.skip > 0;
  const std::size_t skip = repeats ? page.start : page.skip;

  json::array shown;
  std::size_t matching = 0;
  book.ForEachNewestFirst([&](const Job& job) {
    if (job.account != &call.account || !search.Matches(job)) return true;
    if (matching++ >= skip && shown.size() < search.page_size) shown.push_back(show(job));
    return matching <= skip + search.page_size;
  });

  json::object body;
  const std::size_t seen = skip + shown.size();
  if (matching > seen) {
    body["nextToken"] =
        Seal(call.page_tokens, {.skip = seen, .start = skip, .now = page.now, .parameters = page.parameters});
  }
  body[names.found] = std::move(shown);
  return JsonAnswer(200, body);
}

boost::json::object JobJson(const Job& job) {
  json::array marketplaces;
  for (const Marketplace* marketplace : job.marketplaces) marketplaces.emplace_back(marketplace->id);
  json::object shown{{"createdTime", Iso8601(job.created)},
                     {"marketplaceIds", std::move(marketplaces)},
                     {"processingStatus", Name(job.status)}};
  if (job.started != 0) shown["processingStartTime"] = Iso8601(job.started);
  if (job.ended != 0) shown["processingEndTime"] = Iso8601(job.ended);
  return shown;
}

Response CancelJob(Call& call, JobBook& book) {
  Job& job = RequireJob<Job>(call, book);
  if (job.status != JobStatus::kInQueue) {
    RefuseInput("Only what is IN_QUEUE can be cancelled; " + job.id + " is " + std::string(Name(job.status)) + ".");
  }
  book.Finish(call.world, job, JobStatus::kCancelled, call.now);
  return {.status = 200};
}

}  // namespace amazon_sim
