// Boost.JSON from its headers alone, once for the whole plugin.
#include <boost/json/src.hpp>
