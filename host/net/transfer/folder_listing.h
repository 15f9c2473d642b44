// The lines in which file servers list a folder. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "host/net/transfer/folder.h"

namespace quayside {

// `ls -l` as sftp servers write it, and FTP servers that know nothing better ("-rw-r--r--    1 user  group  1234 Nov 29
// 06:31 orders.csv"); its time is too vague to be told. nullopt: no plain file, or a name that cannot be asked for.
[[nodiscard]] std::optional<FileFacts> ParseLongLine(std::string_view line);
// False: a line that `ls -l` would not write, so that nothing can be said of the files there.
[[nodiscard]] bool IsLongLine(std::string_view line);

// MLSD of RFC 3659 ("type=file;size=1234;modify=20261129063100; orders.csv").
[[nodiscard]] std::optional<FileFacts> ParseMlsdLine(std::string_view line);

}  // namespace quayside
