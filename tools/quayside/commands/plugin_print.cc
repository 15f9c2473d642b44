#include "tools/quayside/commands/plugin_print.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/commands/plugin_status.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

// Options as the plugin's JSON Schema lists them: what `account add --option` takes.
Table SchemaTable(const std::string& schema_json) {
  Table table({{"OPTION"}, {"TYPE"}, {"REQUIRED"}, {"MEANING", Align::kLeft, Shrink::kFirst}});
  google::protobuf::Struct schema;
  if (!google::protobuf::util::JsonStringToMessage(schema_json, &schema).ok()) return table;
  const auto text_of = [](const google::protobuf::Struct& object, const std::string& key) -> std::string {
    const auto it = object.fields().find(key);
    return it == object.fields().end() ? "" : it->second.string_value();
  };
  std::map<std::string, bool> required;
  if (const auto it = schema.fields().find("required"); it != schema.fields().end()) {
    for (const auto& name : it->second.list_value().values()) required[name.string_value()] = true;
  }
  const auto properties = schema.fields().find("properties");
  if (properties == schema.fields().end()) return table;
  const auto& fields = properties->second.struct_value().fields();
  for (const auto& [name, value] : std::map<std::string, google::protobuf::Value>(fields.begin(), fields.end())) {
    const auto& property = value.struct_value();
    const std::string title = text_of(property, "title");
    const std::string description = text_of(property, "description");
    table.AddRow({name, text_of(property, "type"), required[name] ? "yes" : "",
                  absl::StrCat(title, title.empty() || description.empty() ? "" : ": ", description)});
  }
  return table;
}

void PrintSection(Context& context, const std::string& title, const Table& table) {
  if (!table.empty()) context.output.Text("\n" + title + "\n" + table.Render(context.output.style()));
}

Color ColorOf(v1::FindingWeight weight) {
  return weight == v1::FINDING_WEIGHT_REFUSED ? Color::kRed
         : weight == v1::FINDING_WEIGHT_NOTE  ? Color::kNone
                                              : Color::kYellow;
}

}  // namespace

Color GenerationColor(std::string_view state) {
  if (state == "ACTIVE") return Color::kGreen;
  if (state == "REJECTED" || state == "ROLLED_BACK" || state == "WEDGED" || state == "LEAKED" ||
      state == "QUARANTINED") {
    return Color::kRed;
  }
  return Color::kNone;
}

Cell PluginStateCell(const v1::Plugin& plugin) {
  const Color color = plugin.state() == v1::PLUGIN_STATE_ACTIVE     ? Color::kGreen
                      : plugin.state() == v1::PLUGIN_STATE_REJECTED ? Color::kRed
                                                                    : Color::kNone;
  return {EnumWord(v1::PluginState_Name(plugin.state()), "PLUGIN_STATE_"), color};
}

Cell SignerCell(const std::string& signer) {
  return Cell(signer, signer == "UNSIGNED" ? Color::kYellow : Color::kNone);
}

void PrintPlugin(Context& context, const v1::Plugin& plugin) {
  const absl::Time now = context.now();
  FieldList fields;
  fields.Add("plugin", plugin.name());
  fields.Add("name", plugin.display_name());
  fields.Add("vendor", plugin.vendor());
  fields.Add("version", plugin.version());
  fields.Add("state", PluginStateCell(plugin));
  fields.Add("error", Cell(plugin.error(), Color::kRed));
  fields.Add("signed by", SignerCell(plugin.signer()));
  fields.Add("runs", EnumWord(v1::IsolationMode_Name(plugin.isolation()), "ISOLATION_MODE_"));
  fields.Add("sha-256", plugin.sha256());
  if (plugin.has_install_time()) fields.Add("installed", FormatBoth(true, plugin.install_time(), now));
  context.output.Text(fields.Render(context.output.style()));

  Table contracts({{"CONTRACT"}, {"SCOPE"}, {"METHODS", Align::kLeft, Shrink::kFirst}});
  for (const auto& contract : plugin.contracts()) {
    contracts.AddRow({contract.id(), contract.scope(), absl::StrJoin(contract.methods(), ", ")});
  }
  PrintSection(context, "Contracts", contracts);
  PrintSection(context, "Versions", VersionTable(plugin, now));
  PrintSection(context, "Generations", GenerationTable(plugin, now));
  PrintSection(context, "Account options", SchemaTable(plugin.config_schema()));
  Table secrets({{"SECRET"}, {"LABEL"}, {"HELP", Align::kLeft, Shrink::kFirst}});
  for (const auto& secret : plugin.secrets()) secrets.AddRow({secret.name(), secret.label(), secret.help()});
  PrintSection(context, "Secrets", secrets);
  Table marketplaces({{"MARKETPLACE"}, {"NAME"}, {"COUNTRY"}, {"CURRENCY"}, {"REGION"}});
  for (const auto& marketplace : plugin.marketplaces()) {
    marketplaces.AddRow({marketplace.id(), marketplace.display_name(), marketplace.country_code(),
                         marketplace.currency_code(), marketplace.region()});
  }
  PrintSection(context, "Marketplaces", marketplaces);
}

void PrintSignatures(Context& context, const google::protobuf::RepeatedPtrField<v1::BundleSignature>& signatures) {
  Table table({{"SIGNATURE"}, {"BY"}, {"STATE"}, {"GRANTS"}, {"REMARK", Align::kLeft, Shrink::kFirst}});
  for (const auto& signature : signatures) {
    const bool trusted = signature.state() == v1::SIGNATURE_STATE_TRUSTED;
    table.AddRow({signature.key(), signature.key_name(),
                  Cell(EnumWord(v1::SignatureState_Name(signature.state()), "SIGNATURE_STATE_"),
                       trusted ? Color::kGreen : Color::kRed),
                  trusted ? EnumWord(v1::IsolationMode_Name(signature.isolation()), "ISOLATION_MODE_") : "",
                  signature.message()});
  }
  PrintSection(context, "Signatures", table);
}

void PrintInspection(Context& context, const v1::InspectPluginResponse& inspection) {
  PrintPlugin(context, inspection.plugin());
  PrintSignatures(context, inspection.signatures());
  FieldList library;
  library.Add("exports", absl::StrJoin(inspection.exported_symbols(), ", "));
  library.Add("needs", absl::StrJoin(inspection.needed_libraries(), ", "));
  context.output.Text("\nLibrary\n" + library.Render(context.output.style()));
  Table findings({{"FINDING"},
                  {"WEIGHT"},
                  {"PLUGIN.SO ...", Align::kLeft, Shrink::kLater},
                  {"REMEDY", Align::kLeft, Shrink::kFirst}});
  for (const auto& finding : inspection.findings()) {
    findings.AddRow(
        {finding.id(),
         Cell(EnumWord(v1::FindingWeight_Name(finding.weight()), "FINDING_WEIGHT_"), ColorOf(finding.weight())),
         finding.what(), finding.remedy()});
  }
  PrintSection(context, "Findings", findings);
}

}  // namespace quayside::cli
