#include "host/net/begun_documents.h"

#include <utility>

#include "host/base/text.h"

namespace quayside {

std::list<BegunDocuments::Begun> BegunDocuments::RemoveLocked(absl::FunctionRef<bool(const Begun&)> is_meant) {
  std::list<Begun> removed;
  for (auto it = begun_.begin(); it != begun_.end();) {
    const auto each = it++;
    if (is_meant(*each) || each->kept_us + kBegunLifeUs <= clock_.Now()) removed.splice(removed.end(), begun_, each);
  }
  return removed;
}

std::unique_ptr<ArrivingDocument> BegunDocuments::Take(const std::string& id,
                                                       const quayside::plugin::v1::FetchDocument& request) {
  std::list<Begun> removed;
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    removed = RemoveLocked([&](const Begun& each) { return each.id == id; });
  }
  for (Begun& each : removed) {
    if (each.id == id && each.kept_us + kBegunLifeUs > clock_.Now() && each.document->IsFor(request))
      return std::move(each.document);
  }
  return nullptr;
}

bool BegunDocuments::Keep(const std::string& id, std::unique_ptr<ArrivingDocument> document) {
  std::list<Begun> removed;
  const std::lock_guard<std::mutex> guard(mutex_);
  // Asked under the lock: whoever deletes its account does so either before this or before DropAccount looks here.
  if (document == nullptr || !document->CanGoOn()) return false;
  removed = RemoveLocked([&](const Begun& each) { return each.id == id; });
  begun_.push_back({id, clock_.Now(), std::move(document)});
  if (begun_.size() > kMostBegun) removed.splice(removed.end(), begun_, begun_.begin());
  return true;
}

void BegunDocuments::Drop(const std::string& id) {
  std::list<Begun> removed;
  const std::lock_guard<std::mutex> guard(mutex_);
  removed = RemoveLocked([&](const Begun& each) { return each.id == id; });
}

void BegunDocuments::DropAccount(const std::string& account) {
  const std::string ids = Concat(account, "/");
  std::list<Begun> removed;
  const std::lock_guard<std::mutex> guard(mutex_);
  removed = RemoveLocked([&](const Begun& each) { return each.id.starts_with(ids); });
}

}  // namespace quayside
