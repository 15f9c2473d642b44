// Streams of InventoryService.ImportLevels as they come off the wire: each message behind a byte with its length, a
// length of 0 ends the stream, and another one begins. Held to a model of what is stored, which the store keeps for the
// life of the process as it does.
#include "host/api/level_import.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "host/api/fakes_for_tests.h"
#include "host/base/error_metadata.h"
#include "host/base/errors.h"
#include "host/base/rng.h"
#include "quayside/v1/inventory_service.pb.h"
#include "tests/fuzz/api/unlinked_store.h"
#include "tests/fuzz/target.h"

namespace {

namespace api = quayside::v1;
using quayside::Reason;
using quayside::fuzz::Require;

using Chunks = std::vector<api::ImportLevelsRequest>;

// Streams up to the first message that cannot be read: there the host ends it, and the client begins another.
std::vector<Chunks> StreamsOf(std::string_view input) {
  std::vector<Chunks> streams(1);
  while (!input.empty()) {
    const size_t size = std::min<size_t>(static_cast<unsigned char>(input[0]), input.size() - 1);
    api::ImportLevelsRequest chunk;
    if (size > 0 && chunk.ParseFromArray(input.data() + 1, static_cast<int>(size))) {
      streams.back().push_back(chunk);
    } else {
      streams.emplace_back();
    }
    input.remove_prefix(size + 1);
  }
  return streams;
}

// What the import of a request_id has stored, and what stands in the stock.
struct Import {
  std::vector<std::string> levels;  // serialized, in order
  bool create_items = false;
};
struct Model {
  std::map<std::string, Import> imports;                             // by request_id
  std::map<std::string, std::map<std::string, int64_t>> stock = {};  // SKU -> location -> level
};

// What the store and the host have besides.
class Shop {
 public:
  quayside::LevelImportParts parts() { return {changes_, ids_, clock_, engine_}; }
  quayside::Callers& callers() { return callers_; }
  quayside::Store& store() { return *store_; }

 private:
  const quayside::ManualClock clock_{1'767'225'600 * quayside::kSecondUs};
  quayside::SeededRng rng_{1};
  quayside::IdSource ids_{clock_, rng_};
  quayside::FakeEngine engine_;
  quayside::Callers callers_;
  const std::unique_ptr<quayside::Store> store_ =
      quayside::fuzz::MakeUnlinkedStore("level_import", [](quayside::Tx& tx) -> absl::Status {
        QS_RETURN_IF_ERROR(tx.PutItem({.id = 1, .sku = "A"}));
        return tx.PutLocation({.id = "shed", .display_name = "Shed"});
      });
  quayside::Changes changes_{*store_, clock_, callers_};
};

// One stream, beside the model.
class Client {
 public:
  Client(Shop& shop, Model& model) : shop_(shop), model_(model), import_(shop.parts()) {}

  void Send(const Chunks& chunks) {
    for (const api::ImportLevelsRequest& chunk : chunks) {
      if (!Send(chunk)) return;
    }
    const auto answer = import_.End();
    if (answer.ok()) Require(answer->levels() == stored(), "the answer says how many levels are stored");
    if (!answer.ok()) Require(HasReason(answer.status(), Reason::kRequestIdReused), "else it was another import");
  }

  // SKUs whose level it set.
  [[nodiscard]] const std::vector<std::string>& set() const { return set_; }

 private:
  [[nodiscard]] int64_t stored() const {
    if (validate_only_) return position_ > 0 ? position_ : Before();
    return request_id_.empty() ? position_ : Before();
  }
  [[nodiscard]] int64_t Before() const {
    const auto found = model_.imports.find(request_id_);
    return request_id_.empty() || found == model_.imports.end() ? 0 : static_cast<int64_t>(found->second.levels.size());
  }

  // False: the host ended the stream.
  bool Send(const api::ImportLevelsRequest& chunk) {
    if (!begun_) {
      begun_ = true;
      request_id_ = chunk.request_id();
      create_items_ = chunk.create_items();
      validate_only_ = chunk.validate_only();
      position_ = chunk.begin() == Before() ? chunk.begin() : 0;
      went_on_ = position_ > 0;
    }
    const quayside::Callers::Scope caller(shop_.callers(), chunk, "local");
    const absl::Status taken = import_.Take(chunk);
    if (taken.ok()) {
      Require(chunk.changes_size() <= 1000 && (chunk.request_id().empty() || chunk.request_id() == request_id_),
              "what is taken is within its bounds");
      Follow(chunk);
      return true;
    }
    Require(!quayside::ReasonOf(taken).empty(), "every refusal has a name");
    auto metadata = quayside::MetadataOf(import_.Told(taken));
    if (!validate_only_) Require(metadata["levels"] == std::to_string(stored()), "and says how many levels are stored");
    return false;
  }

  void Follow(const api::ImportLevelsRequest& chunk) {
    for (const api::LevelChange& change : chunk.changes()) {
      sent_.push_back(change.SerializeAsString());
      ++position_;
    }
    if (validate_only_ || chunk.changes().empty()) return;
    Import nothing;
    Import& import = request_id_.empty() ? nothing : model_.imports[request_id_];
    size_t known = 0;
    if (!request_id_.empty()) {
      if (!import.levels.empty()) Require(import.create_items == create_items_, "items are made for all or for none");
      import.create_items = create_items_;
      const auto stored_levels = static_cast<int64_t>(import.levels.size());
      if (position_ <= stored_levels) return;
      // From where this stream began to the end of what was there.
      const size_t begin = went_on_ ? static_cast<size_t>(position_) - sent_.size() : 0;
      known =
          static_cast<size_t>(chunk.changes_size()) -
          std::min<size_t>(static_cast<size_t>(chunk.changes_size()), static_cast<size_t>(position_ - stored_levels));
      for (size_t i = begin; i < import.levels.size(); ++i)
        Require(import.levels[i] == sent_[i - begin], "what is repeated is what was sent before");
      import.levels.resize(begin);
      import.levels.insert(import.levels.end(), sent_.begin(), sent_.end());
    }
    for (int i = static_cast<int>(known); i < chunk.changes_size(); ++i) Apply(chunk.changes(i));
  }

  void Apply(const api::LevelChange& change) {
    Require(!change.sku().empty() && change.sku().size() <= quayside::kMaxItemSkuBytes, "a SKU has its length");
    Require(change.level() >= 0 && change.level() <= quayside::kMaxStockLevel, "a level has its range");
    const bool in_shed = change.location() == "locations/shed";
    Require(in_shed || change.location().empty() || change.location() == "locations/default", "a location is there");
    const bool known = change.sku() == "A" || model_.stock.contains(change.sku());
    Require(known || create_items_, "an item is made only when that was asked for");
    model_.stock[change.sku()][in_shed ? "shed" : "default"] = change.level();
    set_.push_back(change.sku());
  }

  Shop& shop_;
  Model& model_;
  quayside::LevelImport import_;
  bool begun_ = false;
  bool create_items_ = false;
  bool validate_only_ = false;
  bool went_on_ = false;
  std::string request_id_;
  int64_t position_ = 0;
  std::vector<std::string> sent_;  // by this stream
  std::vector<std::string> set_;   // SKUs whose level it set
};

void CheckStock(Shop& shop, const Model& model, const std::vector<std::string>& skus) {
  const absl::Status read = shop.store().Read([&](quayside::ReadTx& tx) -> absl::Status {
    for (const std::string& sku : skus) {
      QS_ASSIGN_OR_RETURN(const auto item, tx.FindItemBySku(sku));
      Require(item.has_value(), "the item is there");
      QS_ASSIGN_OR_RETURN(const std::vector<quayside::LevelRecord> levels, tx.GetLevels(item->id));
      std::map<std::string, int64_t> found;
      for (const quayside::LevelRecord& level : levels) {
        if (level.level.has_value()) found[level.location_id] = *level.level;
      }
      Require(found == model.stock.at(sku), "the stock is as the last level said, once");
    }
    return absl::OkStatus();
  });
  Require(read.ok(), "the store can be read");
}

}  // namespace

QUAYSIDE_FUZZ_TARGET(level_import) {
  static Shop& shop = *new Shop;
  static Model& model = *new Model;
  for (const Chunks& chunks : StreamsOf(input)) {
    Client client(shop, model);
    client.Send(chunks);
    CheckStock(shop, model, client.set());
  }
}
