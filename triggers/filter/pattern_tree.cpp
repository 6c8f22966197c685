#include "triggers/filter/pattern_tree.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace millbeck::triggers::filter {

namespace {

using Json = nlohmann::json;
using Kind = PatternTree::Kind;

// Builds the tree while the library reads. Its members are named by the library.
class Builder final : public nlohmann::json_sax<Json> {
  public:
    PatternTree tree;
    std::string problem;

    bool null() override { return add({.kind = Kind::Null}); }
    bool boolean(bool value) override { return add({.kind = value ? Kind::True : Kind::False}); }
    bool number_integer(number_integer_t value) override { return number(value); }
    bool number_unsigned(number_unsigned_t value) override { return number(value); }
    bool number_float(number_float_t value, const string_t& /*text*/) override {
        return number(value);
    }
    bool string(string_t& text) override {
        return add({.kind = Kind::Text, .text = std::move(text)});
    }
    bool binary(binary_t& /*value*/) override { return false; }

    bool start_object(std::size_t /*size*/) override { return open(Kind::Map); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t /*size*/) override { return open(Kind::List); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        auto& members = open_.back().members;
        std::erase_if(members, [&](const auto& member) { return member.first == name; });
        members.emplace_back(std::move(name), PatternTree{});
        return true;
    }

    bool parse_error(std::size_t position, const std::string& /*token*/,
                     const nlohmann::detail::exception& /*error*/) override {
        problem = "not JSON: byte " + std::to_string(position) + " is not expected";
        return false;
    }

  private:
    template <typename T>
    bool number(T value) {
        return add({.kind = Kind::Number, .number = static_cast<double>(value)});
    }

    // What is open is kept apart from its parent until it is closed, so that nothing points into a
    // vector that grows.
    bool open(Kind kind) {
        if (open_.size() == kPatternDepthMax) {
            problem = "nested deeper than " + std::to_string(kPatternDepthMax) + " levels";
            return false;
        }
        open_.push_back({.kind = kind});
        return true;
    }

    bool close() {
        PatternTree closed = std::move(open_.back());
        open_.pop_back();
        return add(std::move(closed));
    }

    bool add(PatternTree value) {
        if (open_.empty()) {
            tree = std::move(value);
        } else if (open_.back().kind == Kind::List) {
            open_.back().items.push_back(std::move(value));
        } else {
            open_.back().members.back().second = std::move(value);
        }
        return true;
    }

    std::vector<PatternTree> open_;
};

}  // namespace

base::Result<PatternTree> parse_tree(std::string_view json) {
    Builder builder;
    if (!Json::sax_parse(json, &builder)) {
        return base::fail(base::Code::Invalid, std::move(builder.problem));
    }
    return std::move(builder.tree);
}

}  // namespace millbeck::triggers::filter
