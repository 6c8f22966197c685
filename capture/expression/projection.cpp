#include "capture/expression/projection.hpp"

#include <algorithm>
#include <span>

#include "capture/expression/condition_check.hpp"
#include "capture/expression/path_overlap.hpp"

namespace millbeck::capture::expression {
namespace {

using shardlog::AttributeType;
using PathSpan = std::span<const Steps>;

// Of sorted paths that agree up to `depth`: those that go on with the same step as the first.
PathSpan take_group(PathSpan& rest, std::size_t depth) {
    std::size_t count = 1;
    while (count < rest.size() && rest[count][depth] == rest[0][depth]) {
        ++count;
    }
    const PathSpan group = rest.first(count);
    rest = rest.subspan(count);
    return group;
}

bool append_value(std::string& out, std::string_view value, PathSpan group, std::size_t depth);

// Appends the wanted members of a map's text between braces. False, and nothing appended, when
// there are none. Recursion is as deep as paths are.
bool append_members(std::string& out, std::string_view map, PathSpan paths, std::size_t depth) {
    const std::size_t start = out.size();
    out.push_back('{');
    MemberScan members(map);
    Member member;
    while (!paths.empty() && members.next(member)) {
        int order = compare_names(member.name, paths[0][depth].name);
        while (order > 0 && !paths.empty()) {
            take_group(paths, depth);  // the map has no such member
            order = paths.empty() ? -1 : compare_names(member.name, paths[0][depth].name);
        }
        if (order != 0) {
            continue;
        }
        const std::size_t before = out.size();
        out.append(before == start + 1 ? "" : ",");
        out.append(map.substr(member.begin, member.value_begin - member.begin));
        if (!append_value(out, map.substr(member.value_begin, member.end - member.value_begin),
                          take_group(paths, depth), depth + 1)) {
            out.resize(before);
        }
    }
    out.push_back('}');
    if (out.size() == start + 2) {
        out.resize(start);
        return false;
    }
    return true;
}

bool append_elements(std::string& out, std::string_view list, PathSpan paths, std::size_t depth) {
    const std::size_t start = out.size();
    out.push_back('[');
    ElementScan elements(list);
    std::string_view element;
    for (std::uint32_t index = 0; !paths.empty() && elements.next(element); ++index) {
        if (paths[0][depth].index != index) {
            continue;
        }
        const std::size_t before = out.size();
        out.append(before == start + 1 ? "" : ",");
        if (!append_value(out, element, take_group(paths, depth), depth + 1)) {
            out.resize(before);
        }
    }
    out.push_back(']');
    if (out.size() == start + 2) {
        out.resize(start);
        return false;
    }
    return true;
}

// `group`: the paths that lead to this value or go on from it.
bool append_value(std::string& out, std::string_view value, PathSpan group, std::size_t depth) {
    if (group[0].size() == depth) {
        out.append(value);
        return true;
    }
    const ValueView view(value);
    const bool wants_map = group[0][depth].is_name();
    if (view.type != (wants_map ? AttributeType::M : AttributeType::L)) {
        return false;
    }
    const std::size_t start = out.size();
    out.append(value.substr(0, 5));  // `{"M":`
    if (!(wants_map ? append_members(out, content_of(view), group, depth)
                    : append_elements(out, content_of(view), group, depth))) {
        out.resize(start);
        return false;
    }
    out.push_back('}');
    return true;
}

}  // namespace

void append_projected(std::string& out, std::string_view item, const std::vector<Steps>& paths) {
    if (item.empty() || !append_members(out, item, paths, 0)) {
        out.append("{}");
    }
}

base::Result<Projection> Projection::parse(std::string_view text, ExpressionCache& cache,
                                           Placeholders& placeholders) {
    MB_TRY(auto syntax, cache.parse(Kind::Projection, text));
    return bind(std::move(syntax), placeholders);
}

base::Result<Projection> Projection::bind(std::shared_ptr<const Syntax> syntax,
                                          Placeholders& placeholders) {
    auto bindings = Bindings::bind(std::move(syntax), placeholders);
    if (!bindings) {
        return invalid_expression(Kind::Projection, bindings.error().message);
    }
    std::vector<Steps> paths;
    paths.reserve(bindings->syntax().paths.size());
    for (const Path& path : bindings->syntax().paths) {
        paths.push_back(bindings->steps(path));
    }
    if (const auto overlap = find_overlap(paths)) {
        return invalid_expression(Kind::Projection, *overlap);
    }
    std::sort(paths.begin(), paths.end(), stands_before);
    Projection projection(std::move(*bindings));
    projection.paths_ = std::move(paths);
    return projection;
}

base::Result<Projection> Projection::bind_columns(std::shared_ptr<const Syntax> syntax,
                                                  Placeholders& placeholders) {
    MB_TRY(auto bindings, Bindings::bind(std::move(syntax), placeholders));
    Projection projection(std::move(bindings));
    for (const Path& path : projection.bindings_.syntax().paths) {
        const Steps& steps = projection.paths_.emplace_back(projection.bindings_.steps(path));
        const auto index = std::find_if(steps.begin(), steps.end(),
                                        [](const Step& step) { return !step.is_name(); });
        const Step& named = *(index - 1);  // a path begins with a name
        Column column{std::string(named.name.plain), std::string(named.name.escaped), steps.size(),
                      projection.paths_.size() - 1};
        if (index != steps.end()) {
            const std::string suffix = "[" + std::to_string(index->index) + "]";
            column.plain += suffix;
            column.escaped += suffix;
            column.depth = static_cast<std::size_t>(index - steps.begin()) + 1;
        }
        const auto same = [&](const Column& other) { return other.plain == column.plain; };
        if (std::any_of(projection.columns_.begin(), projection.columns_.end(), same)) {
            return base::fail(base::Code::Invalid,
                              "Duplicate identifiers in select clause: " + column.plain);
        }
        projection.columns_.push_back(std::move(column));
    }
    std::sort(projection.columns_.begin(), projection.columns_.end(),
              [](const Column& a, const Column& b) { return a.plain < b.plain; });
    return projection;
}

void Projection::append(std::string& out, std::string_view item) const {
    if (columns_.empty()) {
        append_projected(out, item, paths_);
    } else {
        append_columns(out, item);
    }
}

void Projection::append_columns(std::string& out, std::string_view item) const {
    const std::size_t start = out.size();
    out += '{';
    for (const Column& column : columns_) {
        Path path = bindings_.syntax().paths[column.path];
        path.count = static_cast<std::uint32_t>(column.depth);
        const ValueView value = bindings_.find(path, item);
        if (!value.present()) {
            continue;
        }
        const std::size_t before = out.size();
        out.append(before == start + 1 ? "\"" : ",\"").append(column.escaped).append("\":");
        if (!append_value(out, value.text, PathSpan(&paths_[column.path], 1), column.depth)) {
            out.resize(before);
        }
    }
    out += '}';
}

base::Status Projection::check_key_paths(const KeySchema& keys) const {
    return check_scalar_keys(bindings_, keys);
}

std::vector<std::string_view> Projection::attributes() const {
    std::vector<std::string_view> names;
    for (const Steps& path : paths_) {
        if (std::find(names.begin(), names.end(), path[0].name.plain) == names.end()) {
            names.push_back(path[0].name.plain);
        }
    }
    return names;
}

}  // namespace millbeck::capture::expression
