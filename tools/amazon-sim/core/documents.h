// Documents of reports and feeds, and the presigned addresses they are fetched from and sent to.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/byte_source.h"
#include "core/rng.h"
#include "core/sim_clock.h"
#include "core/spool.h"
#include "core/url.h"

namespace amazon_sim {

struct Account;

enum class DocumentUse : std::uint8_t { kReport, kFeedUpload, kFeedResult };
std::string_view Name(DocumentUse use);

struct Document {
  std::string id;
  DocumentUse use = DocumentUse::kReport;
  const Account* account = nullptr;
  Micros created = 0;
  std::string content_type;  // of an upload: what the client said it would send
  bool gzip = false;
  Bytes content;       // null until uploaded
  std::string digest;  // of an upload: contents that are the same have the same
  std::uint64_t described = 0;
  std::uint64_t downloads = 0;
  std::uint64_t uploads = 0;
};

struct DocumentSettings {
  Micros address_life = 300 * kSecond;
  // Where addresses point, without a path: "https://documents.example". Empty: to the host the client has asked.
  std::string base_url;
};

class DocumentStore {
 public:
  explicit DocumentStore(std::uint64_t seed) : key_(Rng(seed, "documents").Next()), ids_(seed, "document ids") {}

  Document& Add(DocumentUse use, const Account& account, Micros now);
  Document* Find(std::string_view id);
  const Document* Find(std::string_view id) const;
  void Remove(std::string_view id);
  const std::map<std::string, std::unique_ptr<Document>, std::less<>>& all() const { return documents_; }
  // Forgets feed documents made before `time`.
  void ForgetUploads(Micros time);
  // Where contents are put.
  const std::shared_ptr<Spool>& spool();

  // An address for one method, good from now on for as long as the settings say. A PUT must carry the document's
  // Content-Type. `host` is what the client called; `encoding` is what the answer to a GET says as Content-Encoding.
  std::string Address(const Document& document, std::string_view method, std::string_view host,
                      std::string_view encoding, Micros now) const;

  enum class AddressState { kGood, kExpired, kWrong };
  // `content_type`: the header of a PUT.
  AddressState CheckAddress(const Document& document, std::string_view method, const Query& query,
                            std::string_view content_type, Micros now) const;
  // When an address stops being good; for telling.
  static Micros ExpiryOf(const Query& query);

  // {expire_s?, base_url?}. Throws InputError.
  void ChangeSettings(const boost::json::object& wanted);
  boost::json::object SettingsJson() const;

 private:
  std::string Signature(const Document& document, std::string_view method, std::string_view content_type,
                        std::string_view encoding, std::string_view signed_at, std::string_view seconds) const;

  DocumentSettings settings_;
  std::uint64_t key_;
  Rng ids_;
  std::map<std::string, std::unique_ptr<Document>, std::less<>> documents_;
  std::shared_ptr<Spool> spool_;
};

}  // namespace amazon_sim
