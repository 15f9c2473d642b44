// A file of a lane in which every line is a record of its own, read to its end as the host does it.
#pragma once

#include <string>
#include <vector>

#include "plugins/flatfile/settings.h"
#include "quayside/plugin/v1/types.pb.h"
#include "quayside/result.h"
#include "quayside/testing/fake_host.h"
#include "tests/fuzz/target.h"

namespace quayside::fuzz {

struct SeenRows {
  std::vector<std::string> records;
  std::vector<std::string> bad;
  std::string pass_id;
  bool complete = false;
  int64_t watermark_us = 0;
  friend bool operator==(const SeenRows&, const SeenRows&) = default;
};

// What all steps over `text`, the one file of `place`, came to. `pull` answers the lane's Result for a request with a
// cursor and `page_size`; `records` gives a reply's records, which it also checks.
template <typename Request, typename Pull, typename Records>
SeenRows ReadLane(std::string_view text, const std::string& place, int32_t page_size, Pull pull, Records records) {
  plugin::v1::InstanceConfig config;
  (*config.mutable_options())[place + "_address"] = "file:///in";
  (*config.mutable_options())["stable_seconds"] = "0";
  const flatfile::Settings settings = flatfile::ReadSettings(config);
  sdk::testing::FakeHost host;
  const std::string file = place + "/a.csv";
  host.files()[file] = std::string(text);
  SeenRows seen;
  Request request;
  request.set_page_size(page_size);
  const size_t most_steps = text.size() + 4;
  for (size_t step = 0; step < most_steps; ++step) {
    const auto reply = pull(settings, request, host.step());
    Require(reply.ok(), "no content fails a step");
    for (const auto& record : records(reply.value())) seen.records.push_back(record.SerializeAsString());
    for (const plugin::v1::BadRecord& bad : reply.value().bad_records()) {
      Require(!bad.key().empty() && !bad.reason().empty(), "a bad record has a key and a reason");
      seen.bad.push_back(bad.key() + " " + bad.reason());
    }
    const plugin::v1::Cursor& next = reply.value().next_cursor();
    Require(next.watermark_us() >= seen.watermark_us, "the watermark never goes back");
    seen.watermark_us = next.watermark_us();
    if (const std::string& pass = reply.value().pass_id(); !pass.empty()) {
      Require(seen.pass_id.empty() || seen.pass_id == pass, "a file is one pass");
      seen.pass_id = pass;
      Require(!seen.complete, "nothing follows a complete pass");
      seen.complete = reply.value().pass_complete();
      Require(reply.value().pass_done() == static_cast<int64_t>(seen.records.size()), "a pass tells how far it is");
    }
    *request.mutable_cursor() = next;
    if (!reply.value().has_more()) {
      Require(host.files().size() == 1 && !host.files().contains(file), "the file is put away");
      Require(host.documents().empty(), "its copy is released");
      Require(!seen.complete || seen.bad.empty(), "a pass with a bad line proves nothing");
      return seen;
    }
  }
  Require(false, "the file has an end");
  return seen;
}

// Whatever the size of a page.
template <typename Request, typename Pull, typename Records>
void CheckLane(std::string_view text, const std::string& place, Pull pull, Records records) {
  const SeenRows whole = ReadLane<Request>(text, place, 2'000, pull, records);
  Require(ReadLane<Request>(text, place, 1, pull, records) == whole, "page sizes change nothing");
}

}  // namespace quayside::fuzz
