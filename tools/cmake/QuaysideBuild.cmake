# How everything in this tree is compiled. Plugins built outside the tree get their flags from sdk/cmake instead.
include(GNUInstallDirs)

option(QUAYSIDE_TESTS "Build the tests" ON)
option(QUAYSIDE_UNITY "Compile several sources at once (a full build takes 60 % less time)" ON)
option(QUAYSIDE_WERROR "Treat warnings as errors" ON)
option(QUAYSIDE_FUZZ "Build for libFuzzer (clang): the target `fuzzers` makes a program of each file in tests/fuzz" OFF)
set(QUAYSIDE_SANITIZE "" CACHE STRING "Sanitizers, comma separated: address,undefined or thread")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_UNITY_BUILD ${QUAYSIDE_UNITY})
set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)
# -g1 keeps line numbers in backtraces at a third of the compile and link cost.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1" CACHE STRING "" FORCE)
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g" CACHE STRING "" FORCE)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

find_program(QUAYSIDE_CCACHE ccache)
if(QUAYSIDE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${QUAYSIDE_CCACHE}")
  # Hits across checkouts need base_dir and no directory hash from the first build on.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      "${CMAKE_COMMAND};-E;env;CCACHE_BASEDIR=${CMAKE_SOURCE_DIR};CCACHE_NOHASHDIR=1;${QUAYSIDE_CCACHE}")
endif()
# Names of files in messages begin at the root of the tree; without it no object with one would be a hit in another checkout.
add_compile_options("-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=")
find_program(QUAYSIDE_MOLD mold)
if(QUAYSIDE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(quayside_warnings INTERFACE)
target_compile_options(quayside_warnings INTERFACE -Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Wno-missing-field-initializers)
if(QUAYSIDE_WERROR)
  target_compile_options(quayside_warnings INTERFACE -Werror)
endif()

if(QUAYSIDE_SANITIZE)
  string(REPLACE "," ";" _sanitizers "${QUAYSIDE_SANITIZE}")
  foreach(_s IN LISTS _sanitizers)
    add_compile_options(-fsanitize=${_s})
    add_link_options(-fsanitize=${_s})
  endforeach()
  add_compile_options(-fno-omit-frame-pointer)
  # What our own code asks for: the compiler's word for a thread sanitizer is taken away below.
  add_compile_definitions(QUAYSIDE_SANITIZED)
  if("thread" IN_LIST _sanitizers)
    # Protobuf's headers add members to messages when they see this; the library was built without them.
    add_compile_options(-U__SANITIZE_THREAD__)
  endif()
  if("undefined" IN_LIST _sanitizers)
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()

# quayside_unordered(TARGET...), quayside_unordered_sources(FILE...): without the thread sanitizer. For code that is mostly
# the inline half of a library that is not instrumented (gRPC, protobuf): the other half's locks are invisible, so that
# every other line looks like a race. What it calls of ours stays instrumented.
function(quayside_unordered)
  if(QUAYSIDE_SANITIZE MATCHES "thread")
    foreach(_target IN LISTS ARGN)
      target_compile_options(${_target} PRIVATE -fno-sanitize=thread)
    endforeach()
  endif()
endfunction()
function(quayside_unordered_sources)
  if(QUAYSIDE_SANITIZE MATCHES "thread")
    set_property(SOURCE ${ARGN} APPEND PROPERTY COMPILE_OPTIONS -fno-sanitize=thread)
    set_property(SOURCE ${ARGN} PROPERTY SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
endfunction()

if(QUAYSIDE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "QUAYSIDE_FUZZ needs clang; use the preset fuzz")
  endif()
  # Everything tells the fuzzer where it has been; tests/fuzz links the fuzzer itself.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Boost.DLL without libboost_filesystem (and a third faster to compile).
add_compile_definitions(BOOST_DLL_USE_STD_FS)
