// The exception barrier and the dispatch from contract and method names to the typed contracts.
#include <cstring>
#include <exception>
#include <new>

#include "quayside/sdk.h"
#include "src/bytes.h"

namespace quayside::sdk::internal {

// What a plugin's class derives from, asked once and not with each call; null where it does not.
struct Contracts {
  explicit Contracts(Plugin* plugin)
      : orders(dynamic_cast<OrderSync*>(plugin)),
        push(dynamic_cast<InventoryPush*>(plugin)),
        listings(dynamic_cast<ListingSync*>(plugin)),
        despatch(dynamic_cast<Despatch*>(plugin)),
        centre(dynamic_cast<Fulfilment*>(plugin)),
        post_sale(dynamic_cast<PostSale*>(plugin)) {}

  OrderSync* orders;
  InventoryPush* push;
  ListingSync* listings;
  Despatch* despatch;
  Fulfilment* centre;
  PostSale* post_sale;
};

}  // namespace quayside::sdk::internal

// What the C ABI calls an instance.
struct qs_instance {
  const qs_host* host;  // not a copy: a newer host's struct is longer than this library knows
  std::unique_ptr<quayside::sdk::Plugin> plugin;
  quayside::sdk::internal::Contracts contracts;
};

namespace quayside::sdk {

Result<pb::Cursor> Plugin::UpgradeCursor(const std::string& contract, const pb::Cursor& cursor) {
  return Error::Invalid("CURSOR_SCHEMA_UNKNOWN",
                        contract + ": this version cannot read cursors of schema " + std::to_string(cursor.schema()));
}

namespace internal {
namespace {

// Written once by Table() before any other entry can be called; constant-initialised, so nothing runs at load or
// unload.
constinit const PluginType* g_type = nullptr;
constinit const char* g_manifest = nullptr;

qs_status Fail(qs_sink* sink, const Error& error) {
  if (sink != nullptr) WriteTo(sink, EncodeError(error));
  // An Error that says OK would be read as a reply.
  return error.status == QS_OK ? QS_INTERNAL : error.status;
}

// Runs `body`; whatever it throws becomes a status. Nothing else may cross the boundary.
template <typename Body>
qs_status Guarded(qs_sink* sink, Body&& body) noexcept {
  try {
    return body();
  } catch (const std::exception& e) {
    try {
      return Fail(sink, Error::Internal(std::string("exception: ") + e.what()));
    } catch (...) {
      return QS_INTERNAL;  // no memory left to say why
    }
  } catch (...) {
    return QS_INTERNAL;  // a foreign exception has nothing to tell
  }
}

template <typename Reply>
qs_status Answer(qs_sink* sink, const Result<Reply>& result) {
  if (!result.ok()) return Fail(sink, result.error());
  if (!WriteTo(sink, result.value())) return Fail(sink, Error::Internal("the reply is larger than the host takes"));
  return QS_OK;
}

template <typename Request, typename Run>
qs_status With(const qs_call& call, qs_sink* sink, Run&& run) {
  Request request;
  if (!ReadFrom(TextOf(call.request), request)) {
    return Fail(sink, Error::Invalid("REQUEST_UNREADABLE", std::string(call.contract) + " " + call.method +
                                                               ": the request is no " + "message of this method"));
  }
  return Answer(sink, run(request));
}

qs_status Unsupported(const qs_call& call, qs_sink* sink) {
  return Fail(
      sink,
      {QS_UNSUPPORTED, "CONTRACT_NOT_OFFERED", std::string(call.contract) + " " + call.method + " is not offered", {}});
}

bool Is(const char* a, const char* b) { return std::strcmp(a, b) == 0; }

template <typename Request, typename Reply, typename Contract>
qs_status Run(Contract& contract, Result<Reply> (Contract::*method)(const Request&, Step&), Step& step,
              const qs_call& call, qs_sink* sink) {
  return With<Request>(call, sink, [&](const Request& request) { return (contract.*method)(request, step); });
}

qs_status Dispatch(OrderSync& orders, Step& step, const qs_call& call, qs_sink* sink) {
  if (Is(call.method, "pull")) return Run(orders, &OrderSync::PullOrders, step, call, sink);
  if (Is(call.method, "get")) return Run(orders, &OrderSync::GetOrders, step, call, sink);
  if (Is(call.method, "enumerate")) return Run(orders, &OrderSync::EnumerateOrders, step, call, sink);
  return Unsupported(call, sink);
}

qs_status Dispatch(InventoryPush& push, Step& step, const qs_call& call, qs_sink* sink) {
  if (Is(call.method, "push")) return Run(push, &InventoryPush::PushQuantities, step, call, sink);
  if (Is(call.method, "push_bulk")) return Run(push, &InventoryPush::PushBulk, step, call, sink);
  if (Is(call.method, "find_bulk")) return Run(push, &InventoryPush::FindBulk, step, call, sink);
  if (Is(call.method, "withdraw_bulk")) return Run(push, &InventoryPush::WithdrawBulk, step, call, sink);
  if (Is(call.method, "poll")) return Run(push, &InventoryPush::PollQuantities, step, call, sink);
  if (Is(call.method, "read_back")) return Run(push, &InventoryPush::ReadBackQuantities, step, call, sink);
  return Unsupported(call, sink);
}

qs_status Dispatch(ListingSync& listings, Step& step, const qs_call& call, qs_sink* sink) {
  if (Is(call.method, "pull")) return Run(listings, &ListingSync::PullListings, step, call, sink);
  return Unsupported(call, sink);
}

qs_status Dispatch(Despatch& despatch, Step& step, const qs_call& call, qs_sink* sink) {
  if (Is(call.method, "confirm")) return Run(despatch, &Despatch::ConfirmDespatch, step, call, sink);
  if (Is(call.method, "poll")) return Run(despatch, &Despatch::PollDespatch, step, call, sink);
  if (Is(call.method, "reconcile")) return Run(despatch, &Despatch::ReconcileDespatch, step, call, sink);
  return Unsupported(call, sink);
}

qs_status Dispatch(Fulfilment& centre, Step& step, const qs_call& call, qs_sink* sink) {
  if (Is(call.method, "pull_stock")) return Run(centre, &Fulfilment::PullStock, step, call, sink);
  if (Is(call.method, "quote")) return Run(centre, &Fulfilment::QuoteOutbound, step, call, sink);
  if (Is(call.method, "submit")) return Run(centre, &Fulfilment::SubmitOutbound, step, call, sink);
  if (Is(call.method, "cancel")) return Run(centre, &Fulfilment::CancelOutbound, step, call, sink);
  if (Is(call.method, "pull_updates")) return Run(centre, &Fulfilment::PullOutboundUpdates, step, call, sink);
  if (Is(call.method, "reconcile")) return Run(centre, &Fulfilment::ReconcileOutbound, step, call, sink);
  return Unsupported(call, sink);
}

qs_status Dispatch(PostSale& post_sale, Step& step, const qs_call& call, qs_sink* sink) {
  if (Is(call.method, "cancel")) return Run(post_sale, &PostSale::CancelOrders, step, call, sink);
  if (Is(call.method, "refund")) return Run(post_sale, &PostSale::RefundOrders, step, call, sink);
  if (Is(call.method, "poll")) return Run(post_sale, &PostSale::PollPostSale, step, call, sink);
  if (Is(call.method, "find")) return Run(post_sale, &PostSale::FindPostSale, step, call, sink);
  return Unsupported(call, sink);
}

// The methods every plugin has.
qs_status DispatchOwn(Plugin& plugin, Step& step, const qs_call& call, qs_sink* sink) {
  if (Is(call.method, "check")) return With<pb::CheckRequest>(call, sink, [&](auto&) { return plugin.Check(step); });
  if (Is(call.method, "validate_config"))
    return With<pb::ValidateConfigRequest>(call, sink, [&](auto& rq) { return plugin.ValidateConfig(rq.config()); });
  return Unsupported(call, sink);
}

// Null: the plugin does not offer it.
template <typename Contract>
qs_status DispatchTo(Contract* contract, Step& step, const qs_call& call, qs_sink* sink) {
  return contract != nullptr ? Dispatch(*contract, step, call, sink) : Unsupported(call, sink);
}

qs_status Dispatch(const qs_instance& instance, Step& step, const qs_call& call, qs_sink* sink) {
  const Contracts& offered = instance.contracts;
  if (Is(call.contract, "order_sync/1")) return DispatchTo(offered.orders, step, call, sink);
  if (Is(call.contract, "inventory_push/1")) return DispatchTo(offered.push, step, call, sink);
  if (Is(call.contract, "listing_sync/1")) return DispatchTo(offered.listings, step, call, sink);
  if (Is(call.contract, "despatch/1")) return DispatchTo(offered.despatch, step, call, sink);
  if (Is(call.contract, "fulfilment/1")) return DispatchTo(offered.centre, step, call, sink);
  if (Is(call.contract, "post_sale/1")) return DispatchTo(offered.post_sale, step, call, sink);
  if (Is(call.contract, "plugin/1")) return DispatchOwn(*instance.plugin, step, call, sink);
  return Unsupported(call, sink);
}

qs_status Describe(qs_sink* reply) noexcept {
  return Guarded(reply, [&] {
    pb::DescribeReply message;
    message.set_manifest_json(g_manifest);
    return WriteTo(reply, message) ? QS_OK : QS_INTERNAL;
  });
}

qs_status Create(const qs_host* host, qs_bytes config, qs_instance** instance, qs_sink* error) noexcept {
  return Guarded(error, [&]() -> qs_status {
    pb::InstanceConfig parsed;
    if (!ReadFrom(TextOf(config), parsed)) {
      return Fail(error, Error::Invalid("CONFIG_UNREADABLE", "the configuration is no InstanceConfig"));
    }
    auto made = g_type->create(parsed);
    if (!made.ok()) return Fail(error, made.error());
    std::unique_ptr<Plugin> plugin = std::move(made.value());
    const Contracts contracts(plugin.get());
    *instance = new qs_instance{host, std::move(plugin), contracts};
    return QS_OK;
  });
}

qs_status Call(qs_instance* instance, const qs_call* call, qs_sink* reply) noexcept {
  return Guarded(reply, [&] {
    Step step(*instance->host, *call);
    return Dispatch(*instance, step, *call, reply);
  });
}

qs_status UpgradeCursor(const char* contract, qs_bytes cursor, qs_sink* reply) noexcept {
  return Guarded(reply, [&]() -> qs_status {
    pb::Cursor parsed;
    if (!ReadFrom(TextOf(cursor), parsed)) {
      return Fail(reply, Error::Invalid("CURSOR_UNREADABLE", "the bytes are no Cursor"));
    }
    return Answer(reply, g_type->upgrade_cursor(contract, parsed));
  });
}

void Destroy(qs_instance* instance) noexcept { delete instance; }
void Unload() noexcept {}

constinit qs_plugin g_table = {sizeof(qs_plugin), QS_ABI_MINOR, nullptr,        nullptr,  &Describe,
                               &Create,           &Call,        &UpgradeCursor, &Destroy, &Unload};

}  // namespace

const qs_plugin* Table(uint32_t host_abi_minor, const PluginType& type, const char* id, const char* version,
                       const char* manifest_json) {
  (void)host_abi_minor;  // minor 0 works with every host of this major
  g_type = &type;
  g_manifest = manifest_json;
  g_table.id = id;
  g_table.version = version;
  return &g_table;
}

}  // namespace internal
}  // namespace quayside::sdk
