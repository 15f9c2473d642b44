// `check` makes kPagesAhead pages, each `pull` hands one of them over.
#include <vector>

#include "quayside/sdk.h"
#include "tests/bench/sample_page.h"

namespace {

using namespace quayside::sdk;

class Pages final : public Plugin, public OrderSync {
 public:
  static Result<std::unique_ptr<Pages>> Create(const pb::InstanceConfig&) { return std::make_unique<Pages>(); }

  Result<pb::CheckReply> Check(Step&) override {
    while (ready_.size() < quayside::kPagesAhead) quayside::FillSamplePage(ready_.emplace_back());
    return pb::CheckReply();
  }

  Result<pb::PullOrdersReply> PullOrders(const pb::PullOrdersRequest&, Step&) override {
    if (ready_.empty()) return Error::Invalid("NO_PAGE", "check makes them", "");
    pb::PullOrdersReply page = std::move(ready_.back());
    ready_.pop_back();
    return page;
  }

 private:
  std::vector<pb::PullOrdersReply> ready_;
};

}  // namespace

QUAYSIDE_PLUGIN(Pages)
