// The shape of a request as data: members, their JSON types and constraints, in the order in which
// the service reports faults. Read by shape_check, filled by shapes.cpp.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace millbeck::runtime {

enum class Kind : std::uint8_t {
    String,
    Integer,
    Long,
    Boolean,
    List,
    Map,        // of `element`, any names
    Structure,  // of `members`
    Item,       // a map of attribute values: shardlog's parser checks what is in it
    Value,      // one attribute value, likewise
    Refused,    // valid on AWS, not built: present and not null is an error that names it
};

enum class Pattern : std::uint8_t { None, TableName, TableNameOrArn };

// How the service calls a wrong type depends on where its model keeps the type.
enum class Generic : std::uint8_t { No, Yes };

struct Shape;

struct Member {
    std::string_view name;
    const Shape* shape = nullptr;
    bool required = false;
};

struct Shape {
    Kind kind = Kind::String;
    std::string_view java = {};  // type name in the texts of wrong types: "WriteRequest"
    // Bounds of the value of a number, of the length of anything else.
    std::int64_t least = std::numeric_limits<std::int64_t>::min();
    std::int64_t most = std::numeric_limits<std::int64_t>::max();
    Pattern pattern = Pattern::None;
    std::span<const std::string_view> choices = {};
    std::span<const Member> members = {};
    const Shape* element = nullptr;  // of a List or a Map
    const Shape* key = nullptr;      // constraints on the names of a Map, reported at the Map
    Generic generic = Generic::No;   // a List in a Map, or a Map in a List
};

inline constexpr std::int64_t kNoLeast = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t kNoMost = std::numeric_limits<std::int64_t>::max();
inline constexpr std::size_t kMembersMax = 20;  // of one structure

}  // namespace millbeck::runtime
