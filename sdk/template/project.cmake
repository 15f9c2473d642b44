cmake_minimum_required(VERSION 3.25)
project(example_shop LANGUAGES CXX)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()
find_package(QuaysideSDK REQUIRED)

quayside_add_plugin(example_shop MANIFEST manifest.json SOURCES
%order_sync%  src/orders.cc
%listing_sync%  src/listings.cc
%inventory_push%  src/stock.cc
%despatch%  src/packages.cc
%any_write%  src/outcomes.cc
  src/json.cc src/plugin.cc src/shop_api.cc)

enable_testing()
quayside_add_conformance_test(example_shop CASSETTE tests/cassette.json)
# Unit tests, where GoogleTest is installed (Debian: libgtest-dev).
find_package(GTest QUIET)
if(GTest_FOUND)
  add_executable(example_shop_tests tests/plugin_test.cc)
  target_include_directories(example_shop_tests PRIVATE src)
  target_link_libraries(example_shop_tests PRIVATE example_shop_core Quayside::sdk_testing GTest::gtest_main)
  add_test(NAME example_shop_tests COMMAND example_shop_tests)
endif()
