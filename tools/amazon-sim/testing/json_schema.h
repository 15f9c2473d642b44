// Whether a JSON value is what a schema says: the part of JSON Schema draft 7 and Swagger 2.0 that Amazon's models use.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <vector>

namespace amazon_sim {

// One text per thing that is wrong, with its place. `root` is the document that $ref points into. A field the schema
// does not name is wrong too, unless it allows others: it would be a misspelt one. Throws std::logic_error for a
// keyword that is not checked, so that nothing passes for not having been looked at.
std::vector<std::string> SchemaProblems(const boost::json::value& root, const boost::json::value& schema,
                                        const boost::json::value& value);

}  // namespace amazon_sim
