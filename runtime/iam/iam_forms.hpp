// The query protocol's requests and answers in small pieces.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "runtime/iam/roles.hpp"

namespace millbeck::runtime::iam {

// A request, decoded: Action, Version and the action's own members.
using Form = std::map<std::string, std::string>;

std::string text_of(const Form& form, const std::string& name, std::string_view otherwise = "");

// `Tags.member.1.Key=a&Tags.member.1.Value=b&Tags.member.2...`: with list "Tags", member ".Key".
std::vector<std::string> members_of(const Form& form, std::string_view list,
                                    std::string_view member);

// `<name>text</name>`, escaped.
std::string element(std::string_view name, std::string_view text);

// `<member><Key>..</Key><Value>..</Value></member>` of each, by its key.
std::map<std::string, std::string> tag_rows(const Role& role);
std::string tags_xml(const Role& role);  // all of them

// Adds the tags that the form brings. False: there would be more than kTagsMax.
bool add_tags(const Form& form, Role& role);

// Reads MaxSessionDuration, if it is there. False: it is no whole number from 3600 to 43200.
bool read_session_seconds(const Form& form, Role& role);

// A list as one page of it: MaxItems (1 to 1000, 100 without it) and Marker of the form. `rows` are
// the members by what they are sorted by. Gives `<list>rows</list>`, IsTruncated, and Marker where
// there is more; an error is the sentence about a wrong member. Source: iam API_ListRolePolicies.
tl::expected<std::string, std::string> page_xml(const Form& form, std::string_view list,
                                                const std::map<std::string, std::string>& rows);

// A JSON object with statements; what they say is not looked at.
bool is_policy(const std::string& text);

}  // namespace millbeck::runtime::iam
