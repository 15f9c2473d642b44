// The listening sockets, and what is wrong with the settings of the one on TCP.
#include "host/api/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "host/api/remote.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::UnorderedElementsAre;

int ConnectTo(const std::string& address) {
  const TcpAddress parsed = ParseTcpAddress(address).value();
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_port = htons(static_cast<uint16_t>(parsed.port));
  ::inet_pton(AF_INET, parsed.host.c_str(), &target.sin_addr);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&target), sizeof(target)), 0);
  return fd;
}

// Waits until the other side closed it.
bool IsClosed(int fd) {
  char byte = 0;
  return ::recv(fd, &byte, 1, 0) <= 0;
}

std::vector<std::string> Fields(const RemoteOptions& remote) {
  std::vector<std::string> fields;
  for (const FieldViolation& each : ViolationsOf(CheckRemoteOptions(remote))) fields.push_back(each.field);
  return fields;
}

TEST(ListenerTest, TakesAsManyConnectionsAsItMay_AndAnotherWhenOneWasClosed) {
  auto made = Listener::OnAddress("127.0.0.1:0", {.max_connections = 2});
  ASSERT_TRUE(made.ok()) << made.status();
  std::vector<std::promise<int>> taken(3);
  size_t next = 0;
  (*made)->Start([&](int, int fd) { taken[next++].set_value(fd); });
  const std::string address = (*made)->address();
  const int first = ConnectTo(address);
  const int theirs = taken[0].get_future().get();
  const int second = ConnectTo(address);
  const int others = taken[1].get_future().get();
  const int third = ConnectTo(address);
  EXPECT_TRUE(IsClosed(third));
  ::close(theirs);
  const int fourth = ConnectTo(address);
  const int last = taken[2].get_future().get();
  (*made)->Stop();
  for (const int fd : {first, second, third, fourth, others, last}) ::close(fd);
}

void Say(int fd, const std::string& bytes) {
  ASSERT_EQ(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
}

// The first message of TLS, as far as the listener looks at it.
const std::string kHello = std::string("\x16\x03\x01\x00\x02", 5) + "hi";

class WaitingTest : public ::testing::Test {
 protected:
  void Open(ListenerOptions options) {
    auto made = Listener::OnAddress("127.0.0.1:0", options);
    ASSERT_TRUE(made.ok()) << made.status();
    listener_ = *std::move(made);
    listener_->Start([this](int, int fd) { entered_[next_++].set_value(fd); });
  }
  ~WaitingTest() override {
    if (listener_ != nullptr) listener_->Stop();
    for (const int fd : ours_) ::close(fd);
  }
  int Come(const std::string& words = "") {
    ours_.push_back(ConnectTo(listener_->address()));
    if (!words.empty()) Say(ours_.back(), words);
    return ours_.back();
  }
  // Waits for the one that is handed over as the `number`th.
  void Enters(size_t number) { ours_.push_back(entered_[number].get_future().get()); }

  std::unique_ptr<Listener> listener_;
  std::vector<std::promise<int>> entered_ = std::vector<std::promise<int>>(3);
  size_t next_ = 0;
  std::vector<int> ours_;
};

TEST_F(WaitingTest, WhoSaysNothing_KeepsNobodyOut) {
  Open({.max_connections = 1, .max_waiting = 2, .patience = std::chrono::hours(1)});
  const int first = Come();
  for (int i = 0; i < 4; ++i) Come();
  Come(kHello);
  Enters(0);
  EXPECT_TRUE(IsClosed(first)) << "it waits longest";
}

TEST_F(WaitingTest, WhoTakesTooLong_OrSpeaksSomethingElse_IsClosed) {
  Open({.max_connections = 1, .max_waiting = 4, .patience = std::chrono::milliseconds(50)});
  EXPECT_TRUE(IsClosed(Come()));
  EXPECT_TRUE(IsClosed(Come(kHello.substr(0, 6))));
  EXPECT_TRUE(IsClosed(Come("GET / HTTP/1.1")));
  EXPECT_EQ(next_, 0U);
}

TEST_F(WaitingTest, AHelloInPieces_IsWaitedFor) {
  Open({.max_connections = 1, .max_waiting = 2, .patience = std::chrono::hours(1)});
  const int client = Come(kHello.substr(0, 3));
  Say(client, kHello.substr(3));
  Enters(0);
}

TEST_F(WaitingTest, WhoDoesNotGoOnWithItsHandshake_GivesItsPlaceUp) {
  Open({.max_connections = 1,
        .max_waiting = 2,
        .patience = std::chrono::hours(1),
        .quiet = std::chrono::milliseconds(1)});
  const int quiet = Come(kHello);
  Enters(0);
  Come(kHello);
  Enters(1);
  EXPECT_TRUE(IsClosed(quiet));
}

TEST_F(WaitingTest, WhoHasGoneOn_KeepsItsPlace) {
  Open({.max_connections = 1,
        .max_waiting = 2,
        .patience = std::chrono::milliseconds(200),
        .quiet = std::chrono::milliseconds(100)});
  const int first = Come(kHello);
  Enters(0);
  Say(first, std::string(100, 'x'));
  EXPECT_TRUE(IsClosed(Come(kHello))) << "it waited for a place";
  EXPECT_EQ(next_, 1U);
}

TEST(OpenConnectionsTest, OneAddress_HasNoMorePlacesThanItMay) {
  std::array<int, 2> pair{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
  OpenConnections open(4, 1);
  const auto now = std::chrono::steady_clock::now();
  EXPECT_TRUE(open.Add(pair[0], "one", now));
  EXPECT_FALSE(open.Add(pair[1], "one", now));
  EXPECT_TRUE(open.Add(pair[1], "other", now));
  EXPECT_TRUE(open.Add(pair[0], "", now));
  EXPECT_TRUE(open.Add(pair[1], "", now)) << "this machine's own are not counted";
  EXPECT_FALSE(open.Add(pair[1], "third", now)) << "all places are taken";
  ::close(pair[0]);
  EXPECT_TRUE(open.Add(pair[1], "one", now)) << "those of closed ones are free";
  ::close(pair[1]);
}

TEST(ListenerTest, AnAddressIsCounted_UnlessItIsThisMachines) {
  const auto counted = [](int family, const char* text) {
    sockaddr_storage peer{};
    peer.ss_family = static_cast<sa_family_t>(family);
    void* const at = family == AF_INET ? static_cast<void*>(&reinterpret_cast<sockaddr_in&>(peer).sin_addr)
                                       : &reinterpret_cast<sockaddr_in6&>(peer).sin6_addr;
    EXPECT_EQ(::inet_pton(family, text, at), 1) << text;
    return CountedAddress(peer);
  };
  EXPECT_EQ(counted(AF_INET, "127.0.0.9"), "");
  EXPECT_EQ(counted(AF_INET6, "::1"), "");
  EXPECT_EQ(counted(AF_INET6, "::ffff:127.0.0.1"), "");
  EXPECT_NE(counted(AF_INET, "192.0.2.1"), "");
  EXPECT_NE(counted(AF_INET, "192.0.2.1"), counted(AF_INET, "192.0.2.2"));
  EXPECT_EQ(counted(AF_INET, "192.0.2.1"), counted(AF_INET6, "::ffff:192.0.2.1"));
  EXPECT_EQ(counted(AF_INET6, "2001:db8::1"), counted(AF_INET6, "2001:db8::ffff:2"));
  EXPECT_NE(counted(AF_INET6, "2001:db8::1"), counted(AF_INET6, "2001:db8:0:1::1"));
}

TEST(ListenerTest, ASecondOne_DoesNotGetTheAddress) {
  const auto first = Listener::OnAddress("127.0.0.1:0", {});
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = Listener::OnAddress((*first)->address(), {});
  EXPECT_TRUE(absl::IsUnavailable(second.status()));
  EXPECT_EQ(ReasonOf(second.status()), "ADDRESS_IN_USE");
}

TEST(ListenerTest, AddressesAreNumeric) {
  EXPECT_TRUE(ParseTcpAddress("127.0.0.1:8443")->is_loopback);
  EXPECT_TRUE(ParseTcpAddress("[::1]:1")->is_loopback);
  EXPECT_FALSE(ParseTcpAddress("0.0.0.0:1")->is_loopback);
  EXPECT_FALSE(ParseTcpAddress("[::]:1")->is_loopback);
  EXPECT_FALSE(ParseTcpAddress("127.0.0.2:1")->is_loopback);
  for (const char* bad : {"", "8443", ":8443", "localhost:1", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:1",
                          "[127.0.0.1]:1", "127.0.0.1:-1", "127.0.0.1:1x"}) {
    EXPECT_FALSE(ParseTcpAddress(bad).ok()) << bad;
  }
}

TEST(RemoteOptionsTest, AnotherAddressThanThisMachines_NeedsTlsAndClientCertificates) {
  EXPECT_TRUE(CheckRemoteOptions({.listen = "127.0.0.1:0"}).ok());
  EXPECT_THAT(Fields({.listen = "0.0.0.0:8443"}), UnorderedElementsAre("remote.certificate", "remote.client_ca"));
  EXPECT_THAT(Fields({.listen = "0.0.0.0:8443", .tls = {"/no/cert", "/no/key", ""}}),
              UnorderedElementsAre("remote.client_ca", "remote.certificate", "remote.key"));
  EXPECT_THAT(Fields({.listen = "127.0.0.1:0", .tls = {"/no/cert", "", ""}}), UnorderedElementsAre("remote.key"));
  EXPECT_THAT(Fields({.listen = "127.0.0.1:0", .tls = {"", "", "/no/ca"}}), UnorderedElementsAre("remote.certificate"));
  EXPECT_THAT(Fields({.listen = "host", .certificate_roles = {{"x", "viewer"}}}),
              UnorderedElementsAre("remote.listen", "remote.client_ca", "remote.certificate_roles"));
}

TEST(RemoteServerTest, ASecondServer_GetsNeitherTheSocketNorTheAddress) {
  ApiOptions options;
  options.remote.listen = "127.0.0.1:0";
  ApiWorld first(options);
  options.remote.listen = first.server->remote_address();
  ApiWorld second;
  const auto on_address = second.StartAnother(second.folder() + "/other/api.sock", options);
  EXPECT_EQ(ReasonOf(on_address.status()), "ADDRESS_IN_USE");
  const auto on_socket = second.StartAnother(first.socket(), {});
  EXPECT_EQ(ReasonOf(on_socket.status()), "SOCKET_IN_USE");
  EXPECT_TRUE(first.Ask(&Accounts::ListAccounts, "").ok());
}

TEST(RemoteServerTest, TheFirstAdminToken_IsMadeOnce_ForItsOwner) {
  ApiOptions options;
  options.remote.listen = "127.0.0.1:0";
  TempFolder folder;
  options.remote.bootstrap_file = folder.path() + "/bootstrap.token";
  ApiWorld world(options);
  std::ifstream file(options.remote.bootstrap_file);
  std::getline(file, world.token);
  EXPECT_EQ(std::filesystem::status(options.remote.bootstrap_file).permissions(), std::filesystem::perms{0600});
  world.ConnectStubs(world.server->remote_address(), grpc::InsecureChannelCredentials());
  const auto tokens = world.Ask(&Admin::ListTokens, "");
  ASSERT_TRUE(tokens.ok()) << tokens;
  ASSERT_EQ(tokens->tokens_size(), 1);
  EXPECT_EQ(tokens->tokens(0).name(), "tokens/bootstrap");
  std::filesystem::remove(options.remote.bootstrap_file);
  world.StopServer();
  world.StartServer();
  EXPECT_FALSE(std::filesystem::exists(options.remote.bootstrap_file));
}

}  // namespace
}  // namespace quayside
