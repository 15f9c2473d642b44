// Stock levels of any number, chunk by chunk, as InventoryService.ImportLevels promises them. Knows nothing of streams.
//
// What is kept of an import under its request_id is how many levels are stored, whether unknown items are made, and a
// digest of all levels, a chain over single ones, so that a repetition may be cut into other chunks. It is read anew in
// the transaction of each chunk: the last chunk of a broken stream may still be on its way when the next stream begins.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/api/changes.h"
#include "host/base/errors.h"
#include "host/base/ids.h"
#include "host/inventory/stock.h"
#include "host/sync/engine.h"
#include "quayside/v1/inventory_service.pb.h"

namespace quayside {

namespace api = quayside::v1;

// "locations/shed" -> "shed"; empty stays empty, the rule's default. What is none is added to the violations.
[[nodiscard]] std::string LocationIn(const std::string& name, const std::string& field,
                                     std::vector<FieldViolation>& violations);

// All of them outlive the import.
struct LevelImportParts {
  Changes& changes;
  IdSource& ids;
  const Clock& clock;
  Engine& engine;
};

// One stream. Not thread-safe.
class LevelImport {
 public:
  explicit LevelImport(const LevelImportParts& parts) : parts_(parts) {}

  // The next message, while its caller is known (Callers). A failure is the end of the import.
  [[nodiscard]] absl::Status Take(const api::ImportLevelsRequest& message);
  // The client has sent everything.
  [[nodiscard]] absl::StatusOr<api::ImportLevelsResponse> End() const;
  // The failure that ends the stream, with the metadata "levels": how many are stored, once that is known.
  [[nodiscard]] absl::Status Told(const absl::Status& failed) const;

 private:
  // How far the import is: what its stored answer says, and the digest up to there.
  struct Stored {
    api::ImportLevelsResponse answer;
    std::string digest;
    bool create_items = false;
  };

  absl::Status Begin(const api::ImportLevelsRequest& first);
  // What is kept of the import now.
  absl::Status Look(const api::ImportLevelsRequest& message);
  absl::Status CheckMessage(const api::ImportLevelsRequest& message) const;
  // Whoever goes on wants what whoever began did.
  absl::Status CheckCreates() const;
  absl::Status Next(const api::ImportLevelsRequest& message);
  // Compares what of the message is stored already; where the rest begins.
  absl::StatusOr<size_t> Compare(const api::ImportLevelsRequest& message, const Stored& stored);
  absl::StatusOr<std::vector<StockChange>> Parse(const api::ImportLevelsRequest& message, size_t from) const;
  // False: somebody else moved the import on meanwhile.
  absl::StatusOr<bool> StoreRest(const api::ImportLevelsRequest& message, size_t from);
  absl::StatusOr<Stored> Parsed(const std::optional<Changes::Progress>& progress) const;
  [[nodiscard]] Stored Nothing() const;

  const LevelImportParts parts_;
  bool begun_ = false;
  bool create_items_ = false;
  bool validate_only_ = false;
  std::string request_id_;
  // With validate_only it goes on as if levels were stored.
  Stored stored_;
  int64_t durable_levels_ = 0;
  // Of the stream: its place in the import, and the digest up to there.
  int64_t position_ = 0;
  std::string digest_;
};

}  // namespace quayside
