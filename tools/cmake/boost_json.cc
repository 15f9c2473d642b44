// The implementation of Boost.JSON (header-only distribution), compiled once.
#include <boost/json/src.hpp>
