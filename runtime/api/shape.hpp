// The shape of a request as data: members, their JSON types and constraints, in the order in which
// the service reports faults. Read by shape_check, filled by shapes.cpp.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "shardlog/wording.hpp"

namespace millbeck::runtime {

enum class Kind : std::uint8_t {
    String,
    Integer,
    Long,
    Timestamp,  // seconds since 1970, with a fraction
    Boolean,
    List,
    Map,        // of `element`, any names
    Structure,  // of `members`
    Item,       // a map of attribute values: shardlog's parser checks what is in it
    Value,      // one attribute value, likewise
    Refused,    // valid on AWS, not built: present and not null is an error that names it
};

enum class Pattern : std::uint8_t { None, TableName, TableNameOrArn, Bucket, AccountId, Token };

// How the service calls a wrong type depends on where its model keeps the type.
enum class Generic : std::uint8_t { No, Yes };

// How a List or a Map is shown in the text of its faults.
enum class Echo : std::uint8_t { Java, Json };

// Unnamed: `Value at 'TransactItems' failed to ...`, without the value.
enum class Bounds : std::uint8_t { Echoed, Unnamed };

// Of a choice that is none. Later: by the call's parser, after other checks.
enum class Reported : std::uint8_t { Together, Alone, Later };

struct Shape;

struct Member {
    std::string_view name;
    const Shape* shape = nullptr;
    bool required = false;
};

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): by meaning; there are few.
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
    Echo echo = Echo::Java;
    std::string_view java_tail = {};  // of a Structure printed as Java: members no client sends
    Bounds bounds = Bounds::Echoed;
    // Of a call that the newer layer checks: if no required member is missing, faults of members
    // marked below are said in its words.
    shardlog::Wording wording = shardlog::Wording::Older;
    std::string_view newer_choices = {};  // of a String; names neither member nor value
    // Of a String: said last of choices that the call does not take, but for the two it does.
    std::string_view newer_unfit = {};
    Reported newer_reported = Reported::Together;
};

inline constexpr std::int64_t kNoLeast = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t kNoMost = std::numeric_limits<std::int64_t>::max();
inline constexpr std::size_t kMembersMax = 20;  // of one structure

}  // namespace millbeck::runtime
