#include "core/documents.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "core/accounts.h"
#include "core/call.h"
#include "core/json_fields.h"
#include "core/time_text.h"

namespace amazon_sim {
namespace {

constexpr std::string_view kDefaultHost = "documents.amazon-sim.invalid";

std::string Letters(Rng& rng, int count) {
  static constexpr std::string_view kLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::string text;
  for (int i = 0; i < count; ++i) text += kLetters[rng.Below(kLetters.size())];
  return text;
}

std::string LowerRegion(std::string_view region) {
  std::string lower(region);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return static_cast<char>(c | 0x20); });
  return lower;
}

}  // namespace

std::string_view Name(DocumentUse use) {
  switch (use) {
    case DocumentUse::kReport:
      return "report";
    case DocumentUse::kFeedUpload:
      return "feed";
    case DocumentUse::kFeedResult:
      return "feed-result";
  }
  return "";
}

Document& DocumentStore::Add(DocumentUse use, const Account& account, Micros now) {
  auto document = std::make_unique<Document>();
  document->id =
      "amzn1.spdoc.1.4." + LowerRegion(account.book->region()) + "." + MakeUuid(ids_) + ".T" + Letters(ids_, 13);
  document->use = use;
  document->account = &account;
  document->created = now;
  Document& added = *document;
  documents_.emplace(added.id, std::move(document));
  return added;
}

Document* DocumentStore::Find(std::string_view id) {
  const auto found = documents_.find(id);
  return found == documents_.end() ? nullptr : found->second.get();
}

const Document* DocumentStore::Find(std::string_view id) const {
  const auto found = documents_.find(id);
  return found == documents_.end() ? nullptr : found->second.get();
}

void DocumentStore::Remove(std::string_view id) {
  const auto found = documents_.find(id);
  if (found != documents_.end()) documents_.erase(found);
}

void DocumentStore::ForgetUploads(Micros time) {
  std::erase_if(documents_, [&](const auto& entry) {
    return entry.second->use == DocumentUse::kFeedUpload && entry.second->created < time;
  });
}

const std::shared_ptr<Spool>& DocumentStore::spool() {
  if (!spool_) spool_ = Spool::Open();
  return spool_;
}

void DocumentStore::ChangeSettings(const boost::json::object& wanted) {
  RefuseUnknown(wanted, {"expire_s", "base_url"}, "documents");
  const std::string base_url = TextField(wanted, "base_url", settings_.base_url);
  const bool is_url = base_url.rfind("http://", 0) == 0 || base_url.rfind("https://", 0) == 0;
  if (!base_url.empty() && (!is_url || base_url.back() == '/')) {
    throw InputError("base_url must be like https://documents.example");
  }
  settings_.address_life = TimeField(wanted, "expire_s", kSecond, settings_.address_life);
  settings_.base_url = base_url;
}

boost::json::object DocumentStore::SettingsJson() const {
  return {{"expire_s", SecondsNumber(settings_.address_life)}, {"base_url", settings_.base_url}};
}

std::string DocumentStore::Address(const Document& document, std::string_view method, std::string_view host,
                                   std::string_view encoding, Micros now) const {
  const std::string base =
      settings_.base_url.empty() ? "http://" + std::string(host.empty() ? kDefaultHost : host) : settings_.base_url;
  const std::string signed_at = CompactUtc(now);
  const std::string seconds = std::to_string(settings_.address_life / kSecond);
  const bool upload = method == "PUT";
  std::string address = base + "/documents/" + PercentEncode(document.id) +
                        "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=" + signed_at +
                        "&X-Amz-SignedHeaders=" + (upload ? "content-type%3Bhost" : "host") +
                        "&X-Amz-Expires=" + seconds + "&X-Amz-Credential=SIMULATED%2Fs3%2Faws4_request";
  if (!encoding.empty()) address += "&response-content-encoding=" + PercentEncode(encoding);
  return address + "&X-Amz-Signature=" +
         Signature(document, method, upload ? document.content_type : "", encoding, signed_at, seconds);
}

DocumentStore::AddressState DocumentStore::CheckAddress(const Document& document, std::string_view method,
                                                        const Query& query, std::string_view content_type,
                                                        Micros now) const {
  const std::string wanted =
      Signature(document, method, method == "PUT" ? content_type : "", query.Get("response-content-encoding"),
                query.Get("X-Amz-Date"), query.Get("X-Amz-Expires"));
  if (query.Get("X-Amz-Signature") != wanted) return AddressState::kWrong;
  return now < ExpiryOf(query) ? AddressState::kGood : AddressState::kExpired;
}

Micros DocumentStore::ExpiryOf(const Query& query) {
  const std::string life = query.Get("X-Amz-Expires");
  std::int64_t seconds = 0;
  std::from_chars(life.data(), life.data() + life.size(), seconds);
  return ParseCompactUtc(query.Get("X-Amz-Date")).value_or(0) + seconds * kSecond;
}

std::string DocumentStore::Signature(const Document& document, std::string_view method, std::string_view content_type,
                                     std::string_view encoding, std::string_view signed_at,
                                     std::string_view seconds) const {
  std::uint64_t hash = Fnv1a("", key_);
  for (const std::string_view part :
       {std::string_view(document.id), method, content_type, encoding, signed_at, seconds}) {
    hash = Fnv1a("\n", Fnv1a(part, hash));
  }
  Rng stream(hash);
  std::array<char, 65> text;
  for (std::size_t i = 0; i < 4; ++i) {
    std::snprintf(text.data() + 16 * i, 17, "%016llx", static_cast<unsigned long long>(stream.Next()));
  }
  return {text.data(), 64};
}

}  // namespace amazon_sim
