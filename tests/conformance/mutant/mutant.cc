// A plugin that keeps every promise, but for the one that the option `mutation` names. The kit must find each.
//
// GET /orders?since=T answers lines "id,changed,buyer" and a last line "more" or "end"; POST /stock takes "sku
// quantity" and answers "taken".
// POST /documents takes such lines, and GET /documents?since=T tells of documents as of orders: "id,taken,".
// POST /packages takes "order number" and answers "taken"; GET /packages?order=O answers a line "number,shipped," each.
//
// A cursor of schema 2 holds the place and a checksum over it. One of schema 1 was the watermark alone; an upgrade has
// no instance, and so no options: there the old cursor's state names the mutation.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#ifdef QUAYSIDE_MUTANT_THREADS
#include <thread>
#endif
#include <utility>
#include <vector>

#include "quayside/request.h"
#include "quayside/sdk.h"

using namespace quayside::sdk;  // NOLINT: a test plugin of one file

namespace {

constexpr int64_t kSecondUs = 1'000'000;
constexpr int kNapMs = 1'000;
constexpr size_t kLeakBytes = 1 << 16;

int g_pulls = 0;                  // of all instances
int64_t g_place_us = -1;          // where the last page left
size_t g_account = 0;             // whose instance was made last
bool g_lost[2] = {false, false};  // the answer to the first intent, to the second
char* volatile g_kept = nullptr;  // each is seen by somebody, so that it is really taken

struct Line {
  std::string id;
  int64_t changed_us = 0;
  std::string buyer;
};

struct Page {
  std::vector<Line> lines;
  std::vector<std::string> bad;
  bool more = false;
};

std::string StateAt(int64_t place_us) {
  const std::string place = std::to_string(place_us);
  unsigned sum = 0;
  for (const char c : place) sum = sum * 31 + static_cast<unsigned char>(c);
  return place + ":" + std::to_string(sum);
}

// Nothing when it is no state, or one that somebody changed.
std::optional<int64_t> PlaceIn(const std::string& state) {
  int64_t place_us = 0;
  const auto [end, error] = std::from_chars(state.data(), state.data() + state.size(), place_us);
  if (error != std::errc() || StateAt(place_us) != state) return std::nullopt;
  return place_us;
}

// Whatever stands behind it.
std::optional<int64_t> AnyPlaceIn(const std::string& state) {
  int64_t place_us = 0;
  const auto result = std::from_chars(state.data(), state.data() + state.size(), place_us);
  return result.ec == std::errc() ? std::optional(place_us) : std::nullopt;
}

class Mutant final : public Plugin, public OrderSync, public InventoryPush, public Despatch {
 public:
  Mutant(std::string mutation, const std::string& account)
      : mutation_(std::move(mutation)), account_(std::hash<std::string>()(account)) {
    g_account = account_;
  }

  static Result<std::unique_ptr<Mutant>> Create(const pb::InstanceConfig& config) {
    const auto option = [&](const char* name) {
      const auto found = config.options().find(name);
      return found == config.options().end() ? std::string() : found->second;
    };
    auto mutant = std::make_unique<Mutant>(option("mutation"), config.account_id());
    if (mutant->Is("leaks_memory")) {
      g_kept = new char[kLeakBytes]();
    }
#ifdef QUAYSIDE_MUTANT_NAMELESS
    if (config.options().empty()) return Error::Invalid("CONFIG_INVALID", "there are no options");
#endif
    if (mutant->Is("leaks_descriptor")) (void)dup(STDERR_FILENO);
    if (mutant->Is("names_no_field") && option("level") == "-1") return Error::Invalid("CONFIG_INVALID", "it is wrong");
    return Result<std::unique_ptr<Mutant>>(std::move(mutant));
  }

  static Result<pb::Cursor> UpgradeCursor(const std::string& contract, const pb::Cursor& cursor) {
    const std::string& mutation = cursor.state();
    if (contract != "order_sync/1" || cursor.schema() != 1 || mutation == "upgrade_refuses")
      return Plugin::UpgradeCursor(contract, cursor);
    pb::Cursor upgraded;
    upgraded.set_schema(2);
    upgraded.set_watermark_us(cursor.watermark_us() + (mutation == "upgrade_moves_the_watermark_on" ? 1 : 0));
    upgraded.set_state(StateAt(cursor.watermark_us() * (mutation == "upgrade_loses_the_place" ? 1'000 : 1)));
    return upgraded;
  }

  Result<pb::CheckReply> Check(Step& step) override {
    const auto page = Read("/orders", 0, step);
    if (Is("check_fails")) return Error::Auth("CREDENTIALS_REFUSED", "no");
    pb::CheckReply reply;
    pb::CheckFinding& finding = *reply.add_findings();
    finding.set_subject("shop");
    finding.set_ok(page.ok());
    if (!page.ok()) finding.set_message("it cannot be read: " + page.error().message);
    return reply;
  }

  Result<pb::PullOrdersReply> PullOrders(const pb::PullOrdersRequest& request, Step& step) override {
    QS_TRY(int64_t from_us, PlaceOf(request));
    if (Is("prints")) std::printf("pulling\n"), std::fflush(stdout);
    ++g_pulls;
    if (Is("points_into_the_library") && request.has_cursor() && g_place_us < 0) return Hand({}, from_us, 0, step);
    if (Is("reads_for_the_last_account") && g_account != account_) return Hand({}, from_us, 0, step);
    if (Is("keeps_position")) from_us = std::max(from_us, own_position_us_);
#ifdef QUAYSIDE_MUTANT_THREADS
    Result<Page> page = Page();
    std::thread([&] { page = Read("/orders", from_us, step); }).join();
#else
    auto page = Read("/orders", from_us, step);
#endif
    if (!page.ok()) {
      if (Is("logs_names_on_bad_days")) step.Info("not read after", {{"buyer", last_buyer_}});
      if (!Is("error_is_an_empty_page")) return page.error();
      page = Page();
      from_us = step.NowUs();
    }
    return Hand(page.value(), from_us, request.page_size(), step);
  }

  Result<pb::PushReply> PushQuantities(const pb::PushRequest& request, Step& step) override {
    pb::PushReply reply;
    int number = 0;
    for (pb::QuantityIntent intent : request.intents()) {
      ++number;
      if (Is("gives_all_the_first_quantity")) intent.set_quantity(request.intents(0).quantity());
      if (Is("forgets_an_intent") && number == request.intents_size()) break;
      pb::Outcome& outcome = *reply.add_outcomes();
      outcome.set_intent_id(intent.intent_id());
      if (intent.fulfilment() != pb::FULFILMENT_CHANNEL_MERCHANT && !Is("pushes_everything")) {
        outcome.mutable_rejected()->set_reason("NOT_MERCHANT_FULFILLED");
      } else if (Is("likes_the_first") && number > 1) {
        outcome.mutable_rejected()->set_reason("NOT_THE_FIRST");
      } else if (Is("sends_nothing") || (Is("leaves_one_out") && intent.sku() == "KIT-2")) {
        outcome.mutable_done();
      } else {
        Push(intent, outcome, step);
      }
    }
    return reply;
  }

  Result<pb::PushReply> PushBulk(const pb::PushRequest& request, Step& step) override {
    pb::PushReply reply;
    pb::HttpRequest document = MakeRequest("POST", "shop", "/documents", "");
    std::vector<pb::Outcome*> sent;
    for (const pb::QuantityIntent& intent : request.intents()) {
      pb::Outcome& outcome = *reply.add_outcomes();
      outcome.set_intent_id(intent.intent_id());
      if (intent.fulfilment() != pb::FULFILMENT_CHANNEL_MERCHANT) {
        outcome.mutable_rejected()->set_reason("NOT_MERCHANT_FULFILLED");
        continue;
      }
      *document.mutable_body() += intent.sku() + " " + std::to_string(intent.quantity()) + "\n";
      sent.push_back(&outcome);
    }
    if (sent.empty()) return reply;
    if (Is("stamps_documents")) *document.mutable_body() += std::to_string(step.NowUs());
    const auto answer = step.Http(document);
    for (pb::Outcome* outcome : sent) SettleBulk(answer, *outcome, step);
    return reply;
  }

  Result<pb::FindBulkReply> FindBulk(const pb::FindBulkRequest& request, Step& step) override {
    QS_TRY(const Page page, Read("/documents", request.sent_from_us(), step));
    pb::FindBulkReply reply;
    reply.set_answer(pb::FindBulkReply::ANSWER_ABSENT);
    if (Is("finds_nothing")) return reply;
    const auto& known = request.known_handles();
    for (const Line& line : page.lines) {
      const bool is_other = std::find(known.begin(), known.end(), line.id) != known.end();
      const bool is_then = line.changed_us >= request.sent_from_us() && line.changed_us <= request.sent_to_us();
      if ((is_other && !Is("finds_the_known")) || (!is_then && !Is("finds_any"))) continue;
      reply.set_answer(pb::FindBulkReply::ANSWER_FOUND);
      reply.set_handle(line.id);
    }
    return reply;
  }

  Result<pb::ConfirmDespatchReply> ConfirmDespatch(const pb::ConfirmDespatchRequest& request, Step& step) override {
    pb::ConfirmDespatchReply reply;
    for (const pb::DespatchIntent& intent : request.intents()) {
      pb::Outcome& outcome = *reply.add_outcomes();
      outcome.set_intent_id(intent.intent_id());
      pb::HttpRequest package = MakeRequest("POST", "shop", "/packages", "");
      package.set_body(intent.order_external_id() + " " + std::to_string(intent.package_number()));
      Settle(step.Http(package), outcome, step);
    }
    return reply;
  }

  Result<pb::ReconcileDespatchReply> ReconcileDespatch(const pb::ReconcileDespatchRequest& request,
                                                       Step& step) override {
    pb::ReconcileDespatchReply reply;
    for (const pb::DespatchIntent& intent : request.intents()) {
      QS_TRY(const Page page, Read("/packages", "order", intent.order_external_id(), step));
      const bool is_there = std::any_of(page.lines.begin(), page.lines.end(), [&](const Line& line) {
        return line.id == std::to_string(intent.package_number());
      });
      pb::DespatchFinding& finding = *reply.add_findings();
      finding.set_intent_id(intent.intent_id());
      if (Is("never_decides")) {
        finding.set_state(pb::DespatchFinding::STATE_UNDECIDED);
        finding.set_ask_again_us(step.NowUs() + 10 * kSecondUs);
      } else {
        finding.set_state(is_there || Is("believes_itself") ? pb::DespatchFinding::STATE_CONFIRMED
                                                            : pb::DespatchFinding::STATE_ABSENT);
      }
    }
    return reply;
  }

 private:
  [[nodiscard]] bool Is(const char* mutation) const { return mutation_ == mutation; }

  // Where the request's lane stands.
  [[nodiscard]] Result<int64_t> PlaceOf(const pb::PullOrdersRequest& request) const {
    if (!request.has_cursor()) return request.changed_from_us();
    const pb::Cursor& cursor = request.cursor();
    if (Is("takes_any_cursor")) return cursor.watermark_us();
    if (cursor.schema() != 2) return Error::Invalid("CURSOR_SCHEMA_UNKNOWN", "this version reads cursors of schema 2");
    const auto place_us = Is("believes_any_state") ? AnyPlaceIn(cursor.state()) : PlaceIn(cursor.state());
    if (place_us) return *place_us;
    if (Is("begins_anew")) return request.changed_from_us();
    return Error::Invalid("CURSOR_INVALID", "the cursor is damaged");
  }

  Result<Page> Read(const char* path, int64_t since_us, Step& step) {
    return Read(path, "since", std::to_string(since_us), step);
  }

  Result<Page> Read(const char* path, const char* parameter, const std::string& value, Step& step) {
    pb::HttpRequest request = MakeRequest("GET", Is("goes_elsewhere") ? "elsewhere" : "shop", path, "");
    AddQuery(request, parameter, value);
    QS_TRY(const pb::HttpReply reply, step.Http(request));
    if (reply.status() == 429 && Is("sleeps")) poll(nullptr, 0, kNapMs);
    if (reply.status() == 429 && Is("throttled_is_a_fault")) return Error::Internal("throttled");
    if (reply.status() == 429 && Is("throttled_is_an_empty_page")) return Page();
    if (reply.status() == 429 && Is("throttled_forgets_the_time")) return Error::RetryAt(0, "THROTTLED", "not now");
    if (reply.status() == 429)
      return Error::RetryAt(step.NowUs() + 10 * kSecondUs, "THROTTLED", "the shop asks to wait");
    if (reply.status() != 200) {
      const bool forgets = Is("down_forgets_the_time");
      return Error::RetryAt(forgets ? 0 : step.NowUs() + 30 * kSecondUs, "CHANNEL_UNAVAILABLE", "it cannot be read");
    }
    return Parse(reply.body());
  }

  Result<Page> Parse(const std::string& body) const {
    Page page;
    std::istringstream lines(body);
    std::string last;
    for (std::string line; std::getline(lines, line);) {
      last = line;
      const size_t first = line.find(',');
      const size_t second = line.find(',', first + 1);
      if (second == std::string::npos) continue;
      Line parsed{line.substr(0, first), 0, line.substr(second + 1)};
      const char* begin = line.data() + first + 1;
      const auto [end, error] = std::from_chars(begin, line.data() + second, parsed.changed_us);
      if (error != std::errc() || end == begin) {
        page.bad.push_back(line);
      } else {
        page.lines.push_back(parsed);
      }
    }
    page.more = last == "more";
    if (!page.more && last != "end" && !Is("takes_half_a_body"))
      return Error::RetryAt(0, "CHANNEL_UNAVAILABLE", "the answer breaks off");
    return page;
  }

  pb::PullOrdersReply Hand(const Page& page, int64_t from_us, int page_size, Step& step) {
    pb::PullOrdersReply reply;
    int64_t position_us = from_us;
    for (const Line& line : page.lines) {
      position_us = std::max(position_us, line.changed_us);
      if (Is("loses_an_item") && line.id == "A-2") continue;
      if (Is("loses_in_small_pages") && page_size == 1 && line.id == "A-2") continue;
      if (Is("global_state") && g_pulls > 3 && line.id == "A-2") continue;
      if (Is("logs_names")) step.Info("an order", {{"buyer", line.buyer}});
      pb::Order& order = *reply.add_orders();
      order.set_external_id(line.id);
      order.set_marketplace("main");
      order.set_status(pb::ORDER_STATUS_OPEN);
      order.set_updated_us(line.changed_us);
      order.mutable_buyer()->set_name(line.buyer);
      last_buyer_ = line.buyer;
      if (Is("counts_calls")) order.set_raw_status(std::to_string(g_pulls));
    }
    for (const std::string& line : page.bad) {
      pb::BadRecord& bad = *reply.add_bad_records();
      bad.set_key("a line");
      bad.set_raw(line);
      if (!Is("bad_record_without_reason")) bad.set_reason("no time");
    }
    if (Is("follows_the_clock")) position_us = step.NowUs();
    if (Is("goes_back") && from_us > 0) position_us = from_us - 1;
    own_position_us_ = position_us;
    reply.set_has_more(page.more && position_us > from_us);
    g_place_us = position_us;
    if (!Is("cursor_without_schema")) reply.mutable_next_cursor()->set_schema(2);
    reply.mutable_next_cursor()->set_state(StateAt(position_us));
    reply.mutable_next_cursor()->set_watermark_us(position_us);
    return reply;
  }

  void Push(const pb::QuantityIntent& intent, pb::Outcome& outcome, Step& step) const {
    bool& lost = g_lost[intent.intent_id() == "kit-1" ? 0 : 1];
    if (Is("takes_lost_for_done") && std::exchange(lost, false)) {
      outcome.mutable_done();
      return;
    }
    pb::HttpRequest request = MakeRequest("POST", "shop", "/stock", "");
    request.set_body(intent.sku() + " " + std::to_string(intent.quantity()));
    if (Is("writes_for_the_last_account") && g_account != account_) *request.mutable_body() += " of another";
    if (Is("stamps_writes")) *request.mutable_body() += " at " + std::to_string(step.NowUs());
    const auto reply = step.Http(request);
    lost = !reply.ok() && reply.error().status == QS_UNKNOWN;
    Settle(reply, outcome, step);
  }

  void Settle(const Result<pb::HttpReply>& reply, pb::Outcome& outcome, Step& step) const {
    const bool throttled = reply.ok() && reply.value().status() == 429;
    if (throttled && Is("push_sleeps")) poll(nullptr, 0, kNapMs);
    if (throttled && Is("push_rejects_on_429")) {
      outcome.mutable_rejected()->set_reason("THROTTLED");
    } else if (throttled) {
      outcome.mutable_retry()->set_at_us(Is("push_forgets_the_time") ? 0 : step.NowUs() + 10 * kSecondUs);
    } else if (reply.ok() && (reply.value().status() >= 300 ||
                              (reply.value().body() != "taken\n" && !Is("push_takes_half_a_body")))) {
      outcome.mutable_unknown()->set_message("the shop cannot say");
    } else if (reply.ok() || (Is("guesses") && reply.error().status == QS_UNKNOWN) ||
               (Is("push_ignores_cancelling") && reply.error().status == QS_CANCELLED)) {
      outcome.mutable_done();
    } else if (reply.error().status == QS_DEADLINE && Is("silent_past_its_deadline")) {
      return;
    } else if (reply.error().status == QS_RETRY) {
      outcome.mutable_retry()->set_at_us(reply.error().retry_at_us);
    } else {
      outcome.mutable_unknown()->set_message("the answer was lost");
    }
  }

  void SettleBulk(const Result<pb::HttpReply>& answer, pb::Outcome& outcome, Step& step) const {
    if (answer.ok() && answer.value().status() == 429) {
      outcome.mutable_retry()->set_at_us(step.NowUs() + 10 * kSecondUs);
    } else if (answer.ok() && answer.value().status() < 300) {
      outcome.mutable_accepted()->set_handle("D-1");
    } else if (!answer.ok() && answer.error().status == QS_RETRY) {
      outcome.mutable_retry()->set_at_us(answer.error().retry_at_us);
    } else if (!answer.ok() && answer.error().status == QS_UNKNOWN && Is("retries_what_was_lost")) {
      outcome.mutable_retry()->set_at_us(step.NowUs());
    } else {
      outcome.mutable_unknown()->set_message("there may be a document");
    }
  }

  std::string mutation_;
  size_t account_;
  int64_t own_position_us_ = 0;
  std::string last_buyer_;
};

}  // namespace

QUAYSIDE_PLUGIN(Mutant)
