# quayside_add_tests(NAME SOURCES a_test.cc ... LIBS lib ...): one GoogleTest binary, registered with ctest as one test so
# that a run pays one process start; each case is still listed in the binary's own output.
function(quayside_add_tests name)
  if(NOT QUAYSIDE_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBS;ENV" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} GTest::gmock GTest::gtest_main quayside_warnings)
  # What is tested is optimised, the tests themselves are not: a third of their compile time for nothing one would notice.
  target_compile_options(${name} PRIVATE $<$<CONFIG:RelWithDebInfo>:-O0>)
  add_test(NAME ${name} COMMAND ${name})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  if(QUAYSIDE_SANITIZE) # several times slower
    math(EXPR ARG_TIMEOUT "10 * ${ARG_TIMEOUT}")
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} ENVIRONMENT "${ARG_ENV}")
endfunction()
