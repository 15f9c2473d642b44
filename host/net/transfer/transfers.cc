#include "host/net/transfer/transfers.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/net/charset_names.h"
#include "host/net/document_decoder.h"
#include "host/net/spool.h"
#include "host/net/transfer/folder.h"
#include "host/net/transfer/place_rules.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

// Of a request whose step has no deadline.
constexpr DurationUs kLongestRequestUs = 10 * kMinuteUs;
constexpr size_t kDefaultFilesListed = 1'000;

// SHA-256 of bytes as they come.
class ContentHash {
 public:
  ContentHash() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    ok_ = context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1;
  }
  void Add(std::string_view bytes) { ok_ = ok_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1; }
  // Lower-case hexadecimal digits. Nothing may follow.
  [[nodiscard]] absl::StatusOr<std::string> Finish() {
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    unsigned int size = 0;
    ok_ = ok_ && EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()), &size) == 1;
    if (!ok_) return MakeError(absl::StatusCode::kInternal, Reason::kInternal, "the hash of a file cannot be reckoned");
    digest.resize(size);
    return absl::BytesToHexString(digest);
  }

 private:
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
  bool ok_ = false;
};

class RuledTransferService final : public TransferService {
 public:
  RuledTransferService(HttpClient& client, SecretSource& secrets, DocumentSpool& spool, const Clock& clock,
                       TransferServiceOptions options)
      : client_(client), secrets_(secrets), spool_(spool), clock_(clock), options_(std::move(options)) {}

  absl::StatusOr<pb::TransferReply> Handle(const pb::TransferRequest& request, const CallContext& context) override;

 private:
  [[nodiscard]] absl::Status LogIn(const ResolvedPlace& place, const CallContext& context, FolderLogin& login);
  [[nodiscard]] std::string BaseUrlOf(const PlaceAddress& address) const;
  [[nodiscard]] absl::StatusOr<pb::TransferReply> Run(Folder& folder, const pb::TransferRequest& request,
                                                      const CallContext& context);
  [[nodiscard]] absl::StatusOr<pb::FetchedFile> Fetch(Folder& folder, const pb::FetchFile& request,
                                                      const CallContext& context);

  HttpClient& client_;
  SecretSource& secrets_;
  DocumentSpool& spool_;
  const Clock& clock_;
  const TransferServiceOptions options_;
};

absl::Status RuledTransferService::LogIn(const ResolvedPlace& place, const CallContext& context, FolderLogin& login) {
  login.user = place.user;
  if (place.address.scheme == PlaceScheme::kFile || place.user.empty()) return absl::OkStatus();
  if (place.address.scheme == PlaceScheme::kSftp && !place.private_key_secret.empty()) {
    absl::StatusOr<std::string> key = secrets_.GetSecret(context.account_id, place.private_key_secret);
    if (key.ok()) {
      login.private_key = *std::move(key);
      return absl::OkStatus();
    }
    // A place may be opened by either.
    if (!HasReason(key.status(), Reason::kSecretMissing) || place.password_secret.empty()) return key.status();
  }
  if (place.password_secret.empty()) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(login.password, secrets_.GetSecret(context.account_id, place.password_secret));
  return absl::OkStatus();
}

std::string RuledTransferService::BaseUrlOf(const PlaceAddress& address) const {
  constexpr int kHttpsPort = 443;
  const std::string origin = address.port == kHttpsPort ? Concat("https://", address.host)
                                                        : Concat("https://", address.host, ":", address.port);
  const auto mapped = options_.origin_map.find(origin);
  return mapped == options_.origin_map.end() ? origin : mapped->second;
}

absl::StatusOr<pb::FetchedFile> RuledTransferService::Fetch(Folder& folder, const pb::FetchFile& request,
                                                            const CallContext& context) {
  DocumentForm form{.packed_for_transport = 0,
                    .is_gzip_file = request.gzip(),
                    .charset = request.charset().empty() ? std::nullopt : FindCharset(request.charset()),
                    .max_bytes = request.max_bytes() == 0 ? kDefaultDocumentBytes : request.max_bytes()};
  DocumentDecoder decoder(form);
  ContentHash hash;
  pb::FetchedFile reply;
  QS_ASSIGN_OR_RETURN(const auto incoming, spool_.Begin(context.account_id, request.document()));
  const auto keep = [&](std::string_view bytes) -> absl::Status {
    QS_RETURN_IF_ERROR(CheckStep(context, clock_));
    return incoming->Append(bytes);
  };
  const int64_t most = form.is_gzip_file ? MostPackedBytes(form.max_bytes) : form.max_bytes;
  QS_ASSIGN_OR_RETURN(const TimeUs modified_us, folder.Fetch(request.path(), most, [&](std::string_view bytes) {
    hash.Add(bytes);
    reply.set_file_size(reply.file_size() + static_cast<int64_t>(bytes.size()));
    return decoder.Add(bytes, keep);
  }));
  reply.set_modified_us(modified_us);
  QS_RETURN_IF_ERROR(decoder.Finish(keep));
  // A step that lost its lane leaves nothing behind.
  QS_RETURN_IF_ERROR(CheckStep(context, clock_));
  QS_ASSIGN_OR_RETURN(*reply.mutable_sha256(), hash.Finish());
  QS_ASSIGN_OR_RETURN(const DocumentFacts facts, incoming->Commit(decoder.charset(), decoder.undecodable()));
  reply.set_size(facts.size);
  reply.set_charset(facts.charset);
  reply.set_undecodable(facts.undecodable);
  return reply;
}

absl::StatusOr<pb::TransferReply> RuledTransferService::Run(Folder& folder, const pb::TransferRequest& request,
                                                            const CallContext& context) {
  pb::TransferReply reply;
  switch (request.request_case()) {
    case pb::TransferRequest::kList: {
      const pb::ListFiles& list = request.list();
      const size_t most = list.max_files() == 0 ? kDefaultFilesListed : static_cast<size_t>(list.max_files());
      QS_ASSIGN_OR_RETURN(FileList found, folder.List(list.folder(), most));
      reply.mutable_list()->set_truncated(found.truncated);
      for (FileFacts& file : found.files) {
        pb::FileEntry& entry = *reply.mutable_list()->add_files();
        entry.set_name(std::move(file.name));
        entry.set_size(file.size);
        entry.set_modified_us(file.modified_us);
      }
      return reply;
    }
    case pb::TransferRequest::kFetch: {
      QS_ASSIGN_OR_RETURN(*reply.mutable_fetch(), Fetch(folder, request.fetch(), context));
      return reply;
    }
    case pb::TransferRequest::kPut: {
      QS_ASSIGN_OR_RETURN(const bool existed, folder.Put(request.put().path(), request.put().body()));
      reply.mutable_put()->set_existed(existed);
      return reply;
    }
    case pb::TransferRequest::kMove: {
      QS_ASSIGN_OR_RETURN(const bool existed, folder.Move(request.move().from(), request.move().to()));
      reply.mutable_move()->set_existed(existed);
      return reply;
    }
    case pb::TransferRequest::kRemove:
      QS_RETURN_IF_ERROR(folder.Remove(request.remove().path()));
      reply.mutable_remove();
      return reply;
    case pb::TransferRequest::REQUEST_NOT_SET:
      break;
  }
  return MakeError(absl::StatusCode::kInternal, Reason::kInternal, "an empty transfer request passed the checks");
}

absl::StatusOr<pb::TransferReply> RuledTransferService::Handle(const pb::TransferRequest& request,
                                                               const CallContext& context) {
  // The account becomes part of file names; without options nothing says where files lie.
  if (context.manifest == nullptr || context.options == nullptr || !IsChosenId(context.account_id))
    return MakeError(absl::StatusCode::kInternal, Reason::kInternal, "a call without a manifest or an account");
  QS_RETURN_IF_ERROR(CheckTransfer(request));
  QS_ASSIGN_OR_RETURN(const ResolvedPlace place,
                      ResolvePlace(*context.manifest, *context.options, PlaceOf(request), options_.allowed));
  QS_RETURN_IF_ERROR(CheckStep(context, clock_));
  FolderLogin login;
  QS_RETURN_IF_ERROR(LogIn(place, context, login));
  const TransferLimits limits{.timeout_us = RealTimeLeft(context, clock_, kLongestRequestUs), .stop = context.stop};
  const std::string base_url = BaseUrlOf(place.address);
  std::unique_ptr<Folder> folder;
  switch (place.address.scheme) {
    case PlaceScheme::kFile:
      // A local disk has no timeout of its own.
      folder = MakeLocalFolder(
          place, {.timeout_us = limits.timeout_us, .stop = [&] { return !CheckStep(context, clock_).ok(); }});
      break;
    case PlaceScheme::kSftp:
    case PlaceScheme::kFtps:
    case PlaceScheme::kFtpes:
      folder = MakeCurlFolder(place, login, options_.ca_file, limits);
      break;
    case PlaceScheme::kHttps:
      folder = MakeWebFolder(place, login, base_url, client_, limits);
      break;
  }
  absl::StatusOr<pb::TransferReply> reply = Run(*folder, request, context);
  if (reply.ok()) return reply;
  return ExplainByStep(reply.status(), context, clock_);
}

}  // namespace

std::unique_ptr<TransferService> MakeTransferService(HttpClient& client, SecretSource& secrets, DocumentSpool& spool,
                                                     const Clock& clock, TransferServiceOptions options) {
  return std::make_unique<RuledTransferService>(client, secrets, spool, clock, std::move(options));
}

}  // namespace quayside
