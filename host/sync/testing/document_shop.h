// A marketplace that takes quantities by item and in documents, as a step's plugin: a test says when a document comes
// into force, what is lost on the way, what is refused. What it did can be kept in a journal on the disk, so that it
// outlives a host that is killed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "host/base/clock.h"
#include "host/sync/step.h"
#include "quayside/plugin/v1/inventory_push.pb.h"

namespace quayside {

class DocumentShop final : public PluginCaller {
 public:
  using Numbers = std::map<std::string, int32_t>;  // by SKU
  enum class Loses { kNothing, kRequest, kAnswer };

  // A journal that is there is taken up.
  explicit DocumentShop(std::string journal = "");

  absl::StatusOr<std::string> Call(const char* contract, const char* method, const std::string& request) override;
  absl::StatusOr<std::string> UpgradeCursor(const char*, const std::string&) override;

  // The document's numbers, but those it refuses, are in force from now on.
  void WorkOff(const std::string& handle);
  void WorkOffAll();
  // Somebody buys.
  void Sell(const std::string& sku, int32_t units) { shown_[sku] -= units; }

  // Of the next push_bulk.
  Loses loses = Loses::kNothing;
  std::optional<TimeUs> retry_at_us;  // takes no document
  absl::Status fails;                 // of every call
  bool withdraws = false;
  bool is_undecided = false;        // cannot say yet whether a document arrived
  bool works_off_polled = false;    // a document comes into force when it is asked for
  std::set<std::string> refuses;    // SKUs, by item and when a document is worked off
  std::set<std::string> keeps_out;  // of a document, when it is handed over
  std::set<std::string> unlisted;
  absl::Status read_back_fails;

  [[nodiscard]] const Numbers& shown() const { return shown_; }
  // By handle, as they arrived.
  [[nodiscard]] const std::map<std::string, Numbers>& documents() const { return documents_; }
  [[nodiscard]] bool was_withdrawn(const std::string& handle) const { return ends_.at(handle) == End::kWithdrawn; }
  // Every number that arrived by item, in order.
  [[nodiscard]] const std::vector<std::pair<std::string, int32_t>>& items() const { return items_; }
  [[nodiscard]] const std::vector<std::string>& methods() const { return methods_; }
  // How often a SKU is in a document that was not withdrawn, at most.
  [[nodiscard]] int MostOften() const;

 private:
  enum class End { kOpen, kInForce, kWithdrawn };
  absl::StatusOr<std::string> Push(const std::string& bytes);
  absl::StatusOr<std::string> PushBulk(const std::string& bytes);
  absl::StatusOr<std::string> Poll(const std::string& bytes);
  absl::StatusOr<std::string> Find(const std::string& bytes) const;
  absl::StatusOr<std::string> Withdraw(const std::string& bytes);
  absl::StatusOr<std::string> ReadBack(const std::string& bytes) const;
  // Does what a line of the journal says, and writes it down.
  void Do(const std::string& line);
  void Apply(const std::string& line);

  const std::string journal_;
  Numbers shown_;
  std::map<std::string, Numbers> documents_;
  std::map<std::string, End> ends_;
  std::vector<std::pair<std::string, int32_t>> items_;
  std::vector<std::string> methods_;
};

}  // namespace quayside
