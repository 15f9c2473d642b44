// The newest backup: how old it is, and whether it could be restored. Pure.
#pragma once

#include <string>

#include "host/base/time.h"
#include "tools/quayside/doctor/finding.h"

namespace quayside::cli {

struct BackupFacts {
  bool anything_to_lose = false;  // there are accounts
  TimeUs made_us = 0;             // 0: none is known of
  std::string path = {};          // empty: it went somewhere that is not known any more
  bool is_there = false;
  std::string wrong = {};      // why it could not be restored; empty: nothing is known against it
  std::string other_key = {};  // why the present master key does not open it; empty: it does
};

// `development`: nobody is asked for backups.
void JudgeBackup(const BackupFacts& facts, TimeUs now, bool development, Findings& found);

}  // namespace quayside::cli
