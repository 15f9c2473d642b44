#include "tests/reload/load_world.h"

#include <link.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

#include "grpcpp/grpcpp.h"
#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/inventory/stock.h"
#include "host/listings/mapping.h"
#include "quayside/v1/account_service.grpc.pb.h"
#include "quayside/v1/plugin_service.grpc.pb.h"
#include "quayside/v1/sync_service.grpc.pb.h"

namespace quayside {
namespace {

constexpr auto kBetweenLevels = std::chrono::milliseconds(25);
constexpr size_t kLevels = 997;  // no multiple of the shops: each sees many
// Whoever failed under a version that was taken back is tried again at once.
constexpr auto kShownPatience = std::chrono::seconds(60);

void Check(const absl::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

template <typename T>
T Checked(absl::StatusOr<T> value) {
  Check(value.status());
  return *std::move(value);
}

int64_t EntriesOf(const char* folder) {
  int64_t count = 0;
  std::error_code error;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder, error)) ++count;
  return count;
}

}  // namespace

Footprint Footprint::Now(const std::string& run_dir) {
  Footprint now{.descriptors = EntriesOf("/proc/self/fd"), .threads = EntriesOf("/proc/self/task")};
  int64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  now.database_kib = sqlite3_memory_used() / 1024;
  now.resident_kib = pages * sysconf(_SC_PAGESIZE) / 1024 - now.database_kib;
  struct Search {
    const std::string& folder;
    int64_t found;
  } search{run_dir, 0};
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* data) {
        auto* each = static_cast<Search*>(data);
        if (info->dlpi_name != nullptr && std::string_view(info->dlpi_name).starts_with(each->folder)) ++each->found;
        return 0;
      },
      &search);
  now.mapped_libraries = search.found;
  return now;
}

LoadWorld::LoadWorld(const LoadWorldOptions& options) : options_(options) {
  database_ = Checked(OpenSqliteStore({.data_dir = folder_ / "data"}));
  store_ = std::make_unique<NotifyingStore>(*database_, [this] { signal_->Notify(); });
  catalog_ = MakePluginCatalog(*store_, clock_, *logger_, http_, documents_, gate_,
                               {.plugin_dir = folder_ / "plugins",
                                .run_dir = run_dir(),
                                .workers_per_plugin = 4,
                                .journal_file = folder_ / "steps.journal",
                                .runner = {.program = QUAYSIDE_TEST_RUNNER}});
  observed_ = std::make_unique<ObservedCatalog>(*catalog_);
  Check(catalog_->Start());
  Check(catalog_->Install(Bundle("v1"), {}).status());
  for (int i = 0; i < options.shops; ++i) shops_.push_back("shop-" + std::to_string(100 + i));
  AddShops();
  engine_ = MakeEngine({*store_, clock_, rng_, ids_, *logger_, *observed_, budgets_, tokens_, cipher_},
                       {.step_timeout_us = options.step_timeout_us});
  Check(engine_->Start());
  api_ = Checked(StartApiServer({*store_, clock_, ids_, *logger_, *catalog_, *engine_, cipher_, *signal_, budgets_},
                                folder_ / "run/api.sock"));
  client_ = std::thread([this] { CallAllTheTime(); });
  if (options.sells) merchant_ = std::thread([this] { SellAllTheTime(); });
}

std::string LoadWorld::Bundle(const std::string& name) const {
  return ReloadWorld::Bundle(options_.sells ? "../selling/" + name : name);
}

void LoadWorld::AddShops() {
  // A version that hangs does so for ever.
  std::ofstream(folder_ / "latch").put('x');
  Check(store_->Write([&](Tx& tx) -> absl::Status {
    for (size_t i = 0; i < shops_.size(); ++i) {
      const std::string& shop = shops_[i];
      AccountRecord account{.id = shop, .plugin_id = kPlugin, .revision = 1};
      account.options["latch"] = folder_ / "latch";
      account.options["pace_us"] = std::to_string(options_.pace_us);
      if (options_.fail_every > 0 && i % 3 == 0) account.options["fail_every"] = std::to_string(options_.fail_every);
      QS_RETURN_IF_ERROR(tx.PutAccount(account));
      const std::string channel = shop + "-main";
      QS_RETURN_IF_ERROR(
          tx.PutChannel({.id = channel, .account_id = shop, .marketplace = "main", .enabled = true}, "load"));
      if (!options_.sells) continue;
      const TimeUs now = clock_.Now();
      // A person has let the first quantities go.
      QS_RETURN_IF_ERROR(tx.PutGate(
          {.channel_id = channel, .account_id = shop, .state = GateState::kOpen, .since_us = now, .opened_us = now}));
      QS_RETURN_IF_ERROR(tx.PutListing({.channel_id = channel,
                                        .account_id = shop,
                                        .sku = shop,
                                        .fulfilment = Fulfilment::kMerchant,
                                        .seen_us = now,
                                        .pass_id = "pass-0"}));
      QS_RETURN_IF_ERROR(LinkPieceBySku(tx, ids_, now, channel, true, "", 10).status());
    }
    return absl::OkStatus();
  }));
}

LoadWorld::~LoadWorld() {
  StopLoad();
  api_->Stop(kSecondUs);
  catalog_->Stop();
}

void LoadWorld::StopLoad() {
  stopping_ = true;
  if (client_.joinable()) client_.join();
  if (merchant_.joinable()) {
    merchant_.join();
    const auto end = std::chrono::steady_clock::now() + kShownPatience;
    while (!NotShown().empty() && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  engine_->Stop();
}

// A merchant who sets one level after the other, up and down, never to zero.
void LoadWorld::SellAllTheTime() {
  for (size_t turn = 0; !stopping_; ++turn) {
    const std::string& shop = shops_[turn % shops_.size()];
    const int64_t level = 1 + static_cast<int64_t>(turn % kLevels);
    std::vector<std::string> touched;
    const absl::Status set = store_->Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(StockChangeResult changed,
                          SetStockLevels(tx, ids_, clock_.Now(),
                                         {{.sku = shop, .location_id = "", .level = level, .title = ""}}, false));
      touched = std::move(changed.accounts);
      return absl::OkStatus();
    });
    if (set.ok()) {
      levels_[shop] = level;
      engine_->TargetsChanged(touched);
    } else {
      Failed(std::string(set.message()));
    }
    std::this_thread::sleep_for(kBetweenLevels);
  }
}

// The shops whose listing does not show the level.
std::vector<std::string> LoadWorld::NotShown() {
  std::vector<std::string> shops;
  for (const auto& [shop, level] : levels_) {
    if (http_.Shown(shop, shop) != level) shops.push_back(shop);
  }
  return shops;
}

absl::StatusOr<std::string> LoadWorld::TargetInWords(ReadTx& tx, const std::string& shop) {
  std::string words = Concat(shop, " shows ", http_.Shown(shop, shop), ", not ", levels_[shop]);
  QS_ASSIGN_OR_RETURN(const auto target, tx.FindTarget(shop, shop));
  if (!target.has_value()) return words + "; there is no target";
  QS_ASSIGN_OR_RETURN(const auto lane, tx.FindLane(shop + ".inventory"));
  const auto in_ms = [&](TimeUs at) { return Concat((at - clock_.Now()) / kMillisecondUs, " ms"); };
  words += Concat("; its target is in state ", static_cast<int>(target->state), " (", target->note, "), wanted ",
                  target->wanted.value_or(-1), ", accepted ", target->accepted.value_or(-1), ", failures ",
                  target->failures, ", changed in ", in_ms(target->changed_us), ", due in ", in_ms(target->due_us));
  if (lane.has_value()) {
    words += Concat("; its lane failed ", lane->failures, " times (", lane->last_error, "), next run in ",
                    in_ms(lane->next_run_us), lane->needs_operator ? ", waits for an operator" : "");
  }
  return words;
}

// A client that looks at the plugin and at the lanes, and has accounts tested by the plugin, all the time.
void LoadWorld::CallAllTheTime() {
  namespace v1 = quayside::v1;
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto channel =
      grpc::CreateCustomChannel("unix:" + folder_ / "run/api.sock", grpc::InsecureChannelCredentials(), arguments);
  const auto plugins = v1::PluginService::NewStub(channel);
  const auto accounts = v1::AccountService::NewStub(channel);
  const auto lanes = v1::SyncService::NewStub(channel);
  const auto told = [this](const grpc::Status& status) {
    ++calls_;
    if (!status.ok()) Failed(status.error_message());
  };
  for (size_t turn = 0; !stopping_; ++turn) {
    {
      grpc::ClientContext context;
      v1::GetPluginRequest request;
      request.set_name("plugins/counter");
      v1::GetPluginResponse response;
      told(plugins->GetPlugin(&context, request, &response));
    }
    {
      grpc::ClientContext context;
      v1::TestAccountRequest request;
      request.set_name("accounts/" + shops_[turn % shops_.size()]);
      v1::TestAccountResponse response;
      told(accounts->TestAccount(&context, request, &response));
    }
    {
      grpc::ClientContext context;
      v1::ListLanesResponse response;
      told(lanes->ListLanes(&context, v1::ListLanesRequest(), &response));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

void LoadWorld::Failed(std::string why) {
  ++failures_;
  const std::lock_guard<std::mutex> lock(failure_mutex_);
  last_failure_ = std::move(why);
}

std::string LoadWorld::last_failure() {
  const std::lock_guard<std::mutex> lock(failure_mutex_);
  return last_failure_;
}

int64_t LoadWorld::Orders() {
  int64_t total = 0;
  Check(store_->Read([&](ReadTx& tx) -> absl::Status {
    total = 0;
    for (const std::string& shop : shops_) {
      QS_ASSIGN_OR_RETURN(const auto lane, tx.FindLane(shop + ".orders"));
      if (lane.has_value()) total += lane->items_total;
    }
    return absl::OkStatus();
  }));
  return total;
}

Ledger LoadWorld::Count() {
  const std::vector<std::string> not_shown = NotShown();
  Ledger ledger{.quantities = http_.taken(),
                .quantities_lost = static_cast<int64_t>(not_shown.size()),
                .quantities_doubled = http_.doubled()};
  Check(store_->Read([&](ReadTx& tx) -> absl::Status {
    for (const std::string& shop : not_shown) {
      QS_ASSIGN_OR_RETURN(std::string words, TargetInWords(tx, shop));
      ledger.not_shown.push_back(std::move(words));
    }
    for (const std::string& shop : shops_) {
      QS_ASSIGN_OR_RETURN(const std::vector<OrderRecord> orders,
                          tx.ListOrders({.account_id = shop, .limit = 10'000'000}));
      std::set<int64_t> numbers;
      for (const OrderRecord& order : orders) numbers.insert(std::stoll(order.external_id.substr(shop.size() + 1)));
      QS_ASSIGN_OR_RETURN(const auto lane, tx.FindLane(shop + ".orders"));
      // The lane has handed over every number below its position.
      const int64_t position = lane.has_value() && !lane->cursor.state.empty() ? std::stoll(lane->cursor.state) : 0;
      const int64_t highest = std::max(position, numbers.empty() ? 0 : *numbers.rbegin() + 1);
      ledger.orders += static_cast<int64_t>(orders.size());
      ledger.lost += highest - static_cast<int64_t>(numbers.size());
      ledger.doubled += static_cast<int64_t>(orders.size() - numbers.size());
    }
    std::map<std::string, int> received;
    int64_t after = 0;
    while (true) {
      QS_ASSIGN_OR_RETURN(
          const std::vector<EventRecord> events,
          tx.ListEvents({.after_revision = after, .type_prefixes = {"order.received"}, .limit = 10'000}));
      for (const EventRecord& event : events) {
        if (++received[event.attributes.at("external_id")] == 2) ++ledger.doubled;
        after = event.revision;
      }
      if (events.size() < 10'000) return absl::OkStatus();
    }
  }));
  return ledger;
}

}  // namespace quayside
