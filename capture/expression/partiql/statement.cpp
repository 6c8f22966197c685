#include "capture/expression/partiql/statement.hpp"

#include <algorithm>

#include "capture/expression/partiql/changes.hpp"
#include "capture/expression/partiql/key_tests.hpp"
#include "capture/expression/partiql/parser.hpp"
#include "capture/expression/partiql/paths.hpp"
#include "capture/expression/partiql/tests.hpp"

namespace millbeck::capture::expression::partiql {
namespace {

using base::Code;
using base::fail;
using base::Status;

// Limits of the service. Source: ServiceQuotas, "Naming rules".
constexpr std::size_t kTableNameMin = 3;
constexpr std::size_t kTableNameMax = 255;

bool is_table_name(std::string_view name) {
    return name.size() >= kTableNameMin && name.size() <= kTableNameMax &&
           std::ranges::all_of(name, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '.' || c == '-';
           });
}

tl::unexpected<base::Error> refuse(std::string message) {
    return fail(Code::Invalid, std::move(message));
}

// The names of `table` or `table.index`.
base::Result<std::vector<std::string>> source_names(const Tree& tree) {
    const Node& source = tree.at(tree.source);
    if (!is_path(tree, tree.source) ||
        (source.type == NodeType::Path && tree.at(source.children[0]).type != NodeType::Name)) {
        return refuse("Unexpected from source");
    }
    SyntaxBuilder builder;
    MB_TRY(const Path path, add_path(builder, tree, tree.source));
    if (path.count > 2) {
        return refuse("A path may contain at most 2 components in the FROM clause");
    }
    std::vector<std::string> names;
    if (source.type == NodeType::Name) {
        names.push_back(source.text);
        return names;
    }
    for (const NodeId step : source.children) {
        if (tree.at(step).type == NodeType::Number) {
            return refuse("Invalid list expression in source.");
        }
        names.push_back(tree.at(step).text);
    }
    return names;
}

shardlog::Item make_key(const KeySchema& keys, const NamedItem& item) {
    std::string text = "{";
    shardlog::append_json_string(text, keys.hash.name);
    text.append(":").append(item.hash);
    if (keys.range) {
        text += ',';
        shardlog::append_json_string(text, keys.range->name);
        text.append(":").append(item.range);
    }
    auto key = shardlog::parse_item(text += "}");
    MB_CHECK(key.has_value(), "canonical values make a key");
    return std::move(*key);
}

}  // namespace

base::Result<Statement> Statement::parse(std::string_view text,
                                         std::vector<std::string> parameters) {
    Statement statement;
    MB_TRY(statement.tree_, parse_tree(text));
    statement.verb_ = statement.tree_->verb;
    MB_TRY_STATUS(statement.read_source());
    if (parameters.size() != statement.tree_->parameters) {
        return refuse("Number of parameters in request and statement don't match.");
    }
    statement.parameters_ = std::move(parameters);
    return statement;
}

Status Statement::read_source() {
    MB_TRY(auto names, source_names(*tree_));
    if (names.size() > 1) {
        if (verb_ == Verb::Insert) {
            return refuse(
                "FROM clause may only contain a single table name in data manipulation "
                "statements");
        }
        if (verb_ == Verb::Update || verb_ == Verb::Delete) {
            return refuse("This operation is not supported on an index");
        }
        index_ = std::move(names[1]);
    }
    if (!is_table_name(names[0])) {
        return refuse(
            "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', "
            "'-', '_', '.'.");
    }
    table_ = shardlog::TableName(std::move(names[0]));
    return {};
}

Returning Statement::returning() const {
    const std::string& text = tree_->returning;
    if (text.empty()) {
        return Returning::Nothing;
    }
    if (text.ends_with("OLD")) {
        return text.starts_with("ALL") ? Returning::AllOld : Returning::ModifiedOld;
    }
    return text.starts_with("ALL") ? Returning::AllNew : Returning::ModifiedNew;
}

base::Result<Insertion> Statement::insertion(const KeySchema& keys) const {
    MB_TRY(auto item, item_of({*tree_, parameters_}, tree_->item));
    const auto check = [&](const KeyAttribute& key) -> Status {
        const auto* attribute = item.find(key.name);
        if (attribute == nullptr) {
            return refuse("Key attribute should be present in the item: Key " + key.name);
        }
        return check_key_value(key, item.value_text(*attribute));
    };
    MB_TRY_STATUS(check(keys.hash));
    if (keys.range) {
        MB_TRY_STATUS(check(*keys.range));
    }
    TestWriter writer({*tree_, parameters_});
    writer.add_exists(keys.hash.name, Function::AttributeNotExists);
    MB_TRY(auto absent, writer.finish());
    return Insertion{std::move(item), std::move(absent)};
}

base::Result<Target> Statement::target(const KeySchema& keys) const {
    const Source source{*tree_, parameters_};
    MB_TRY(const NamedItem named, find_item(source, keys));
    Target target{make_key(keys, named), std::nullopt, named.further.empty()};
    if (target.key_only && verb_ == Verb::Delete) {
        return target;
    }
    TestWriter writer(source);
    std::optional<std::uint32_t> all;
    if (verb_ != Verb::Delete) {
        all = writer.add_exists(keys.hash.name, Function::AttributeExists);
    }
    for (const NodeId test : named.further) {
        MB_TRY(const std::uint32_t next, writer.add_one_of(test));
        all = all ? writer.join_and(*all, next) : next;
    }
    if (verb_ == Verb::Delete) {
        // An item that is not there need not be like anything.
        writer.join_or(*all, writer.add_exists(keys.hash.name, Function::AttributeNotExists));
    }
    MB_TRY(target.condition, writer.finish());
    return target;
}

base::Result<Update> Statement::update() const {
    return update_of({*tree_, parameters_});
}

}  // namespace millbeck::capture::expression::partiql
