// A marketplace that is told of packages, as a step's plugin: a test says what it refuses, loses or has in work. What
// it was told can be kept in a journal on the disk, so that it outlives a host that is killed.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "host/sync/step.h"
#include "quayside/plugin/v1/despatch.pb.h"

namespace quayside {

class DespatchShop final : public PluginCaller {
 public:
  struct Parcel {
    std::string tracking;
    std::string carrier;
    std::map<std::string, int32_t> lines;

    bool operator==(const Parcel&) const = default;
  };
  enum class Loses { kNothing, kRequest, kAnswer };

  // A journal that is there is taken up.
  explicit DespatchShop(std::string journal = "");

  absl::StatusOr<std::string> Call(const char* contract, const char* method, const std::string& request) override;
  absl::StatusOr<std::string> UpgradeCursor(const char*, const std::string&) override;

  // Somebody else confirms a package of the order.
  void ShipByHand(const std::string& order, int64_t number, Parcel parcel) {
    parcels_[order][number] = std::move(parcel);
  }

  // What was bought, by order and line: not more can be confirmed.
  std::map<std::string, std::map<std::string, int32_t>> sold;
  Loses loses = Loses::kNothing;  // of the next confirm
  absl::Status fails;             // of every call
  std::string fails_at;           // of every call of this method only
  std::set<std::string> breaks;   // orders at which a whole call fails, whatever it is
  absl::Status breaks_with;       // with this instead of the plugin's fault
  // Outcomes by order instead of the usual one.
  std::map<std::string, quayside::plugin::v1::Outcome> answers;
  bool is_undecided = false;        // cannot say yet what is there
  bool works_off = false;           // a feed has ended when it is polled
  std::set<std::string> feed_says;  // orders refused when a feed ends

  // By order and number.
  [[nodiscard]] const std::map<std::string, std::map<int64_t, Parcel>>& parcels() const { return parcels_; }
  [[nodiscard]] int count(const std::string& order) const;
  // What was asked, in order.
  [[nodiscard]] const std::vector<quayside::plugin::v1::ReconcileDespatchRequest>& looks() const { return looks_; }
  // How many intents each confirm held.
  [[nodiscard]] const std::vector<int>& confirms() const { return confirms_; }
  // Intents that arrived, in order: "o1/1000000001".
  [[nodiscard]] const std::vector<std::string>& told() const { return told_; }
  [[nodiscard]] const std::vector<std::string>& methods() const { return methods_; }
  [[nodiscard]] const std::vector<quayside::plugin::v1::DespatchIntent>& intents() const { return intents_; }

 private:
  absl::StatusOr<std::string> Confirm(const std::string& bytes);
  absl::StatusOr<std::string> Poll(const std::string& bytes);
  absl::StatusOr<std::string> Reconcile(const std::string& bytes);
  [[nodiscard]] absl::Status Broken() const;
  [[nodiscard]] quayside::plugin::v1::DespatchFinding Find(const quayside::plugin::v1::DespatchIntent& intent) const;
  [[nodiscard]] bool Breaks(const std::string& order) const { return breaks.contains(order); }
  // Does what a line of the journal says, and writes it down.
  void Do(const std::string& line);
  void Apply(const std::string& line);

  const std::string journal_;
  std::map<std::string, std::map<int64_t, Parcel>> parcels_;
  std::vector<std::string> told_;
  std::vector<std::string> methods_;
  std::vector<quayside::plugin::v1::ReconcileDespatchRequest> looks_;
  std::vector<int> confirms_;
  std::vector<quayside::plugin::v1::DespatchIntent> intents_;
  int feeds_ = 0;
};

}  // namespace quayside
