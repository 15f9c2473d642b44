#include "tools/quayside/commands/plugin_record.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "google/protobuf/struct.pb.h"
#include "sdk/conformance/bundle.h"
#include "tools/quayside/cassette_file.h"
#include "tools/quayside/channel_config.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/crossings.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/key_files.h"
#include "tools/quayside/live_marketplace.h"
#include "tools/quayside/playing.h"
#include "tools/quayside/secrets.h"

namespace quayside::cli {
namespace {

namespace json = boost::json;

struct RecordOptions {
  std::string bundle;
  std::string out;
  std::string base;
  std::vector<std::string> origins;
  std::vector<std::string> secrets;
  std::vector<std::string> options;
  std::vector<std::string> marketplaces;
  std::vector<std::string> keep;
  bool writes = false;
  bool show = false;
};

struct ReplayOptions {
  std::string bundle;
  std::string cassette;
  bool show = false;
};

absl::StatusOr<conformance::Bundle> OpenBundle(const std::string& path) {
  conformance::BundleReading reading = conformance::ReadBundle(path);
  if (!reading.problem.empty()) return UsageError(reading.problem);
  return std::move(reading.bundle);
}

absl::StatusOr<conformance::Cassette> Understand(const json::object& cassette, const std::string& file) {
  conformance::CassetteReading reading = conformance::ParseCassette(json::serialize(cassette));
  if (!reading.problem.empty()) return UsageError(absl::StrCat(file, ": ", reading.problem));
  return std::move(reading.cassette);
}

// What crosses the boundary, as it does.
void ShowCrossings(Context& context, conformance::World& world) {
  world.Listen([&context](const conformance::Crossing& crossing) { context.output.Text(CrossingText(crossing)); });
}

// "shop=http://127.0.0.1:8080" -> the manifest's address of `shop`, and the other one.
absl::StatusOr<std::map<std::string, std::string>> OriginMap(const plugin::v1::Manifest& manifest,
                                                             const std::vector<std::string>& flags) {
  std::map<std::string, std::string> map;
  for (const std::string& flag : flags) {
    const auto given = SplitAssignment(flag);
    const std::string* declared = nullptr;
    for (const auto& origin : manifest.origins()) {
      if (given && origin.name() == given->first) declared = &origin.url();
    }
    if (declared == nullptr)
      return UsageError(absl::StrCat("--origin ", flag, ": write NAME=ADDRESS with an origin of the manifest"));
    map[*declared] = given->second;
  }
  return map;
}

absl::Status AddOptions(const std::vector<std::string>& flags, json::object& cassette) {
  for (const std::string& flag : flags) {
    const auto given = SplitAssignment(flag);
    if (!given) return UsageError(absl::StrCat("--option ", flag, ": write NAME=VALUE"));
    json::value& options = cassette["options"];
    if (!options.is_object()) options = json::object();
    options.get_object()[given->first] = given->second;
  }
  return absl::OkStatus();
}

// What there is before anything is recorded: of the cassette given, without what is recorded anew.
absl::StatusOr<json::object> Blank(Context& context, const RecordOptions& options) {
  json::object cassette;
  if (!options.base.empty()) {
    QS_CLI_ASSIGN_OR_RETURN(cassette, ReadCassetteFile(options.base));
  }
  for (const char* recorded : {"exchanges", "expected", "replies"}) cassette.erase(recorded);
  cassette["now_us"] = absl::ToUnixMicros(context.console.now());
  QS_CLI_RETURN_IF_ERROR(AddOptions(options.options, cassette));
  if (!options.marketplaces.empty()) {
    json::array marketplaces;
    for (const std::string& one : options.marketplaces) marketplaces.emplace_back(one);
    cassette["marketplaces"] = std::move(marketplaces);
  }
  return cassette;
}

absl::StatusOr<std::map<std::string, std::string>> ReadSecrets(Context& context,
                                                               const std::vector<std::string>& flags) {
  std::map<std::string, std::string> secrets;
  for (const std::string& flag : flags) {
    QS_CLI_ASSIGN_OR_RETURN(const SecretRequest request, ParseSecretFlag(flag));
    QS_CLI_ASSIGN_OR_RETURN(secrets[request.name], ReadSecret(request, context.console));
  }
  return secrets;
}

absl::Status Judge(const std::vector<PlayedMethod>& all, const std::string& headline) {
  std::vector<std::string> lines;
  for (const PlayedMethod& played : all) {
    if (!played.problem.empty()) lines.push_back(absl::StrCat(played.title, ": ", played.problem));
  }
  return lines.empty() ? absl::OkStatus() : WithLines(absl::FailedPreconditionError(headline), lines);
}

void Show(Context& context, const std::vector<PlayedMethod>& all) {
  Table table({{"METHOD"}, {"REPLIES", Align::kRight}, {"ITEMS", Align::kRight}, {"SHA-256"}});
  for (const PlayedMethod& played : all) {
    table.AddRow({played.title, std::to_string(played.replies), std::to_string(played.keys.size()),
                  played.digest.substr(0, 16)});
  }
  context.output.TableOr(table, "The plugin declares nothing that can be read.");
}

// What a play from the cassette hands over is what is expected of it from here on.
void Expect(const std::vector<PlayedMethod>& replayed, json::object& cassette) {
  json::object expected;
  json::object replies;
  for (const PlayedMethod& played : replayed) {
    replies[played.title] = played.digest;
    if (played.keys.empty()) continue;
    json::array keys;
    for (const std::string& key : played.keys) keys.emplace_back(key);
    expected[played.title] = std::move(keys);
  }
  cassette["expected"] = std::move(expected);
  cassette["replies"] = std::move(replies);
}

// Taking out what may not be kept must not change what the plugin does.
absl::Status CompareKeys(const std::vector<PlayedMethod>& live, const std::vector<PlayedMethod>& replayed) {
  for (size_t i = 0; i < live.size() && i < replayed.size(); ++i) {
    if (live[i].keys == replayed[i].keys) continue;
    return WithAdvice(absl::FailedPreconditionError(absl::StrCat(
                          live[i].title, " hands over ", replayed[i].keys.size(), " items from the cassette and ",
                          live[i].keys.size(), " from the marketplace: something it needs was taken out")),
                      "keep members that hold no personal data with --keep NAME");
  }
  return absl::OkStatus();
}

void Report(Context& context, const RecordOptions& options, const CassetteRecorder& recorder) {
  google::protobuf::Struct document;
  auto& fields = *document.mutable_fields();
  fields["file"].set_string_value(options.out);
  const auto exchanges = recorder.Exchanges().size();
  fields["exchanges"].set_number_value(static_cast<double>(exchanges));
  auto& hidden = *fields["hidden"].mutable_struct_value()->mutable_fields();
  std::vector<std::string> names;
  for (const auto& [name, count] : recorder.hidden()) {
    hidden[name].set_number_value(static_cast<double>(count));
    names.push_back(absl::StrCat(name.empty() ? "(text)" : name, " ", count));
  }
  auto& left_out = *fields["leftOut"].mutable_list_value();
  for (const std::string& what : recorder.left_out()) left_out.add_values()->set_string_value(what);
  context.output.Document(document);
  context.output.Line(
      absl::StrCat("recorded ", Count(static_cast<long long>(exchanges), "exchange"), " into ", options.out));
  if (!names.empty()) context.output.Line(absl::StrCat("taken out: ", absl::StrJoin(names, ", ")));
  for (const std::string& what : recorder.left_out()) context.output.Note(absl::StrCat("left out: ", what));
  if (recorder.unjudged() > 0) {
    context.output.Note(absl::StrCat(Count(recorder.unjudged(), "body is", "bodies are"),
                                     " no JSON: only e-mail addresses, telephone numbers and secrets were taken out; "
                                     "look through the file before you share it"));
  }
}

absl::Status RecordCommand(Context& context, const RecordOptions& options) {
  QS_CLI_ASSIGN_OR_RETURN(const conformance::Bundle bundle, OpenBundle(options.bundle));
  QS_CLI_ASSIGN_OR_RETURN(json::object cassette, Blank(context, options));
  QS_CLI_ASSIGN_OR_RETURN(const conformance::Cassette blank, Understand(cassette, options.base));
  LiveOptions live_options{.user_agent = "quayside-record"};
  QS_CLI_ASSIGN_OR_RETURN(live_options.origin_map, OriginMap(bundle.manifest, options.origins));
  QS_CLI_ASSIGN_OR_RETURN(live_options.secrets, ReadSecrets(context, options.secrets));
  RedactionRules rules{.keep = {options.keep.begin(), options.keep.end()}};
  for (const auto& [name, value] : live_options.secrets) rules.secrets.push_back(value);
  CassetteRecorder recorder(std::move(rules));
  const Interrupt::Listener listening(context.console.interrupt);
  LiveMarketplace marketplace(bundle.manifest, std::move(live_options), recorder, context.console.interrupt);

  PlayOptions play;
  play.prepare = [&](conformance::World& world, bool reads) {
    if (options.show) ShowCrossings(context, world);
    world.fake().OnHttp(
        [&marketplace, reads](const plugin::v1::HttpRequest& request) { return marketplace.Ask(request, reads); });
  };
  play.writes = [&](const std::string&) { return options.writes; };
  context.output.Progress("the plugin reads the marketplace to its end ...");
  const std::vector<PlayedMethod> live = Play(bundle, blank, play);
  context.output.Progress("");
  if (context.console.interrupt.triggered()) return Interrupted("nothing was recorded");
  QS_CLI_RETURN_IF_ERROR(Judge(live, "the plugin did not come to its end; nothing was recorded"));

  for (const PlayedMethod& played : live) {
    if (played.request.empty()) continue;
    json::value& requests = cassette["requests"];
    if (!requests.is_object()) requests = json::object();
    requests.get_object()[played.title] = json::parse(played.request);
  }
  cassette["exchanges"] = recorder.Exchanges();
  QS_CLI_ASSIGN_OR_RETURN(const conformance::Cassette recorded, Understand(cassette, options.out));
  const std::vector<PlayedMethod> replayed = Play(bundle, recorded, {.writes = play.writes});
  QS_CLI_RETURN_IF_ERROR(Judge(replayed, "the recording cannot be played; nothing was written"));
  QS_CLI_RETURN_IF_ERROR(CompareKeys(live, replayed));
  Expect(replayed, cassette);
  QS_CLI_RETURN_IF_ERROR(WriteNewFile(options.out, CassetteText(cassette), 0644));
  Show(context, replayed);
  Report(context, options, recorder);
  return absl::OkStatus();
}

// Against a second play, and against what the cassette says.
void Compare(const conformance::Cassette& cassette, const PlayedMethod& again, PlayedMethod& played) {
  if (!played.problem.empty()) return;
  const auto expected = cassette.expected.find(played.title);
  const auto replies = cassette.replies.find(played.title);
  if (again.digest != played.digest) {
    played.problem = "the same cassette, played twice, gives other bytes";
  } else if (expected != cassette.expected.end() && expected->second != played.keys) {
    played.problem = absl::StrCat("hands over ", played.keys.size(), " items, not the ", expected->second.size(),
                                  " that the cassette expects");
  } else if (replies != cassette.replies.end() && replies->second != played.digest) {
    played.problem = "the replies are not those that were recorded";
  }
}

absl::Status ReplayCommand(Context& context, const ReplayOptions& options) {
  QS_CLI_ASSIGN_OR_RETURN(const conformance::Bundle bundle, OpenBundle(options.bundle));
  QS_CLI_ASSIGN_OR_RETURN(const json::object file, ReadCassetteFile(options.cassette));
  QS_CLI_ASSIGN_OR_RETURN(const conformance::Cassette cassette, Understand(file, options.cassette));
  PlayOptions play{.writes = [&](const std::string& title) { return cassette.requests.count(title) > 0; }};
  if (options.show) play.prepare = [&](conformance::World& world, bool) { ShowCrossings(context, world); };
  std::vector<PlayedMethod> played = Play(bundle, cassette, play);
  play.prepare = nullptr;
  const std::vector<PlayedMethod> again = Play(bundle, cassette, play);
  for (size_t i = 0; i < played.size() && i < again.size(); ++i) Compare(cassette, again[i], played[i]);
  google::protobuf::Struct document;
  for (const PlayedMethod& each : played) {
    auto& shown = *(*document.mutable_fields())[each.title].mutable_struct_value()->mutable_fields();
    shown["replies"].set_number_value(each.replies);
    shown["items"].set_number_value(static_cast<double>(each.keys.size()));
    shown["sha256"].set_string_value(each.digest);
  }
  QS_CLI_RETURN_IF_ERROR(Judge(played, "the plugin does not do what was recorded"));
  context.output.Document(document);
  Show(context, played);
  context.output.Line("played twice, byte for byte the same");
  return absl::OkStatus();
}

}  // namespace

void AddCassetteCommands(Command group) {
  auto options = std::make_shared<RecordOptions>();
  Command record = group.Sub("record", "Run a plugin against its marketplace and keep what that answers in a cassette");
  record.Argument("BUNDLE", options->bundle,
                  "Folder with plugin.so and manifest.json; the library runs in this process");
  record.Option("--out", options->out, "FILE", "The cassette; nothing is written over").Required();
  record.Option("--cassette", options->base, "FILE",
                "Options, marketplaces, files, requests and cursors are taken from this one");
  record.Option("--origin", options->origins, "NAME=ADDRESS",
                "Another address for an origin of the manifest: a simulator's. Otherwise the real one is asked");
  record.Option("--secret", options->secrets, "NAME=@FILE", "A secret of the account; NAME=- reads a line of stdin");
  record.Option("--option", options->options, "NAME=VALUE", "An option of the account");
  record.Option("--marketplace", options->marketplaces, "ID", "A marketplace of the account");
  record.Option("--keep", options->keep, "NAME", "Members called so hold no personal data here");
  record.Flag("--writes", options->writes, "Send a sample (or the requests of --cassette) to methods that write, too");
  record.Flag("--show", options->show, "Print what crosses the boundary, without personal data");
  record.Footer(
      "Credentials never reach a plugin, so none is recorded. Secrets and personal data of the answers are taken out.");
  record.Example(
      "  quayside plugin record build/bundles/my_shop --origin shop=http://127.0.0.1:8080 \\\n"
      "      --secret api_key=@key.txt --out tests/recorded.json");
  record.Run([options](Context& context) { return RecordCommand(context, *options); });

  auto replay_options = std::make_shared<ReplayOptions>();
  Command replay = group.Sub("replay", "Run a plugin from a cassette, twice: no network, the same bytes each time");
  replay.Argument("BUNDLE", replay_options->bundle,
                  "Folder with plugin.so and manifest.json; the library runs in this process");
  replay.Option("--cassette", replay_options->cassette, "FILE", "As plugin record wrote it").Required();
  replay.Flag("--show", replay_options->show, "Print what crosses the boundary, without personal data");
  replay.Run([replay_options](Context& context) { return ReplayCommand(context, *replay_options); });
}

}  // namespace quayside::cli
