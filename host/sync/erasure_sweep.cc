#include "host/sync/erasure_sweep.h"

#include "host/orders/erasure.h"

namespace quayside {
namespace {

constexpr int kErasedAtOnce = 200;
constexpr int kPiecesInASweep = 100;

}  // namespace

void ErasureSweep::Run() {
  ErasedPiece all;
  for (int pieces = 0; pieces < kPiecesInASweep; ++pieces) {
    const absl::StatusOr<ErasedPiece> piece = ErasePiece(store_, cipher_, clock_.Now(), kErasedAtOnce);
    if (!piece.ok()) {
      logger_.Error("personal data that is due could not be erased", {Field("error", piece.status())});
      break;
    }
    all.orders += piece->orders;
    all.letters += piece->letters;
    if (!piece->more) break;
  }
  if (all.orders + all.letters > 0) {
    logger_.Info("personal data was erased", {Field("orders", all.orders), Field("dead_letters", all.letters)});
    purge_is_owed_ = true;
  }
  if (!purge_is_owed_) return;
  const absl::Status purged = store_.Purge();
  purge_is_owed_ = !purged.ok();
  if (!purged.ok()) logger_.Warning("erased data may still be in the database's files", {Field("error", purged)});
}

}  // namespace quayside
