# quayside_add_plugin(NAME MANIFEST manifest.json SOURCES a.cc ... [LIBS lib ...] [BUNDLE_DIR dir] [PLAIN_C])
#
# Builds bundles/NAME/{plugin.so, manifest.json} with the flags a reloadable plugin needs (without them g++ leaves a library
# mapped after dlclose, with its old state):
#   -fvisibility=hidden -fno-gnu-unique, a version script that exports the one symbol, -z defs (no surprise at load time),
#   -z now,relro, --exclude-libs ALL. The manifest is embedded, so that `describe` cannot differ from the file.
# NAME_core is the same code as a static library, for unit tests with the fake host.
# QUAYSIDE_SPLIT_DEBUG (ON for the build types Release and MinSizeRel unless set): the library is read, hashed and copied at every
# start and reload, so what only debuggers read goes to debug/NAME/plugin.so.debug of the build folder, which the library names.
# PLAIN_C: sources in C against quayside/plugin.h; neither the C++ layer nor protobuf is linked.
#
# The plugin's own code is linked from object files, not from NAME_core: --exclude-libs ALL makes every symbol that comes out
# of an archive local, the entry symbol too, and an archive would need --whole-archive to be pulled in at all. From archives
# (the SDK, the messages, LIBS) nothing shall be exported, so the option stays.
get_filename_component(QUAYSIDE_PLUGIN_CMAKE_DIR "${CMAKE_CURRENT_LIST_FILE}" DIRECTORY)

function(quayside_add_plugin name)
  cmake_parse_arguments(ARG "PLAIN_C" "MANIFEST;BUNDLE_DIR" "SOURCES;LIBS" ${ARGN})
  if(NOT ARG_MANIFEST OR NOT ARG_SOURCES)
    message(FATAL_ERROR "quayside_add_plugin(${name}): MANIFEST and SOURCES are needed")
  endif()
  get_filename_component(_manifest "${ARG_MANIFEST}" ABSOLUTE)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${_manifest}")
  file(READ "${_manifest}" _json)
  foreach(_key IN ITEMS id version)
    string(JSON _${_key} ERROR_VARIABLE _error GET "${_json}" ${_key})
    if(_error)
      message(FATAL_ERROR "${_manifest}: ${_error}")
    endif()
  endforeach()
  file(READ "${_manifest}" _hex HEX)
  # 16 bytes a line; each as '\xNN', which holds for any byte whatever the signedness of char.
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," _bytes "${_hex}")
  string(REGEX REPLACE "(('.x[0-9a-f][0-9a-f]',){16})" "\\1\n  " _bytes "${_bytes}")
  set(_language CXX)
  set(_suffix cc)
  set(_sdk Quayside::sdk)
  if(ARG_PLAIN_C)
    set(_language C)
    set(_suffix c)
    set(_sdk)
  endif()
  set(_generated "${CMAKE_CURRENT_BINARY_DIR}/${name}_manifest.${_suffix}")
  file(CONFIGURE OUTPUT "${_generated}" @ONLY CONTENT
"// Generated from manifest.json.
extern const char kQuaysideManifestJson[];
extern const char kQuaysidePluginId[];
extern const char kQuaysidePluginVersion[];
const char kQuaysideManifestJson[] = {
  @_bytes@'\\0'};
const char kQuaysidePluginId[] = \"@_id@\";
const char kQuaysidePluginVersion[] = \"@_version@\";
")
  set(_flags)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    list(APPEND _flags -fno-gnu-unique) # clang makes no unique symbols and does not know the option
  endif()

  add_library(${name}_objects OBJECT ${ARG_SOURCES} "${_generated}")
  target_link_libraries(${name}_objects PUBLIC ${_sdk} ${ARG_LIBS})
  target_compile_options(${name}_objects PRIVATE -fvisibility=hidden
    "$<$<COMPILE_LANGUAGE:CXX>:-fvisibility-inlines-hidden;${_flags}>")
  if(ARG_PLAIN_C) # the header and nothing to link
    target_include_directories(${name}_objects PRIVATE $<TARGET_PROPERTY:Quayside::sdk,INTERFACE_INCLUDE_DIRECTORIES>)
  endif()
  if(TARGET quayside_warnings AND NOT ARG_PLAIN_C) # C++ flags, in the Quayside tree itself
    target_link_libraries(${name}_objects PRIVATE quayside_warnings)
  endif()
  set_target_properties(${name}_objects PROPERTIES POSITION_INDEPENDENT_CODE ON)

  add_library(${name}_core STATIC EXCLUDE_FROM_ALL $<TARGET_OBJECTS:${name}_objects>)
  target_link_libraries(${name}_core PUBLIC ${_sdk} ${ARG_LIBS})
  set_target_properties(${name}_core PROPERTIES LINKER_LANGUAGE ${_language})

  if(NOT ARG_BUNDLE_DIR)
    set(ARG_BUNDLE_DIR "${CMAKE_BINARY_DIR}/bundles/${name}")
  endif()
  add_library(${name} MODULE $<TARGET_OBJECTS:${name}_objects>)
  target_link_libraries(${name} PRIVATE ${_sdk} ${ARG_LIBS})
  target_link_options(${name} PRIVATE
    "-Wl,--version-script=${QUAYSIDE_PLUGIN_CMAKE_DIR}/plugin.map"
    -Wl,-z,defs -Wl,-z,now -Wl,-z,relro -Wl,-z,noexecstack -Wl,--exclude-libs,ALL -Wl,--build-id=sha1 -Wl,--as-needed)
  set_target_properties(${name} PROPERTIES PREFIX "" OUTPUT_NAME plugin SUFFIX ".so" LINKER_LANGUAGE ${_language}
    LIBRARY_OUTPUT_DIRECTORY "${ARG_BUNDLE_DIR}" LINK_DEPENDS "${QUAYSIDE_PLUGIN_CMAKE_DIR}/plugin.map")
  if(NOT DEFINED QUAYSIDE_SPLIT_DEBUG AND CMAKE_BUILD_TYPE MATCHES "^(Release|MinSizeRel)$")
    set(QUAYSIDE_SPLIT_DEBUG ON)
  endif()
  if(QUAYSIDE_SPLIT_DEBUG AND CMAKE_OBJCOPY AND NOT QUAYSIDE_SANITIZE)
    set(_debug "${CMAKE_BINARY_DIR}/debug/${name}")
    add_custom_command(TARGET ${name} POST_BUILD
      COMMAND ${CMAKE_COMMAND} -E make_directory "${_debug}"
      COMMAND "${CMAKE_OBJCOPY}" --only-keep-debug "$<TARGET_FILE:${name}>" "${_debug}/plugin.so.debug"
      COMMAND "${CMAKE_OBJCOPY}" --strip-unneeded "--add-gnu-debuglink=${_debug}/plugin.so.debug" "$<TARGET_FILE:${name}>" VERBATIM)
  endif()
  # The manifest is an input of the link, so that an edit of the file alone also brings the copy up to date.
  set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS "${_manifest}")
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND ${CMAKE_COMMAND} -E copy_if_different "${_manifest}" "${ARG_BUNDLE_DIR}/manifest.json" VERBATIM)
  set_property(TARGET ${name} PROPERTY QUAYSIDE_BUNDLE "${ARG_BUNDLE_DIR}")
endfunction()

# quayside_add_conformance_test(NAME [CASSETTE cassette.json]): ctest NAME_conformance, which runs the kit against the bundle.
function(quayside_add_conformance_test name)
  cmake_parse_arguments(ARG "" "CASSETTE" "" ${ARGN})
  set(_kit "${QUAYSIDE_CONFORMANCE}")
  if(TARGET quayside-conformance) # in the Quayside tree itself
    set(_kit $<TARGET_FILE:quayside-conformance>)
  endif()
  set(_arguments)
  if(QUAYSIDE_SANITIZE) # what it adds to a process is not the plugin's: only what is about answers, where its reports are seen
    set(_arguments --only "^(calls|pages|writes|upgrade|hostile)/" --isolation in-process)
  endif()
  if(ARG_CASSETTE)
    get_filename_component(_cassette "${ARG_CASSETTE}" ABSOLUTE)
    list(APPEND _arguments --cassette "${_cassette}")
  endif()
  get_target_property(_bundle ${name} QUAYSIDE_BUNDLE)
  add_test(NAME ${name}_conformance COMMAND "${_kit}" "${_bundle}" ${_arguments})
  set_tests_properties(${name}_conformance PROPERTIES TIMEOUT 1200)
endfunction()
