#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "host/api/convert.h"
#include "host/api/list_filters.h"
#include "host/api/masks.h"
#include "host/api/paging.h"
#include "host/api/services.h"
#include "host/base/names.h"
#include "quayside/v1/shipping_service.grpc.pb.h"

namespace quayside {
namespace {

constexpr size_t kMaxTagBytes = 64;
constexpr size_t kMaxSiteBytes = 64;
constexpr size_t kMaxCodeBytes = 64;
constexpr size_t kMaxCodes = 100;

api::PostalMethod ToProto(const PostalMethodRecord& record) {
  api::PostalMethod out;
  out.set_name(PostalMethodName(record.id));
  out.set_vendor(record.vendor);
  out.set_display_name(record.name);
  out.mutable_carrier_codes()->insert(record.carrier_codes.begin(), record.carrier_codes.end());
  out.set_etag(absl::StrCat(record.revision));
  return out;
}

bool IsOneLine(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return absl::ascii_iscntrl(c); });
}

void CheckCodes(const google::protobuf::Map<std::string, std::string>& codes, std::vector<FieldViolation>& violations) {
  const std::string field = "postal_method.carrier_codes";
  if (codes.size() > kMaxCodes) violations.push_back({field, absl::StrCat("has more than ", kMaxCodes, " entries")});
  for (const auto& [owner, code] : codes) {
    if (!ParseChannelName(owner).ok() && !ParsePluginName(owner).ok()) {
      violations.push_back({absl::StrCat(field, ".", owner), "must be for 'channels/{channel}' or 'plugins/{plugin}'"});
    } else if (code.empty() || code.size() > kMaxCodeBytes || !IsOneLine(code)) {
      violations.push_back(
          {absl::StrCat(field, ".", owner), absl::StrCat("must be one line of 1..", kMaxCodeBytes, " bytes")});
    }
  }
}

// `mask`: which fields of `wanted` count.
absl::StatusOr<PostalMethodRecord> Merge(PostalMethodRecord record, const api::PostalMethod& wanted,
                                         const std::set<std::string>& mask) {
  std::vector<FieldViolation> violations;
  if (mask.contains("vendor")) record.vendor = wanted.vendor();
  if (mask.contains("display_name")) record.name = wanted.display_name();
  if (mask.contains("carrier_codes")) {
    CheckCodes(wanted.carrier_codes(), violations);
    record.carrier_codes = {wanted.carrier_codes().begin(), wanted.carrier_codes().end()};
  }
  CheckDisplayName(record.vendor, "postal_method.vendor", violations);
  CheckDisplayName(record.name, "postal_method.display_name", violations);
  if (record.vendor.empty())
    violations.push_back({"postal_method.vendor", absl::StrCat("must name a carrier, or '", kNoVendor, "'")});
  if (record.name.empty()) violations.push_back({"postal_method.display_name", "must not be empty"});
  if (!violations.empty()) return MakeFieldError(Reason::kInvalidArgument, violations);
  return record;
}

using MappingKey = std::pair<std::string, std::string>;  // tag and site

// "{bytes of the tag} {tag}{site}", where a page of mappings ended. What a marketplace calls a service may hold
// anything.
std::string MappingCursor(const MappingKey& key) { return absl::StrCat(key.first.size(), " ", key.first, key.second); }

absl::StatusOr<MappingKey> ParseMappingCursor(const Page& page) {
  if (page.cursor.empty()) return MappingKey();
  const std::pair<std::string, std::string> parts = absl::StrSplit(page.cursor, absl::MaxSplits(' ', 1));
  size_t bytes = 0;
  if (absl::SimpleAtoi(parts.first, &bytes) && bytes <= parts.second.size())
    return MappingKey(parts.second.substr(0, bytes), parts.second.substr(bytes));
  return MakeFieldError(Reason::kInvalidPageToken, {{"page_token", "is not from this list; start again without it"}});
}

class ShippingService final : public api::ShippingService::CallbackService {
 public:
  explicit ShippingService(const ApiContext& context) : context_(context), parts_(context.parts) {}

  grpc::ServerUnaryReactor* CreatePostalMethod(grpc::CallbackServerContext* context,
                                               const api::CreatePostalMethodRequest* request,
                                               api::CreatePostalMethodResponse* response) override {
    return context_.calls.Write(context, request, response, this, &ShippingService::Create);
  }
  grpc::ServerUnaryReactor* GetPostalMethod(grpc::CallbackServerContext* context,
                                            const api::GetPostalMethodRequest* request,
                                            api::GetPostalMethodResponse* response) override {
    return context_.calls.Read(context, request, response, this, &ShippingService::Get);
  }
  grpc::ServerUnaryReactor* ListPostalMethods(grpc::CallbackServerContext* context,
                                              const api::ListPostalMethodsRequest* request,
                                              api::ListPostalMethodsResponse* response) override {
    return context_.calls.Read(context, request, response, this, &ShippingService::List);
  }
  grpc::ServerUnaryReactor* UpdatePostalMethod(grpc::CallbackServerContext* context,
                                               const api::UpdatePostalMethodRequest* request,
                                               api::UpdatePostalMethodResponse* response) override {
    return context_.calls.Write(context, request, response, this, &ShippingService::Update);
  }
  grpc::ServerUnaryReactor* DeletePostalMethod(grpc::CallbackServerContext* context,
                                               const api::DeletePostalMethodRequest* request,
                                               api::DeletePostalMethodResponse* response) override {
    return context_.calls.Write(context, request, response, this, &ShippingService::Delete);
  }
  grpc::ServerUnaryReactor* ListShippingMappings(grpc::CallbackServerContext* context,
                                                 const api::ListShippingMappingsRequest* request,
                                                 api::ListShippingMappingsResponse* response) override {
    return context_.calls.Read(context, request, response, this, &ShippingService::ListMappings);
  }
  grpc::ServerUnaryReactor* SetShippingMapping(grpc::CallbackServerContext* context,
                                               const api::SetShippingMappingRequest* request,
                                               api::SetShippingMappingResponse* response) override {
    return context_.calls.Write(context, request, response, this, &ShippingService::SetMapping);
  }

 private:
  absl::Status Create(const api::CreatePostalMethodRequest& request, api::CreatePostalMethodResponse& response) {
    std::vector<FieldViolation> violations;
    if (!IsChosenId(request.postal_method_id()))
      violations.push_back({"postal_method_id", "must match [a-z][a-z0-9-]{0,62}"});
    QS_RETURN_IF_ERROR(WithViolations(std::move(violations), Merge({}, request.postal_method(), fields_).status()));
    return context_.changes.Make(
        request, response, {.apply = [&](Tx& tx) -> absl::Status {
          const std::string& id = request.postal_method_id();
          QS_ASSIGN_OR_RETURN(const PostalMethodRecord record, Merge({.id = id}, request.postal_method(), fields_));
          const auto taken = tx.GetPostalMethod(id);
          if (taken.ok()) {
            return MakeError(absl::StatusCode::kAlreadyExists, Reason::kPostalMethodExists,
                             absl::StrCat("there is a '", PostalMethodName(id), "' already"),
                             {{"resource", PostalMethodName(id)}});
          }
          if (!absl::IsNotFound(taken.status())) return taken.status();
          QS_RETURN_IF_ERROR(tx.PutPostalMethod(record));
          QS_RETURN_IF_ERROR(AddEvent(tx, parts_.clock.Now(), "postal_method.created", PostalMethodName(id)));
          *response.mutable_postal_method() = ToProto(record);
          return absl::OkStatus();
        }});
  }

  absl::Status Get(const api::GetPostalMethodRequest& request, api::GetPostalMethodResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParsePostalMethodName(request.name()));
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const PostalMethodRecord record, tx.GetPostalMethod(id));
      *response.mutable_postal_method() = ToProto(record);
      return absl::OkStatus();
    });
  }

  absl::Status List(const api::ListPostalMethodsRequest& request, api::ListPostalMethodsResponse& response) {
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    const RowFilter<PostalMethodRecord> wanted = ParsePostalMethodFilter(request.filter());
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const std::vector<PostalMethodRecord> records,
                          tx.ListPostalMethods(page.cursor, RowsToRead(page, request.filter())));
      const auto add = [&](size_t i) {
        *response.add_postal_methods() = ToProto(records[i]);
        return absl::OkStatus();
      };
      const auto cursor_of = [](const PostalMethodRecord& row) { return row.id; };
      QS_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                          FillPage(request, page, records, wanted, add, cursor_of));
      return absl::OkStatus();
    });
  }

  absl::Status Update(const api::UpdatePostalMethodRequest& request, api::UpdatePostalMethodResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id,
                        ParsePostalMethodName(request.postal_method().name(), "postal_method.name"));
    QS_ASSIGN_OR_RETURN(const std::set<std::string> mask, PathsOf(request.update_mask(), fields_));
    return context_.changes.Make(
        request, response, {.apply = [&](Tx& tx) -> absl::Status {
          QS_ASSIGN_OR_RETURN(const PostalMethodRecord stored, tx.GetPostalMethod(id));
          QS_RETURN_IF_ERROR(CheckEtag(request.postal_method().etag(), stored.revision, PostalMethodName(id)));
          QS_ASSIGN_OR_RETURN(PostalMethodRecord record, Merge(stored, request.postal_method(), mask));
          if (record != stored) {
            ++record.revision;
            QS_RETURN_IF_ERROR(tx.PutPostalMethod(record));
            QS_RETURN_IF_ERROR(AddEvent(tx, parts_.clock.Now(), "postal_method.updated", PostalMethodName(id)));
          }
          *response.mutable_postal_method() = ToProto(record);
          return absl::OkStatus();
        }});
  }

  absl::Status Delete(const api::DeletePostalMethodRequest& request, api::DeletePostalMethodResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParsePostalMethodName(request.name()));
    return context_.changes.Make(
        request, response, {.apply = [&](Tx& tx) -> absl::Status {
          QS_ASSIGN_OR_RETURN(const PostalMethodRecord stored, tx.GetPostalMethod(id));
          QS_RETURN_IF_ERROR(CheckEtag(request.etag(), stored.revision, PostalMethodName(id)));
          QS_ASSIGN_OR_RETURN(const bool mapped, tx.IsPostalMethodMapped(id));
          if (mapped || id == kDefaultPostalMethod) {
            return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPostalMethodInUse,
                             mapped ? absl::StrCat("services of channels are mapped to '", PostalMethodName(id),
                                                   "'; map them to another first")
                                    : "what is not mapped goes by the default; it cannot be deleted",
                             {{"resource", PostalMethodName(id)}});
          }
          QS_RETURN_IF_ERROR(tx.DeletePostalMethod(id));
          return AddEvent(tx, parts_.clock.Now(), "postal_method.deleted", PostalMethodName(id));
        }});
  }

  // Names of the services the plugin knows, by tag.
  std::map<std::string, std::string> ServicesOf(const std::string& plugin_id) {
    std::map<std::string, std::string> services;
    const auto plugin = parts_.catalog.Get(plugin_id);
    if (!plugin.ok()) return services;
    for (const auto& service : plugin->manifest.shipping_services()) services[service.tag()] = service.name();
    return services;
  }

  absl::Status ListMappings(const api::ListShippingMappingsRequest& request,
                            api::ListShippingMappingsResponse& response) {
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    QS_ASSIGN_OR_RETURN(const MappingKey seen, ParseMappingCursor(page));
    QS_ASSIGN_OR_RETURN(const std::string id, ParseChannelName(request.parent(), "parent"));
    // By tag and site; a tag without a mapping of its own has an empty one.
    std::map<MappingKey, std::string> rows;
    std::string plugin_id;
    std::vector<ShippingMappingRecord> mappings;
    std::set<std::string> tags;
    QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const ChannelRecord channel, tx.GetChannel(id));
      QS_ASSIGN_OR_RETURN(const AccountRecord account, tx.GetAccount(channel.account_id));
      plugin_id = account.plugin_id;
      QS_ASSIGN_OR_RETURN(const std::vector<std::string> seen, tx.ListShippingTags(id));
      tags = {seen.begin(), seen.end()};
      QS_ASSIGN_OR_RETURN(mappings, tx.ListShippingMappings(id));
      return absl::OkStatus();
    }));
    const std::map<std::string, std::string> services = ServicesOf(plugin_id);
    for (const auto& [tag, name] : services) tags.insert(tag);
    for (const ShippingMappingRecord& mapping : mappings) {
      tags.erase(mapping.tag);
      rows[{mapping.tag, mapping.site}] = mapping.postal_method;
    }
    for (const std::string& tag : tags) rows[{tag, ""}] = "";
    if (request.filter().only_unmapped())
      std::erase_if(rows, [](const auto& mapping) { return !mapping.second.empty(); });
    // Rows that come or go between two pages move no others.
    for (auto row = page.cursor.empty() ? rows.begin() : rows.upper_bound(seen); row != rows.end(); ++row) {
      const auto& [key, method] = *row;
      if (response.shipping_mappings_size() == page.size) {
        response.set_next_page_token(MakePageToken(request, MappingCursor(std::prev(row)->first)));
        break;
      }
      api::ShippingMapping& out = *response.add_shipping_mappings();
      out.set_channel(ChannelName(id));
      out.set_tag(key.first);
      if (const auto service = services.find(key.first); service != services.end()) out.set_tag_name(service->second);
      out.set_site(key.second);
      if (!method.empty()) out.set_postal_method(PostalMethodName(method));
    }
    return absl::OkStatus();
  }

  absl::Status SetMapping(const api::SetShippingMappingRequest& request, api::SetShippingMappingResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string channel_id, ParseChannelName(request.parent(), "parent"));
    const absl::StatusOr<std::string> parsed = request.postal_method().empty()
                                                   ? absl::StatusOr<std::string>("")
                                                   : ParsePostalMethodName(request.postal_method(), "postal_method");
    std::vector<FieldViolation> violations;
    if (request.tag().empty() || request.tag().size() > kMaxTagBytes || !IsOneLine(request.tag()))
      violations.push_back({"tag", absl::StrCat("must be one line of 1..", kMaxTagBytes, " bytes")});
    if (request.site().size() > kMaxSiteBytes || !IsOneLine(request.site()))
      violations.push_back({"site", absl::StrCat("must be one line of at most ", kMaxSiteBytes, " bytes")});
    QS_RETURN_IF_ERROR(WithViolations(std::move(violations), parsed.status()));
    const std::string& method = *parsed;
    return context_.changes.Make(
        request, response, {.apply = [&](Tx& tx) -> absl::Status {
          QS_RETURN_IF_ERROR(tx.GetChannel(channel_id).status());
          if (!method.empty()) QS_RETURN_IF_ERROR(tx.GetPostalMethod(method).status());
          QS_RETURN_IF_ERROR(tx.PutShippingMapping(
              {.channel_id = channel_id, .tag = request.tag(), .site = request.site(), .postal_method = method}));
          QS_RETURN_IF_ERROR(AddEvent(tx, parts_.clock.Now(), "channel.shipping_mapped", ChannelName(channel_id),
                                      {{"tag", request.tag()}, {"site", request.site()}, {"postal_method", method}}));
          api::ShippingMapping& out = *response.mutable_shipping_mapping();
          out.set_channel(ChannelName(channel_id));
          out.set_tag(request.tag());
          out.set_site(request.site());
          out.set_postal_method(request.postal_method());
          return absl::OkStatus();
        }});
  }

  const std::set<std::string> fields_ = {"vendor", "display_name", "carrier_codes"};
  const ApiContext& context_;
  const ApiParts& parts_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeShippingService(const ApiContext& context) {
  return std::make_unique<ShippingService>(context);
}

}  // namespace quayside
