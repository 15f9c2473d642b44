// An order file with any content: every step answers, positions move on, and what comes out does not depend on the page
// size.
#include <algorithm>
#include <string>
#include <vector>

#include "orders.h"
#include "quayside/testing/fake_host.h"
#include "tests/fuzz/target.h"

namespace quayside::fuzz {
namespace {

namespace pb = quayside::plugin::v1;

struct SeenOrders {
  std::vector<std::string> orders;
  std::vector<std::string> bad;
};

SeenOrders ReadOrders(std::string_view text, int32_t page_size) {
  pb::InstanceConfig config;
  (*config.mutable_options())["orders_address"] = "file:///in";
  (*config.mutable_options())["stable_seconds"] = "0";
  (*config.mutable_options())["currency"] = "EUR";
  const flatfile::Settings settings = flatfile::ReadSettings(config);
  sdk::testing::FakeHost host;
  host.files()["orders/a.csv"] = std::string(text);
  SeenOrders seen;
  pb::Cursor cursor;
  const size_t most_steps = text.size() + 4;
  for (size_t step = 0; step < most_steps; ++step) {
    pb::PullOrdersRequest request;
    *request.mutable_cursor() = cursor;
    request.set_page_size(page_size);
    const auto reply = flatfile::PullOrders(settings, request, host.step());
    Require(reply.ok(), "no content fails a step");
    for (const pb::Order& order : reply.value().orders()) seen.orders.push_back(order.SerializeAsString());
    for (const pb::BadRecord& bad : reply.value().bad_records()) seen.bad.push_back(bad.key() + " " + bad.reason());
    cursor = reply.value().next_cursor();
    if (!reply.value().has_more()) {
      Require(host.files().size() == 1 && !host.files().contains("orders/a.csv"), "the file is put away");
      return seen;
    }
  }
  Require(false, "the file has an end");
  return seen;
}

}  // namespace
}  // namespace quayside::fuzz

QUAYSIDE_FUZZ_TARGET(flatfile_orders) {
  const SeenOrders whole = ReadOrders(input, 2'000);
  const SeenOrders pages = ReadOrders(input, 1);
  Require(whole.orders == pages.orders, "page sizes change no order");
  Require(whole.bad == pages.bad, "nor a bad line");
}
