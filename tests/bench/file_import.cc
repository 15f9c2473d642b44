#include "tests/bench/file_import.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "host/net/spool.h"
#include "host/security/cipher.h"
#include "host/store/sqlite_store.h"
#include "tests/bench/figures.h"
#include "tests/bench/order_lane.h"
#include "tests/bench/raw_insert.h"

namespace quayside {
namespace {

namespace fs = std::filesystem;

constexpr int kLines = 20'000;
constexpr char kHeader[] =
    "order_id,sku,quantity,unit_price,currency,status,created,name,address1,city,postal_code,country,buyer_email\r\n";
constexpr int kFields = 13;

std::string LineOf(int number) {
  const std::string n = std::to_string(number);
  return "F-" + n + ",MUG-" + std::to_string(number % 500) + "," + std::to_string(1 + number % 3) +
         ",12.50,EUR,open,2026-09-20T10:00:00Z,Test Recipient " + n + ",Long Lane " + n + ",York,YO1 7HH,GB,buyer-" +
         n + "@marketplace.example\r\n";
}

// The folder that a partner puts files into, and the host's services for it.
class Exchange {
 public:
  Exchange(const std::string& scratch, const Clock& clock) : folder_(scratch + "/exchange") {
    fs::create_directories(folder_ + "/orders");
    auto store = OpenSqliteStore({.data_dir = scratch + "/spool-keys"});
    Check(store.status());
    store_ = *std::move(store);
    auto cipher = OpenEnvelopeCipher(*store_, clock, scratch + "/spool-master.key", true);
    Check(cipher.status());
    cipher_ = *std::move(cipher);
    auto spool = DocumentSpool::Open({.folder = scratch + "/documents"}, *cipher_, clock, *logger_);
    Check(spool.status());
    spool_ = *std::move(spool);
    documents_ = MakeDocumentService(client_, *spool_, clock, {.origin_map = {}, .user_agent = "bench"});
    transfers_ = MakeTransferService(
        client_, secrets_, *spool_, clock,
        {.allowed = PlacesOf({{"exchange", "file://" + folder_}}), .origin_map = {}, .ca_file = {}});
  }

  [[nodiscard]] PluginWorldOptions Options() const {
    quayside::plugin::v1::InstanceConfig account;
    account.set_account_id("bench");
    account.add_marketplaces("files");
    (*account.mutable_options())["orders_address"] = "file://" + folder_ + "/orders";
    (*account.mutable_options())["stable_seconds"] = "0";
    return {.account = account, .documents = documents_.get(), .transfers = transfers_.get()};
  }
  void HandIn(const std::string& text) const {
    std::ofstream file(folder_ + "/part", std::ios::binary);
    if (!(file << text).flush()) throw std::runtime_error("no file can be handed in");
    fs::rename(folder_ + "/part", folder_ + "/orders/orders.csv");
  }

 private:
  const std::string folder_;
  std::unique_ptr<Logger> logger_ = MakeNullLogger();
  MemoryTransport client_;
  FixedSecrets secrets_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Cipher> cipher_;
  std::unique_ptr<DocumentSpool> spool_;
  std::unique_ptr<DocumentService> documents_;
  std::unique_ptr<TransferService> transfers_;
};

// Into fields, as little as a reader of CSV can do; the file has no quotes.
void SplitCsv(std::string_view text) {
  std::vector<std::string> fields;
  while (!text.empty()) {
    const size_t end = std::min(text.find("\r\n"), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 2, text.size()));
    fields.clear();
    for (size_t comma = line.find(','); comma != std::string_view::npos; comma = line.find(',')) {
      fields.emplace_back(line.substr(0, comma));
      line.remove_prefix(comma + 1);
    }
    fields.emplace_back(line);
    if (fields.size() != kFields) throw std::runtime_error("a line was not split whole");
  }
}

}  // namespace

void MeasureFileImport(const std::string& bundle, const std::string& scratch_folder, const Clock& clock) {
  const std::string scratch = scratch_folder + "/files";
  fs::create_directories(scratch);
  std::string text;
  std::vector<size_t> line_begins;
  for (int i = 0; i < kLines; ++i) {
    line_begins.push_back(text.size());
    text += LineOf(i);
  }
  line_begins.push_back(text.size());
  const Exchange exchange(scratch, clock);
  PluginWorld world(bundle, scratch, clock, exchange.Options());
  // Once before, for the rows the limit inserts.
  OrderLane before(world, clock, scratch + "/before", "flatfile", "files");
  RawInsert raw(scratch + "/before/quayside.db", scratch + "/raw.db");
  exchange.HandIn(kHeader + text);
  std::vector<size_t> through;  // lines, after each step
  for (size_t lines = 0; lines < kLines;) {
    const OrderLane::Imported imported = before.Step();
    if (imported.orders == 0) throw std::runtime_error("the file is not picked up");
    lines += static_cast<size_t>(imported.orders);
    through.push_back(lines);
    raw.LearnPage();
  }
  OrderLane lane(world, clock, scratch + "/import", "flatfile", "files");
  exchange.HandIn(kHeader + text);
  double ours = 0;
  double limit = 0;
  size_t lines = 0;
  for (size_t step = 0; step < through.size(); ++step) {
    const OrderLane::Imported imported = lane.Step();
    ours += imported.seconds;
    const size_t begin = line_begins[lines];
    lines += static_cast<size_t>(imported.orders);
    if (lines != through[step]) throw std::runtime_error("the file was not imported as before");
    const std::string_view page = std::string_view(text).substr(begin, line_begins[lines] - begin);
    limit += SecondsOf([&] {
      SplitCsv(page);
      raw.InsertPage(static_cast<int>(step));
    });
  }
  ours += lane.Step().seconds;  // put away
  PrintRow("file_import", kLines / ours, "lines/s", kLines / limit);
}

}  // namespace quayside
