#include "host/net/transfer/place_rules.h"

#include <algorithm>
#include <optional>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/net/charset_names.h"
#include "host/net/document_form.h"
#include "host/net/document_names.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr int32_t kMostFilesListed = 10'000;
constexpr size_t kMostPutBytes = size_t{64} << 20;
constexpr std::string_view kFingerprintBegin = "SHA256:";
constexpr size_t kFingerprintDigits = 43;  // of Base64, without "="

std::string OptionOf(const PlaceOptions& options, const std::string& name) {
  const auto found = options.find(name);
  return found == options.end() ? std::string() : found->second;
}

const pb::Place* FindPlace(const pb::Manifest& manifest, std::string_view name) {
  const auto& places = manifest.places();
  const auto found =
      std::find_if(places.begin(), places.end(), [&](const pb::Place& place) { return place.name() == name; });
  return found == places.end() ? nullptr : &*found;
}

absl::Status NotSet(const std::string& option, std::string_view problem) {
  return MakeError(absl::StatusCode::kInvalidArgument, Reason::kPlaceNotSet, Concat("option '", option, "' ", problem),
                   {{"field", Concat("options.", option)}});
}

bool IsFingerprint(std::string_view text) {
  if (!text.starts_with(kFingerprintBegin)) return false;
  text.remove_prefix(kFingerprintBegin.size());
  return text.size() == kFingerprintDigits && std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '+' || c == '/';
         });
}

void CheckPath(std::string_view path, const char* field, std::vector<FieldViolation>& found) {
  if (!IsFilePath(path))
    found.push_back({field, "must be one to eight names with '/' between, without '.', '..' and control characters"});
}

void CheckFetchFile(const pb::FetchFile& request, std::vector<FieldViolation>& found) {
  CheckPath(request.path(), "path", found);
  if (!IsDocumentName(request.document())) found.push_back({"document", std::string(kDocumentNameForm)});
  if (!request.charset().empty() && !FindCharset(request.charset()))
    found.push_back({"charset", "is no charset that is known here"});
  if (request.max_bytes() < 0 || request.max_bytes() > kMostDocumentBytes)
    found.push_back({"max_bytes", Concat("must be from 0 to ", kMostDocumentBytes)});
}

}  // namespace

absl::StatusOr<ResolvedPlace> ResolvePlace(const pb::Manifest& manifest, const PlaceOptions& options,
                                           std::string_view name, const std::vector<PlaceAddress>& allowed) {
  const pb::Place* const place = FindPlace(manifest, name);
  if (place == nullptr) {
    return MakeError(absl::StatusCode::kPermissionDenied, Reason::kPlaceDenied,
                     Concat("the manifest declares no place '", name, "'"));
  }
  const std::string text = OptionOf(options, place->address_option());
  if (text.empty()) return NotSet(place->address_option(), "holds no address");
  const std::optional<PlaceAddress> address = ParsePlaceAddress(text);
  if (!address)
    return NotSet(place->address_option(), "is no file:, sftp:, ftps:, ftpes: or https: address of a folder");
  const auto permit = std::find_if(allowed.begin(), allowed.end(),
                                   [&](const PlaceAddress& candidate) { return LiesWithin(*address, candidate); });
  if (permit == allowed.end()) {
    return MakeError(absl::StatusCode::kPermissionDenied, Reason::kPlaceDenied,
                     Concat("the setting transfers.allow does not list the address of option '",
                            place->address_option(), "' (", ServerOf(*address), address->folder, ")"));
  }
  ResolvedPlace resolved{.address = *address,
                         .allowed = *permit,
                         .user = OptionOf(options, place->user_option()),
                         .host_key = OptionOf(options, place->host_key_option()),
                         .password_secret = place->password_secret(),
                         .private_key_secret = place->private_key_secret()};
  if (address->scheme == PlaceScheme::kSftp && !IsFingerprint(resolved.host_key))
    return NotSet(place->host_key_option(), "must be the server's key as 'ssh-keygen -l' shows it, SHA256:...");
  const bool needs_user = address->scheme != PlaceScheme::kFile && address->scheme != PlaceScheme::kHttps;
  if (needs_user && resolved.user.empty()) return NotSet(place->user_option(), "must name the user to log in as");
  return resolved;
}

absl::Status CheckTransfer(const pb::TransferRequest& request) {
  std::vector<FieldViolation> found;
  switch (request.request_case()) {
    case pb::TransferRequest::kList:
      if (!request.list().folder().empty()) CheckPath(request.list().folder(), "folder", found);
      if (request.list().max_files() < 0 || request.list().max_files() > kMostFilesListed)
        found.push_back({"max_files", Concat("must be from 0 to ", kMostFilesListed)});
      break;
    case pb::TransferRequest::kFetch:
      CheckFetchFile(request.fetch(), found);
      break;
    case pb::TransferRequest::kPut:
      CheckPath(request.put().path(), "path", found);
      if (request.put().body().size() > kMostPutBytes)
        found.push_back({"body", Concat("is larger than ", kMostPutBytes, " bytes")});
      break;
    case pb::TransferRequest::kMove:
      CheckPath(request.move().from(), "from", found);
      CheckPath(request.move().to(), "to", found);
      break;
    case pb::TransferRequest::kRemove:
      CheckPath(request.remove().path(), "path", found);
      break;
    case pb::TransferRequest::REQUEST_NOT_SET:
      found.push_back({"request", "asks for nothing that is known here"});
      break;
  }
  return found.empty() ? absl::OkStatus() : MakeFieldError(Reason::kInvalidArgument, found);
}

std::string_view PlaceOf(const pb::TransferRequest& request) {
  switch (request.request_case()) {
    case pb::TransferRequest::kList:
      return request.list().place();
    case pb::TransferRequest::kFetch:
      return request.fetch().place();
    case pb::TransferRequest::kPut:
      return request.put().place();
    case pb::TransferRequest::kMove:
      return request.move().place();
    case pb::TransferRequest::kRemove:
      return request.remove().place();
    case pb::TransferRequest::REQUEST_NOT_SET:
      break;
  }
  return {};
}

std::string PartPathOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  const size_t name = slash == std::string_view::npos ? 0 : slash + 1;
  return Concat(path.substr(0, name), ".", path.substr(name), ".part");
}

}  // namespace quayside
