// The ABI's layout, written down a second time. A failure here means that a plugin built yesterday would misread the
// host of tomorrow: append fields instead, and add their lines here.
#include <gtest/gtest.h>

#include <type_traits>

#include "quayside/plugin.h"

namespace {

#if !defined(__LP64__)
#error "the layout is written down for 64-bit systems; add the other one"
#endif

#define EXPECT_FIELD(type, field, at, bytes)    \
  EXPECT_EQ(offsetof(type, field), size_t{at}); \
  EXPECT_EQ(sizeof(((type*)nullptr)->field), size_t{bytes})

TEST(AbiLock, BytesAndSink_AreTwoWords) {
  EXPECT_EQ(sizeof(qs_bytes), 16u);
  EXPECT_FIELD(qs_bytes, data, 0, 8);
  EXPECT_FIELD(qs_bytes, size, 8, 8);
  EXPECT_EQ(sizeof(qs_sink), 16u);
  EXPECT_FIELD(qs_sink, ctx, 0, 8);
  EXPECT_FIELD(qs_sink, reserve, 8, 8);
}

TEST(AbiLock, Host_KeepsItsOffsets) {
  EXPECT_FIELD(qs_host, size, 0, 4);
  EXPECT_FIELD(qs_host, abi_minor, 4, 4);
  EXPECT_FIELD(qs_host, ctx, 8, 8);
  EXPECT_FIELD(qs_host, invoke, 16, 8);
  EXPECT_EQ(sizeof(qs_host), 24u) << "grown by appending? Then raise QS_ABI_MINOR and add the fields here";
}

TEST(AbiLock, Call_KeepsItsOffsets) {
  EXPECT_FIELD(qs_call, size, 0, 4);
  EXPECT_FIELD(qs_call, reserved, 4, 4);
  EXPECT_FIELD(qs_call, call_id, 8, 8);
  EXPECT_FIELD(qs_call, contract, 16, 8);
  EXPECT_FIELD(qs_call, method, 24, 8);
  EXPECT_FIELD(qs_call, deadline_us, 32, 8);
  EXPECT_FIELD(qs_call, request, 40, 16);
  EXPECT_EQ(sizeof(qs_call), 56u);
}

TEST(AbiLock, Plugin_KeepsItsOffsets) {
  EXPECT_FIELD(qs_plugin, size, 0, 4);
  EXPECT_FIELD(qs_plugin, abi_minor, 4, 4);
  EXPECT_FIELD(qs_plugin, id, 8, 8);
  EXPECT_FIELD(qs_plugin, version, 16, 8);
  EXPECT_FIELD(qs_plugin, describe, 24, 8);
  EXPECT_FIELD(qs_plugin, create, 32, 8);
  EXPECT_FIELD(qs_plugin, call, 40, 8);
  EXPECT_FIELD(qs_plugin, upgrade_cursor, 48, 8);
  EXPECT_FIELD(qs_plugin, destroy, 56, 8);
  EXPECT_FIELD(qs_plugin, unload, 64, 8);
  EXPECT_EQ(sizeof(qs_plugin), 72u);
}

TEST(AbiLock, StatusNumbers_AreGrpcs) {
  EXPECT_EQ(sizeof(qs_status), 4u);
  EXPECT_TRUE(std::is_signed_v<qs_status>);
  EXPECT_EQ(QS_OK, 0);
  EXPECT_EQ(QS_CANCELLED, 1);
  EXPECT_EQ(QS_UNKNOWN, 2);
  EXPECT_EQ(QS_INVALID, 3);
  EXPECT_EQ(QS_DEADLINE, 4);
  EXPECT_EQ(QS_NOT_FOUND, 5);
  EXPECT_EQ(QS_DENIED, 7);
  EXPECT_EQ(QS_UNSUPPORTED, 12);
  EXPECT_EQ(QS_INTERNAL, 13);
  EXPECT_EQ(QS_RETRY, 14);
  EXPECT_EQ(QS_AUTH, 16);
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
