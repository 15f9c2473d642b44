// The command groups. Each adds its subcommands to the root.
#pragma once

#include "tools/quayside/command_tree.h"

namespace quayside::cli {

void AddPluginCommands(Command root);
void AddAccountCommands(Command root);
void AddChannelCommands(Command root);
void AddSyncCommands(Command root);
void AddOrderCommands(Command root);
void AddStockCommands(Command root);
void AddListingCommands(Command root);
void AddAdminCommands(Command root);
void AddAuditCommands(Command root);
// token and key.
void AddTokenCommands(Command root);
void AddDeadLetterCommands(Command root);
void AddExplainCommand(Command root);
void AddPlanCommands(Command root);
void AddDoctorCommand(Command root);
void AddBackupCommands(Command root);
void AddOperationCommands(Command root);

// Below "plugin"; these need no host.
void AddSigningCommands(Command plugin);
void AddTrustCommands(Command plugin);

}  // namespace quayside::cli
