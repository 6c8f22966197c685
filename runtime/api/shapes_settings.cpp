// Tags, and the calls that ask what a table or an account has beyond its items.
#include <array>

#include "runtime/api/shape_parts.hpp"
#include "runtime/api/shapes.hpp"

namespace millbeck::runtime::shapes {

constexpr Shape kText{};

// What a tag may look like is said in the service's own sentences: see parse_settings.cpp.
constexpr std::array<Member, 2> kTagMembers{{
    {"Key", &kText},
    {"Value", &kText},
}};
constexpr Shape kTag{.kind = Kind::Structure, .java = "Tag", .members = kTagMembers};
constexpr Shape kTags{.kind = Kind::List, .element = &kTag};
constexpr Shape kTagKeys{.kind = Kind::List, .element = &kText};

constexpr std::array<Member, 2> kTagResourceMembers{{
    {"ResourceArn", &kText},
    {"Tags", &kTags, true},
}};
constexpr Shape kTagResource{.kind = Kind::Structure, .members = kTagResourceMembers};

constexpr std::array<Member, 2> kUntagResourceMembers{{
    {"ResourceArn", &kText},
    {"TagKeys", &kTagKeys, true},
}};
constexpr Shape kUntagResource{.kind = Kind::Structure, .members = kUntagResourceMembers};

constexpr std::array<Member, 2> kListTagsMembers{{
    {"ResourceArn", &kText},
    {"NextToken", &kText},
}};
constexpr Shape kListTagsOfResource{.kind = Kind::Structure, .members = kListTagsMembers};

constexpr Shape kTimeToLiveAttribute{.least = 1, .most = 255};
constexpr std::array<Member, 2> kTimeToLiveMembers{{
    {"Enabled", &kBoolean, true},
    {"AttributeName", &kTimeToLiveAttribute, true},
}};
constexpr Shape kTimeToLive{
    .kind = Kind::Structure, .java = "TimeToLiveSpecification", .members = kTimeToLiveMembers};
constexpr std::array<Member, 2> kUpdateTimeToLiveMembers{{
    {"TableName", &kTableNameOrArn, true},
    {"TimeToLiveSpecification", &kTimeToLive, true},
}};
constexpr Shape kUpdateTimeToLive{.kind = Kind::Structure, .members = kUpdateTimeToLiveMembers};

constexpr Shape kNoMembers{.kind = Kind::Structure};

}  // namespace millbeck::runtime::shapes
