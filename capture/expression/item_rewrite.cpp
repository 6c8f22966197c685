#include "capture/expression/item_rewrite.hpp"

#include "shardlog/json_text.hpp"

namespace millbeck::capture::expression {
namespace {

using EditSpan = std::span<const Edit>;

// The edits that go on with the same step as the first.
EditSpan take_group(EditSpan& rest, std::size_t depth) {
    std::size_t count = 1;
    while (count < rest.size() && rest[count].steps[depth] == rest[0].steps[depth]) {
        ++count;
    }
    const EditSpan group = rest.first(count);
    rest = rest.subspan(count);
    return group;
}

// A map or list that is written anew.
class Rewriter {
  public:
    explicit Rewriter(std::string& out) : out_(out) {}

    // A map's text between braces; at depth 0 the item's, whose growth is counted.
    void map(std::string_view map, EditSpan edits, std::size_t depth);
    [[nodiscard]] std::int64_t growth() const { return growth_; }

  private:
    void list(std::string_view list, EditSpan edits, std::size_t depth);
    void value(std::string_view old, EditSpan group, std::size_t depth);
    void new_member(const Edit& edit, std::size_t depth);
    void separate(std::size_t start) { out_.append(out_.size() == start ? "" : ","); }
    void count(const Edit& edit, std::string_view old, std::string_view now);

    std::string& out_;
    std::int64_t growth_ = 0;
};

void Rewriter::count(const Edit& edit, std::string_view old, std::string_view now) {
    const auto name_bytes = static_cast<std::int64_t>(edit.steps[0].name.plain.size());
    if (!old.empty()) {
        growth_ -= name_bytes + value_size_bytes(ValueView(old));
    }
    if (!now.empty()) {
        growth_ += name_bytes + value_size_bytes(ValueView(now));
    }
}

void Rewriter::new_member(const Edit& edit, std::size_t depth) {
    if (edit.value.empty()) {
        return;  // was not there to be removed
    }
    const AttributeName& name = edit.steps[depth].name;
    out_.append("\"").append(name.escaped).append("\":").append(edit.value);
    if (depth == 0) {
        count(edit, {}, edit.value);
    }
}

void Rewriter::map(std::string_view map, EditSpan edits, std::size_t depth) {
    out_.push_back('{');
    const std::size_t start = out_.size();
    MemberScan members(map);
    Member member;
    std::size_t copied = 1;  // of `map`: what stands before was written or left out
    const auto copy_until = [&](std::size_t end) {
        std::string_view run = map.substr(copied, end - copied);
        if (run.starts_with(',')) {
            run.remove_prefix(1);
        }
        if (run.ends_with(',')) {
            run.remove_suffix(1);
        }
        if (!run.empty()) {
            separate(start);
            out_.append(run);
        }
        copied = end;
    };
    bool more = members.next(member);
    while (!edits.empty()) {
        const int order = more ? compare_names(member.name, edits[0].steps[depth].name) : 1;
        if (order < 0) {
            more = members.next(member);
            continue;
        }
        copy_until(more ? member.begin : map.size() - 1);
        const EditSpan group = take_group(edits, depth);
        const bool leaves = group[0].steps.size() == depth + 1 && group[0].value.empty();
        if (!leaves) {
            separate(start);
        }
        if (order > 0) {
            new_member(group[0], depth);
            continue;
        }
        const std::string_view old =
            map.substr(member.value_begin, member.end - member.value_begin);
        if (!leaves) {
            out_.append(map.substr(member.begin, member.value_begin - member.begin));
        }
        const std::size_t begin = out_.size();
        value(old, group, depth + 1);
        if (depth == 0) {
            count(group[0], old, std::string_view(out_).substr(begin));
        }
        copied = member.end;
        more = members.next(member);
    }
    copy_until(map.size() - 1);
    out_.push_back('}');
}

void Rewriter::list(std::string_view list, EditSpan edits, std::size_t depth) {
    out_.push_back('[');
    const std::size_t start = out_.size();
    ElementScan elements(list);
    std::string_view element;
    for (std::uint32_t index = 0; elements.next(element); ++index) {
        if (edits.empty() || edits[0].steps[depth].index != index) {
            separate(start);
            out_.append(element);
            continue;
        }
        const EditSpan group = take_group(edits, depth);
        if (group[0].steps.size() == depth + 1 && group[0].value.empty()) {
            continue;
        }
        separate(start);
        value(element, group, depth + 1);
    }
    for (const Edit& edit : edits) {
        if (!edit.value.empty()) {
            separate(start);
            out_.append(edit.value);
        }
    }
    out_.push_back(']');
}

// What becomes of a value whose edits are `group`. Recursion is as deep as paths are.
void Rewriter::value(std::string_view old, EditSpan group, std::size_t depth) {
    if (group[0].steps.size() == depth) {
        out_.append(group[0].value);
        return;
    }
    out_.append(old.substr(0, 5));  // `{"M":`
    if (group[0].steps[depth].is_name()) {
        map(content_of(ValueView(old)), group, depth);
    } else {
        list(content_of(ValueView(old)), group, depth);
    }
    out_.push_back('}');
}

}  // namespace

std::int64_t append_rewritten(std::string& out, std::string_view item,
                              std::span<const Edit> edits) {
    Rewriter rewriter(out);
    rewriter.map(item, edits, 0);
    return rewriter.growth();
}

}  // namespace millbeck::capture::expression
