#include "sinks/row.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

namespace millbeck::sinks {

namespace {

namespace dom = simdjson::dom;
using base::Code;

// ---- attribute values as plain JSON

// `{"S":"a"}` as its type and what it holds.
dom::key_value_pair open_value(dom::element wrapped) {
    const dom::object wrapper = wrapped.get_object();
    const auto member = wrapper.begin();
    if (member == wrapper.end()) {
        throw simdjson::simdjson_error(simdjson::NO_SUCH_FIELD);
    }
    return *member;
}

void append_plain(std::string& out, dom::element wrapped);

template <typename Append>
void append_list(std::string& out, dom::array list, Append append) {
    out += '[';
    bool first = true;
    for (const dom::element each : list) {
        if (!std::exchange(first, false)) {
            out += ',';
        }
        append(each);
    }
    out += ']';
}

void append_map(std::string& out, dom::object map) {
    out += '{';
    bool first = true;
    for (const auto& [key, value] : map) {
        if (!std::exchange(first, false)) {
            out += ',';
        }
        append_json_text(out, key);
        out += ':';
        append_plain(out, value);
    }
    out += '}';
}

std::string text_of(dom::element element) {
    return std::string(element.get_string().value());
}

std::string list_text(std::string_view type, dom::element inner) {
    std::string text;
    append_list(text, inner.get_array(), [&](dom::element each) {
        if (type == "L") {
            append_plain(text, each);
        } else if (type == "NS") {
            text += each.get_string().value();
        } else {
            append_json_text(text, each.get_string());
        }
    });
    return text;
}

Value read_value(const dom::key_value_pair& opened) {
    const auto& [type, inner] = opened;
    if (type == "S") {
        return {Value::Kind::Text, text_of(inner)};
    }
    if (type == "N") {
        return {Value::Kind::Number, text_of(inner)};
    }
    if (type == "B") {
        return {Value::Kind::Binary, text_of(inner)};
    }
    if (type == "BOOL") {
        return {Value::Kind::Bool, inner.get_bool().value() ? "true" : "false"};
    }
    if (type == "NULL") {
        return {};
    }
    if (type == "M") {
        Value value{Value::Kind::Json, {}};
        append_map(value.text, inner.get_object());
        return value;
    }
    return {Value::Kind::Json, list_text(type, inner)};
}

void append_plain(std::string& out, dom::element wrapped) {
    append_json(out, read_value(open_value(wrapped)));
}

// ---- projection, names, flattening

bool has(const std::vector<std::string>& paths, std::string_view path) {
    return std::find(paths.begin(), paths.end(), path) != paths.end();
}

// Whether a path of the list lies below `path`.
bool reaches_into(const std::vector<std::string>& paths, std::string_view path) {
    return std::any_of(paths.begin(), paths.end(), [&](const std::string& each) {
        return each.size() > path.size() && each.starts_with(path) && each[path.size()] == '.';
    });
}

// Where the maker is: the path and the name of the map it is in, "" at the top.
struct Where {
    std::string path;
    std::string name;
    bool chosen = false;  // `include` names this or something above, or nothing at all
};

class RowMaker {
  public:
    explicit RowMaker(const RowMapping& mapping) : mapping_(mapping) {}

    void take_members(dom::object members, const Where& above) {
        for (const auto& [key, value] : members) {
            Where here;
            here.path =
                above.path.empty() ? std::string(key) : fmt::format("{}.{}", above.path, key);
            here.chosen = above.chosen || has(mapping_.include, here.path);
            const bool is_needed = here.chosen || reaches_into(mapping_.include, here.path);
            if (is_needed && !has(mapping_.exclude, here.path)) {
                here.name = name_of(here.path, key, above.name);
                take_value(open_value(value), here);
            }
        }
    }

    Row take() { return std::move(row_); }

  private:
    [[nodiscard]] std::string name_of(const std::string& path, std::string_view key,
                                      const std::string& above) const {
        if (const auto renamed = mapping_.rename.find(path); renamed != mapping_.rename.end()) {
            return renamed->second;
        }
        const auto joint = std::string_view(mapping_.flatten.empty() ? kDot : mapping_.flatten);
        return above.empty() ? std::string(key) : fmt::format("{}{}{}", above, joint, key);
    }

    // A map becomes values of its own when it is flattened or only parts of it are wanted.
    [[nodiscard]] bool opens(const Where& here) const {
        return !mapping_.flatten.empty() || !here.chosen ||
               reaches_into(mapping_.exclude, here.path);
    }

    void take_value(const dom::key_value_pair& opened, const Where& here) {
        if (opened.key == "M" && opens(here)) {
            take_members(opened.value.get_object(), here);
        } else if (here.chosen && names_.insert(here.name).second) {
            row_.push_back({here.name, read_value(opened)});
        }
    }

    static inline const std::string kDot = ".";
    const RowMapping& mapping_;
    Row row_;
    std::unordered_set<std::string> names_;
};

}  // namespace

base::Result<Row> make_row(std::string_view image, const RowMapping& mapping) {
    thread_local dom::parser parser;
    try {
        RowMaker maker(mapping);
        maker.take_members(parser.parse(image.data(), image.size()).get_object(),
                           {.path = "", .name = "", .chosen = mapping.include.empty()});
        return maker.take();
    } catch (const simdjson::simdjson_error& error) {
        return base::fail(Code::Corrupt,
                          fmt::format("an item is no DynamoDB JSON: {}", error.what()));
    }
}

}  // namespace millbeck::sinks
