// The listening sockets, and what is wrong with the settings of the one on TCP.
#include "host/api/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>

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
