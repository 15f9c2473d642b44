// Backups: made by the host while it runs; verified and restored here, with or without one.
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "host/base/errors.h"
#include "host/security/cipher.h"
#include "host/store/backup_file.h"
#include "host/store/database_look.h"
#include "host/store/restore.h"
#include "quayside/v1/admin_service.pb.h"
#include "tools/quayside/commands/commands.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/commands/list_range.h"
#include "tools/quayside/commands/operation_begun.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/local_host.h"
#include "tools/quayside/names.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

struct BackupOptions {
  std::string path;
  std::string file;
  int limit = 100;
  ListRange range;
  bool dry_run = false;
  bool yes = false;
  bool no_wait = false;
  LocalSettingsOptions settings;
};

v1::Backup BackupDocument(const std::string& path, const BackupManifest& manifest) {
  v1::Backup backup;
  backup.set_path(path);
  backup.mutable_create_time()->set_seconds(manifest.created_us / kSecondUs);
  backup.mutable_create_time()->set_nanos(static_cast<int32_t>(manifest.created_us % kSecondUs * 1000));
  backup.set_schema(manifest.schema);
  backup.set_revision(manifest.revision);
  backup.set_size_bytes(manifest.bytes);
  backup.set_sha256(manifest.sha256);
  return backup;
}

absl::Status CreateCommand(Context& context, const BackupOptions& options) {
  v1::CreateBackupRequest request;
  request.set_path(options.path);
  request.set_request_id(NewRequestId());
  request.set_validate_only(options.dry_run);
  request.set_background(options.no_wait);
  v1::CreateBackupResponse message;
  v1::Backup backup;
  std::string operation;
  const Connection::StreamHandler handler{
      .on_open = [] {},
      .on_message =
          [&] {
            if (message.has_backup()) backup = message.backup();
            if (!message.operation().empty()) operation = message.operation();
            const v1::BackupProgress& progress = message.progress();
            if (message.has_progress() && progress.pages() > 0) {
              context.output.Progress(absl::StrCat(progress.pages_done() * 100 / progress.pages(), " % copied ..."));
            }
          },
  };
  const absl::Status ended = context.host.Stream(request, message, handler, context.console.interrupt);
  context.output.Progress("");
  if (context.console.interrupt.triggered()) {
    context.output.Note(operation.empty() ? "the backup goes on; 'quayside backup list' shows it when it is through"
                                          : absl::StrCat("the backup goes on: quayside operation wait ",
                                                         ResourceId("operations", operation)));
    return Interrupted("not waited for");
  }
  QS_CLI_RETURN_IF_ERROR(ended);
  if (options.no_wait && !options.dry_run) {
    v1::CreateBackupResponse begun;
    begun.set_operation(operation);
    SayBegun(context, begun, operation);
    return absl::OkStatus();
  }
  context.output.Document(backup);
  if (options.dry_run) {
    context.output.Line(absl::StrCat("would make ", backup.path()));
    return absl::OkStatus();
  }
  context.output.Line(
      absl::StrCat("made ", backup.path(), " (", backup.size_bytes(), " bytes, revision ", backup.revision(), ")"));
  context.output.Line(
      "The master key is not in it: keep a copy of that file elsewhere, or nobody can read its secrets and addresses.");
  return absl::OkStatus();
}

absl::Status ListCommand(Context& context, const BackupOptions& options) {
  v1::ListBackupsRequest request;
  if (options.range.turned) request.set_order_by("create_time");
  if (options.range.given()) {
    QS_CLI_ASSIGN_OR_RETURN(*request.mutable_filter()->mutable_create_time(),
                            TimeRangeOf(options.range, context.now()));
  }
  QS_CLI_ASSIGN_OR_RETURN(
      const auto all, ListPages<v1::ListBackupsResponse>(context.host, request, options.limit,
                                                         [](auto& response) { return response.mutable_backups(); }));
  context.output.Document(all);
  Table table({{"MADE"}, {"BYTES", Align::kRight}, {"SCHEMA", Align::kRight}, {"REVISION", Align::kRight}, {"FILE"}});
  for (const v1::Backup& backup : all.backups()) {
    table.AddRow({FormatShort(backup.has_create_time(), backup.create_time(), context.now()),
                  absl::StrCat(backup.size_bytes()), absl::StrCat(backup.schema()), absl::StrCat(backup.revision()),
                  backup.path()});
  }
  context.output.TableOr(table, options.range.given()
                                    ? "No backup of the host's folder was made then."
                                    : "No backup is in the host's folder. Make one: quayside backup create");
  SayWhenCut(context, !all.next_page_token().empty(), all.backups_size());
  return absl::OkStatus();
}

absl::Status VerifyCommand(Context& context, const BackupOptions& options) {
  const auto manifest = VerifyBackup(options.file);
  if (!manifest.ok()) return FromHostRules(manifest.status());
  context.output.Document(BackupDocument(options.file, *manifest));
  context.output.Line(absl::StrCat("good: made ", FormatUtc(absl::FromUnixMicros(manifest->created_us)), ", schema ",
                                   manifest->schema, ", revision ", manifest->revision, ", every page and index"));
  return absl::OkStatus();
}

// A restore under another key would leave a database whose secrets nobody can read.
absl::Status CheckKeyOf(const std::string& file, const std::string& master_key_file) {
  std::vector<WrappedKeyRecord> keys;
  const absl::Status read = LookIntoDatabase(file, [&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(keys, tx.ListKeys());
    return absl::OkStatus();
  });
  // An older schema is looked into when it has been brought up to date, at the host's start.
  if (!read.ok() && quayside::ReasonOf(read).empty()) return absl::OkStatus();
  QS_CLI_RETURN_IF_ERROR(read);
  return keys.empty() ? absl::OkStatus() : CheckDataKeys(keys, master_key_file);
}

absl::Status RestoreCommand(Context& context, const BackupOptions& options) {
  const auto settings = LocalSettings(options.settings, context.console);
  if (!settings.ok()) return FromHostRules(settings.status());
  const auto manifest = VerifyBackup(options.file);
  if (!manifest.ok()) return FromHostRules(manifest.status());
  if (const absl::Status key = CheckKeyOf(options.file, settings->master_key_file); !key.ok()) {
    return WithAdvice(
        FromHostRules(key),
        "put the master key of the backup's time back first; --set security.master_key_file=FILE names it");
  }
  const std::string when = FormatUtc(absl::FromUnixMicros(manifest->created_us));
  QS_CLI_RETURN_IF_ERROR(
      Confirm(context, absl::StrCat("Replace the database in ", settings->data_dir, " by the one of ", when, "?"),
              options.yes));
  // The clock the host will have: the machine's, or in development a simulator's, of which the backup's time is the
  // last that is known.
  const TimeUs now =
      settings->simulator_clock_url.empty() ? absl::ToUnixMicros(context.console.now()) : manifest->created_us;
  const auto report = RestoreBackup({.data_dir = settings->data_dir, .backup = options.file, .now = now});
  if (!report.ok()) return FromHostRules(report.status());
  context.output.Document(BackupDocument(options.file, report->manifest));
  context.output.Line(absl::StrCat("restored the database of ", when, " in ", settings->data_dir));
  if (!report->kept.empty()) context.output.Line(absl::StrCat("what was there is kept in ", report->kept));
  context.output.Line(
      "At its start the host reads the marketplaces anew: orders since then, all listings, and what became of every "
      "package\nthat was not confirmed, before it confirms any. No quantity goes out until you let it: set the stock "
      "right, then\n'quayside channel plan CHANNEL' for each channel.");
  context.output.Line(
      "What was changed since then is gone: stock set by hand, links, settings. Tokens that were revoked since are "
      "good again:\n'quayside token list'.");
  return absl::OkStatus();
}

}  // namespace

void AddBackupCommands(Command root) {
  Command group = root.Sub("backup", "Copies of the whole database, and the way back");
  auto options = std::make_shared<BackupOptions>();
  Command create = group.Sub("create", "Copy the database while the host works");
  create.OptionalArgument("PATH", options->path,
                          "A name in the host's folder of backups, or an absolute path on its machine; a name of the "
                          "time unless given");
  create.Flag("--dry-run", options->dry_run, "Only check the place");
  create.Flag("--no-wait", options->no_wait, kNoWaitHelp);
  create.Footer("The master key is not in a backup. Keep it, and keep it apart.");
  create.Example("  quayside backup create /mnt/backups/quayside-monday.db");
  create.Run([options](Context& context) { return CreateCommand(context, *options); });

  Command list = group.Sub("list", "Backups in the host's folder, the newest first");
  AddTimes(list, options->range, "backups made");
  AddOldestFirst(list, options->range);
  list.Option("--limit", options->limit, "N", "At most so many; 0 = all");
  list.Run([options](Context& context) { return ListCommand(context, *options); });

  Command verify = group.Sub("verify", "Read all of a backup: is it whole, and what was made? Needs no host");
  verify.Argument("FILE", options->file, "The database file; its manifest, FILE.json, lies beside it");
  verify.Run([options](Context& context) { return VerifyCommand(context, *options); });

  Command restore = group.Sub("restore", "Put a backup in the database's place, with the host stopped");
  restore.Argument("FILE", options->file, "The database file; its manifest, FILE.json, lies beside it");
  restore.Flag("--yes", options->yes, "Do not ask");
  AddLocalSettings(restore, options->settings);
  restore.Footer("Run it as the host's user. What is replaced is kept.");
  restore.Example(
      "  systemctl stop quaysided\n  sudo -u quayside quayside backup restore /mnt/backups/quayside-monday.db");
  restore.Run([options](Context& context) { return RestoreCommand(context, *options); });
}

}  // namespace quayside::cli
