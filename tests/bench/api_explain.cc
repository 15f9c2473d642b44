#include "tests/bench/api_explain.h"

#include <algorithm>
#include <cstdio>
#include <random>
#include <vector>

#include "quayside/v1/inventory_service.grpc.pb.h"
#include "tests/bench/api_client.h"
#include "tests/bench/figures.h"

namespace quayside {
namespace {

namespace api = quayside::v1;

constexpr int kQuestions = 2000;
// As MakeBigCatalogue names them (big_catalogue.h); this program has no store.
constexpr uint32_t kItems = 500'000;

std::string ListingOf(uint32_t number) {
  char name[64];
  const int size = std::snprintf(name, sizeof name, "channels/bench-%s-shop/listings/SKU-%09u",
                                 number % 2 == 0 ? "eu" : "uk", number / 2);
  return {name, static_cast<size_t>(size)};
}

}  // namespace

void MeasureExplain(const std::string& host_socket) {
  const auto inventory = api::InventoryService::NewStub(ConnectTo(host_socket));
  std::mt19937 random(1);
  std::vector<double> seconds;
  for (int i = 0; i < kQuestions; ++i) {
    api::ExplainQuantityRequest request;
    request.set_name(ListingOf(static_cast<uint32_t>(random() % (2 * kItems))));
    api::ExplainQuantityResponse answer;
    grpc::ClientContext context;
    seconds.push_back(SecondsOf([&] { Check(inventory->ExplainQuantity(&context, request, &answer)); }));
    if (!answer.has_arithmetic() || answer.steps().empty()) throw std::runtime_error("nothing is explained");
  }
  std::sort(seconds.begin(), seconds.end());
  PrintRow("explain_p50", seconds[seconds.size() / 2] * 1e3, "ms");
  PrintRow("explain_p99", seconds[seconds.size() * 99 / 100] * 1e3, "ms");
}

}  // namespace quayside
