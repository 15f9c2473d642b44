# Every third-party package the product uses, found once. tools/setup installs them.
find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED) # module mode: Debian ships no config file
find_package(gRPC CONFIG REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(Boost 1.81 CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CURL REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(tomlplusplus CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
# Debian ships no CMake file for it.
find_path(QUAYSIDE_SECCOMP_INCLUDE seccomp.h REQUIRED)
find_library(QUAYSIDE_SECCOMP_LIBRARY seccomp REQUIRED)
add_library(Seccomp::seccomp INTERFACE IMPORTED)
target_include_directories(Seccomp::seccomp INTERFACE "${QUAYSIDE_SECCOMP_INCLUDE}")
target_link_libraries(Seccomp::seccomp INTERFACE "${QUAYSIDE_SECCOMP_LIBRARY}")
if(QUAYSIDE_TESTS)
  find_package(GTest CONFIG REQUIRED)
endif()

# Boost.JSON from its headers: one object file per binary, so that a plugin can hide it inside itself.
add_library(quayside_boost_json STATIC EXCLUDE_FROM_ALL "${CMAKE_CURRENT_LIST_DIR}/boost_json.cc")
target_link_libraries(quayside_boost_json PUBLIC Boost::headers)
set_target_properties(quayside_boost_json PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON UNITY_BUILD OFF)
target_compile_options(quayside_boost_json PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
