// Holds the ABI header to the lock file, abi/plugin_v1.lock. A failure here means that a plugin built yesterday would
// misread the host of tomorrow.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include "quayside/plugin.h"

namespace {

#if !defined(__LP64__)
#error "the layout is written down for 64-bit systems; add the other one"
#endif

struct Line {
  std::string name;  // "qs_host.ctx", "sizeof qs_host", "QS_OK"
  std::string value;
};

#define QS_FIELD(type, field)                                                                                       \
  Line {                                                                                                            \
#type "." #field, std::to_string(offsetof(type, field)) + " " + std::to_string(sizeof(((type*)nullptr)->field)) \
  }
#define QS_SIZE(type) \
  Line { "sizeof " #type, std::to_string(sizeof(type)) }
#define QS_VALUE(name) \
  Line { #name, std::to_string(name) }

// Every field and constant of the header. A field that is missing here shows as a size that grew.
std::vector<Line> Layout() {
  return {QS_FIELD(qs_bytes, data),
          QS_FIELD(qs_bytes, size),
          QS_SIZE(qs_bytes),
          QS_FIELD(qs_sink, ctx),
          QS_FIELD(qs_sink, reserve),
          QS_SIZE(qs_sink),
          QS_FIELD(qs_host, size),
          QS_FIELD(qs_host, abi_minor),
          QS_FIELD(qs_host, ctx),
          QS_FIELD(qs_host, invoke),
          QS_SIZE(qs_host),
          QS_FIELD(qs_call, size),
          QS_FIELD(qs_call, reserved),
          QS_FIELD(qs_call, call_id),
          QS_FIELD(qs_call, contract),
          QS_FIELD(qs_call, method),
          QS_FIELD(qs_call, deadline_us),
          QS_FIELD(qs_call, request),
          QS_SIZE(qs_call),
          QS_FIELD(qs_plugin, size),
          QS_FIELD(qs_plugin, abi_minor),
          QS_FIELD(qs_plugin, id),
          QS_FIELD(qs_plugin, version),
          QS_FIELD(qs_plugin, describe),
          QS_FIELD(qs_plugin, create),
          QS_FIELD(qs_plugin, call),
          QS_FIELD(qs_plugin, upgrade_cursor),
          QS_FIELD(qs_plugin, destroy),
          QS_FIELD(qs_plugin, unload),
          QS_SIZE(qs_plugin),
          QS_SIZE(qs_status),
          QS_VALUE(QS_ABI_MAJOR),
          QS_VALUE(QS_OK),
          QS_VALUE(QS_CANCELLED),
          QS_VALUE(QS_UNKNOWN),
          QS_VALUE(QS_INVALID),
          QS_VALUE(QS_DEADLINE),
          QS_VALUE(QS_NOT_FOUND),
          QS_VALUE(QS_DENIED),
          QS_VALUE(QS_UNSUPPORTED),
          QS_VALUE(QS_INTERNAL),
          QS_VALUE(QS_RETRY),
          QS_VALUE(QS_AUTH)};
}

bool IsSize(const std::string& name) { return name.rfind("sizeof qs_", 0) == 0; }

// "sizeof qs_host 24" -> name "sizeof qs_host", value "24"
Line ParseLine(const std::string& text) {
  size_t end = text.find(' ');
  if (IsSize(text)) end = text.find(' ', end + 1);
  return {text.substr(0, end), end == std::string::npos ? "" : text.substr(end + 1)};
}

struct Lock {
  std::string comments;
  std::map<std::string, std::string> lines;
};

Lock ReadLock(std::istream& file) {
  Lock lock;
  for (std::string text; std::getline(file, text);) {
    if (text.empty() || text.front() == '#') {
      lock.comments += text + "\n";
      continue;
    }
    const Line line = ParseLine(text);
    lock.lines[line.name] = line.value;
  }
  return lock;
}

// What the header may no longer say, and what the lock does not say yet.
struct Differences {
  std::vector<std::string> broken;
  std::vector<std::string> added;
};

Differences Compare(const Lock& lock, const std::vector<Line>& layout) {
  Differences found;
  std::map<std::string, std::string> present;
  for (const Line& line : layout) present[line.name] = line.value;
  for (const auto& [name, value] : lock.lines) {
    const auto now = present.find(name);
    if (now == present.end()) {
      found.broken.push_back(name + " is gone (it was " + value + ")");
    } else if (now->second != value) {
      const bool grew = IsSize(name) && std::stoll(now->second) > std::stoll(value);
      (grew ? found.added : found.broken).push_back(name + " was " + value + " and is " + now->second);
    }
  }
  for (const Line& line : layout) {
    if (lock.lines.count(line.name) == 0) found.added.push_back(line.name + " " + line.value);
  }
  return found;
}

std::string Join(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "\n  " + line;
  return text;
}

TEST(AbiLock, TheHeaderIsWhatTheLockFileSays) {
  std::ifstream file(QUAYSIDE_ABI_LOCK);
  ASSERT_TRUE(file) << QUAYSIDE_ABI_LOCK;
  const Lock lock = ReadLock(file);
  const Differences found = Compare(lock, Layout());
  ASSERT_TRUE(found.broken.empty())
      << "plugins that are in use would misread this host, or it them:" << Join(found.broken)
      << "\nA released field, number or meaning never changes: append fields instead, or make a new major version.";
  if (std::getenv("QUAYSIDE_WRITE_LOCK") != nullptr) {
    std::ofstream out(QUAYSIDE_ABI_LOCK);
    out << lock.comments;
    for (const Line& line : Layout()) out << line.name << " " << line.value << "\n";
    ASSERT_TRUE(out.flush());
    return;
  }
  EXPECT_TRUE(found.added.empty())
      << "the header has what the lock file does not say yet:" << Join(found.added)
      << "\nAppended fields? Raise QS_ABI_MINOR, list them in this test, and write them down for good with "
         "QUAYSIDE_WRITE_LOCK=1.";
}

TEST(AbiLock, AMovedOrLostField_BreaksIt_AnAppendedOneDoesNot) {
  std::istringstream file("# layout\nqs_host.ctx 16 8\nqs_host.gone 24 8\nsizeof qs_host 16\nsizeof qs_call 64\n");
  const Differences found = Compare(ReadLock(file), Layout());
  EXPECT_EQ(
      Join(found.broken),
      "\n  qs_host.ctx was 16 8 and is 8 8\n  qs_host.gone is gone (it was 24 8)\n  sizeof qs_call was 64 and is 56");
  EXPECT_NE(Join(found.added).find("sizeof qs_host was 16 and is 24"), std::string::npos);
  EXPECT_NE(Join(found.added).find("qs_host.invoke 16 8"), std::string::npos);
}

TEST(AbiLock, FunctionTypes_KeepTheirSignatures) {
  using Describe = qs_status (*)(qs_sink*);
  using Create = qs_status (*)(const qs_host*, qs_bytes, qs_instance**, qs_sink*);
  using Call = qs_status (*)(qs_instance*, const qs_call*, qs_sink*);
  using Upgrade = qs_status (*)(const char*, qs_bytes, qs_sink*);
  using Invoke = qs_status (*)(void*, uint64_t, const char*, qs_bytes, qs_sink*);
  EXPECT_TRUE((std::is_same_v<decltype(qs_plugin::describe), Describe>));
  EXPECT_TRUE((std::is_same_v<decltype(qs_plugin::create), Create>));
  EXPECT_TRUE((std::is_same_v<decltype(qs_plugin::call), Call>));
  EXPECT_TRUE((std::is_same_v<decltype(qs_plugin::upgrade_cursor), Upgrade>));
  EXPECT_TRUE((std::is_same_v<decltype(qs_plugin::destroy), void (*)(qs_instance*)>));
  EXPECT_TRUE((std::is_same_v<decltype(qs_plugin::unload), void (*)()>));
  EXPECT_TRUE((std::is_same_v<decltype(qs_host::invoke), Invoke>));
  EXPECT_TRUE((std::is_same_v<qs_plugin_entry_fn, const qs_plugin* (*)(uint32_t)>));
  EXPECT_TRUE(std::is_signed_v<qs_status>);
}

TEST(AbiLock, HasField_FollowsTheSizeTheOtherSideSays) {
  qs_host host{};
  host.size = 16;
  EXPECT_TRUE(QS_HAS_FIELD(&host, qs_host, ctx));
  EXPECT_FALSE(QS_HAS_FIELD(&host, qs_host, invoke));
  host.size = sizeof host;
  EXPECT_TRUE(QS_HAS_FIELD(&host, qs_host, invoke));
}

}  // namespace
