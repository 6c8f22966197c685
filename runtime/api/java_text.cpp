#include "runtime/api/java_text.hpp"

#include <array>
#include <string_view>

#include "runtime/api/fields.hpp"
#include "runtime/api/place.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;

// The members of the service's AttributeValue, in its order; those without a wire name are its own.
struct ValueMember {
    std::string_view wire;
    std::string_view java;
};
constexpr std::array<ValueMember, 16> kValueMembers{{
    {"S", "s"},
    {"N", "n"},
    {"B", "b"},
    {"", "iNT"},
    {"", "dECIMAL"},
    {"", "dOUBLE"},
    {"SS", "sS"},
    {"NS", "nS"},
    {"BS", "bS"},
    {"", "iNTSET"},
    {"", "dECIMALSET"},
    {"", "dOUBLESET"},
    {"M", "m"},
    {"L", "l"},
    {"NULL", "nULL"},
    {"BOOL", "bOOL"},
}};

class Printer {
  public:
    explicit Printer(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    void print(const Shape& shape, dom::element value) {
        if (full()) {
            return;
        }
        switch (shape.kind) {
            case Kind::List:
                return print_list(value, [&](dom::element each) { print(*shape.element, each); });
            case Kind::Map:
                return print_map(value, [&](dom::element each) { print(*shape.element, each); });
            case Kind::Structure:
                return print_structure(shape, value);
            case Kind::Item:
                return print_map(value, [&](dom::element each) { print_attribute(each); });
            case Kind::Value:
                return print_attribute(value);
            default:
                return print_plain(value);
        }
    }

    [[nodiscard]] std::string take() { return std::move(text_); }

  private:
    [[nodiscard]] bool full() const { return text_.size() >= bytes_max_; }

    void print_plain(dom::element value) {
        if (value.is_string()) {
            text_.append(value.get_string().value_unsafe());
        } else {
            text_.append(simdjson::minify(value));
        }
    }

    template <typename Each>
    void print_list(dom::element list, const Each& each) {
        const char* separator = "[";
        for (const dom::element entry : list_of(list)) {
            text_.append(separator);
            each(entry);
            separator = ", ";
        }
        text_.append(*separator == '[' ? "[]" : "]");
    }

    template <typename Each>
    void print_map(dom::element map, const Each& each) {
        const char* separator = "{";
        for (const auto& entry : entries_of(map)) {
            text_.append(separator).append(entry.key).append("=");
            each(entry.value);
            separator = ", ";
        }
        text_.append(*separator == '{' ? "{}" : "}");
    }

    void print_structure(const Shape& shape, dom::element value) {
        const Fields fields(shape, value);
        text_.append(shape.java);
        const char* separator = "(";
        for (std::size_t i = 0; i < shape.members.size(); ++i) {
            const Member& member = shape.members[i];
            text_.append(separator).append(camel(member.name)).append("=");
            if (const auto child = fields.at(i)) {
                print(*member.shape, *child);
            } else {
                text_.append("null");
            }
            separator = ", ";
        }
        text_.append(shape.java_tail).append(")");
    }

    void print_attribute(dom::element value) {
        text_.append("AttributeValue");
        const char* separator = "(";
        for (const ValueMember& member : kValueMembers) {
            text_.append(separator).append(member.java).append("=");
            dom::element inner;
            if (member.wire.empty() || !value.is_object() ||
                value[member.wire].get(inner) != simdjson::SUCCESS || full()) {
                text_.append("null");
            } else {
                print_content(member.wire, inner);
            }
            separator = ", ";
        }
        text_.append(")");
    }

    void print_content(std::string_view type, dom::element content) {
        if (type == "M" && content.is_object()) {
            print_map(content, [&](dom::element each) { print_attribute(each); });
        } else if (type == "L" && content.is_array()) {
            print_list(content, [&](dom::element each) { print_attribute(each); });
        } else if (content.is_array()) {
            print_list(content, [&](dom::element each) { print_plain(each); });
        } else {
            print_plain(content);
        }
    }

    std::string text_;
    const std::size_t bytes_max_;
};

}  // namespace

std::string java_text(const Shape& shape, dom::element value, std::size_t bytes_max) {
    Printer printer(bytes_max);
    printer.print(shape, value);
    return printer.take();
}

}  // namespace millbeck::runtime
