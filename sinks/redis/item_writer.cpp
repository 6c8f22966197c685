#include "sinks/redis/item_writer.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sinks/expiry.hpp"
#include "sinks/redis/version.hpp"

namespace millbeck::sinks::redis {

using base::Code;

namespace {

constexpr std::int64_t kSecond = 1'000;

std::string_view field_text(const Value& value) {
    return value.kind == Value::Kind::Null ? "null" : std::string_view(value.text);
}

bool is_identity(const RowMapping& mapping) {
    return mapping.include.empty() && mapping.exclude.empty() && mapping.rename.empty() &&
           mapping.flatten.empty();
}

}  // namespace

struct ItemWriter::Item {
    Row row;   // as mapped
    Row more;  // what templates need, where `row` is not enough
    std::optional<std::int64_t> expires{};
    bool has_expired = false;
    bool uses_more = false;

    [[nodiscard]] const Row& all() const { return uses_more ? more : row; }
};

base::Result<ItemWriter> ItemWriter::create(RedisOptions options, const std::string& sink,
                                            const std::string& table) {
    ItemWriter writer(std::move(options), sink);
    MB_TRY_STATUS(writer.prepare(table));
    return writer;
}

base::Status ItemWriter::prepare(const std::string& table) {
    const RedisSortedSet& board = options_.sorted_set;
    tag_ = options_.key_tag ? "{" + sink_ + "}" : "";
    tombstone_seconds_ = std::to_string(options_.tombstone_for.count() / kSecond);
    MB_TRY(key_, KeyTemplate::parse(options_.key, table));
    MB_TRY(value_, TextTemplate::parse(options_.value, table));
    MB_TRY(set_, TextTemplate::parse(board.name, table));
    MB_TRY(member_, TextTemplate::parse(board.member, table));
    if (prefix().starts_with("millbeck:{")) {
        return base::fail(Code::Invalid, "keys that begin with `millbeck:{` are the sinks' own");
    }
    if (options_.layout == RedisLayout::Template && options_.value.empty()) {
        return base::fail(Code::Invalid, "the layout template needs a `value`");
    }
    if (options_.layout != RedisLayout::Template && !options_.value.empty()) {
        return base::fail(Code::Invalid, "`value` is for the layout template");
    }
    if (board.name.empty() != board.score.empty() ||
        (board.name.empty() && !board.member.empty())) {
        return base::fail(Code::Invalid, "a sorted set needs a name and a score");
    }
    std::vector<std::string>& include = needed_.include;
    for (const TextTemplate* each : {&value_, &set_, &member_}) {
        include.insert(include.end(), each->names().begin(), each->names().end());
    }
    for (const std::string& each : {board.score, options_.expire_at}) {
        if (!each.empty()) {
            include.push_back(each);
        }
    }
    const bool has_paths = std::any_of(include.begin(), include.end(), [](const std::string& name) {
        return name.find('.') != std::string::npos;
    });
    needs_more_ = !include.empty() && (has_paths || !is_identity(options_.mapping));
    return {};
}

base::Result<std::string> ItemWriter::key_of(std::string_view key) const {
    MB_TRY(const Row row, make_row(key, {}));
    return key_of(row);
}

base::Result<std::string> ItemWriter::key_of(const Row& key) const {
    std::string text = tag_;
    MB_TRY_STATUS(key_.append(text, key));
    return text;
}

base::Result<ItemWriter::Item> ItemWriter::read(std::string_view image, base::WallTime now) const {
    Item item;
    MB_TRY(item.row, make_row(image, options_.mapping));
    if (needs_more_) {
        MB_TRY(item.more, make_row(image, needed_));
        item.uses_more = true;
    }
    if (!options_.expire_at.empty()) {
        item.expires = expiry_of(find_value(item.all(), options_.expire_at), now);
        item.has_expired = item.expires && *item.expires <= seconds_of(now);
    }
    return item;
}

base::Status ItemWriter::append(Writing& into, const Message& message, Before before) const {
    MB_TRY(const Row key_row, make_row(message.key, {}));
    MB_TRY(const std::string key, key_of(key_row));
    if (message.event == Event::Remove) {
        remove(into, key, message);
        return rank(into, key, key_row, message, nullptr);
    }
    if (message.new_image.empty()) {
        return base::fail(Code::Invalid,
                          "the changes bring no new images, which a copy is made of");
    }
    MB_TRY(const Item item, read(message.new_image, into.now));
    if (item.has_expired) {
        remove(into, key, message);
    } else {
        put(into, key, message, item, before);
    }
    return rank(into, key, key_row, message, &item);
}

void ItemWriter::clear(Writing& into, const std::string& key) {
    if (into.touched.insert(key).second) {
        into.cleared.push_back(key);
    } else {
        into.commands.add({"DEL", key});
    }
}

void ItemWriter::put(Writing& into, const std::string& key, const Message& message,
                     const Item& item, Before before) const {
    const std::string mark =
        write_mark({.version = version_of(message.id), .sink = sink_, .key = message.key});
    if (options_.layout == RedisLayout::Hash) {
        if (before == Before::Anything) {
            clear(into, key);
        }
        put_hash(into, key, mark, item);
        if (item.expires) {
            into.commands.add({"EXPIREAT", key, std::to_string(*item.expires)});
        }
        return;
    }
    into.touched.insert(key);  // SET replaces whatever there is
    if (item.expires) {
        into.commands.add(
            {"SET", key, string_content(item), "EXAT", std::to_string(*item.expires)});
    } else {
        into.commands.add({"SET", key, string_content(item)});
    }
    into.commands.add({"SET", names_.item(key), mark});
}

void ItemWriter::put_hash(Writing& into, const std::string& key, const std::string& mark,
                          const Item& item) const {
    const auto is_ours = [&](const Field& field) { return field.name == options_.meta_field; };
    const auto left_out =
        static_cast<std::size_t>(std::count_if(item.row.begin(), item.row.end(), is_ours));
    CommandBuffer& commands = into.commands;
    commands.begin(4 + 2 * (item.row.size() - left_out));
    commands.argument("HSET");
    commands.argument(key);
    commands.argument(options_.meta_field);
    commands.argument(mark);
    for (const Field& field : item.row) {
        if (!is_ours(field)) {
            commands.argument(field.name);
            commands.argument(field_text(field.value));
        }
    }
}

void ItemWriter::remove(Writing& into, const std::string& key, const Message& message) const {
    clear(into, key);
    into.commands.add({"SET", names_.item(key), write_mark({.version = version_of(message.id)}),
                       "EX", tombstone_seconds_});
}

// ---- leaderboards

Place ItemWriter::place_of(const Row& row, const std::string& key) const {
    return {tag_ + set_.fill(row), options_.sorted_set.member.empty() ? key : member_.fill(row)};
}

bool ItemWriter::is_placed_by(const Row& key) const {
    const auto is_there = [&](const std::string& name) { return find_value(key, name) != nullptr; };
    return std::all_of(set_.names().begin(), set_.names().end(), is_there) &&
           std::all_of(member_.names().begin(), member_.names().end(), is_there);
}

base::Status ItemWriter::rank(Writing& into, const std::string& key, const Row& key_row,
                              const Message& message, const Item* item) const {
    if (options_.sorted_set.name.empty()) {
        return {};
    }
    std::optional<Place> before;
    if (is_placed_by(key_row)) {
        before = place_of(key_row, key);
    } else if (!message.old_image.empty()) {
        MB_TRY(const Row old, make_row(message.old_image, needed_));
        before = place_of(old, key);
    } else if (message.event != Event::Insert) {
        return base::fail(Code::Invalid,
                          "the sorted set's name or member is made of attributes that are not in "
                          "the key: that needs changes with old images");
    }
    const Value* score =
        item == nullptr ? nullptr : find_value(item->all(), options_.sorted_set.score);
    std::optional<Place> after;
    if (item != nullptr && !item->has_expired && number_of(score)) {
        after = place_of(item->all(), key);
    }
    if (before && before != after) {
        into.commands.add({"ZREM", before->set, before->member});
    }
    if (after) {
        into.commands.add({"ZADD", after->set, score->text, after->member});
        into.sorted_sets.insert(after->set);
    }
    return {};
}

base::Status ItemWriter::append_removal(Writing& into, std::string_view key) const {
    MB_TRY(const Row row, make_row(key, {}));
    MB_TRY(const std::string name, key_of(row));
    into.commands.add({"UNLINK", name, names_.item(name)});
    return {};
}

// ---- reading back

std::string ItemWriter::string_content(const Item& item) const {
    return options_.layout == RedisLayout::Template ? value_.fill(item.all()) : json_of(item.row);
}

base::Result<std::optional<std::string>> ItemWriter::content_of(std::string_view image,
                                                                base::WallTime now) const {
    MB_TRY(Item item, read(image, now));
    if (item.has_expired) {
        return std::optional<std::string>{};
    }
    if (options_.layout != RedisLayout::Hash) {
        return std::optional(string_content(item));
    }
    std::vector<std::pair<std::string, std::string>> fields;
    for (const Field& field : item.row) {
        if (field.name != options_.meta_field) {
            fields.emplace_back(field.name, field_text(field.value));
        }
    }
    return std::optional(hash_content(std::move(fields)));
}

// An item that has expired left the set with its last change, or stays until the table deletes it.
base::Result<std::optional<ItemWriter::Entry>> ItemWriter::entry_of(std::string_view key,
                                                                    std::string_view image,
                                                                    base::WallTime now) const {
    std::optional<Entry> entry;
    if (options_.sorted_set.name.empty()) {
        return entry;
    }
    MB_TRY(const Row key_row, make_row(key, {}));
    MB_TRY(const std::string name, key_of(key_row));
    if (image.empty()) {
        if (is_placed_by(key_row)) {
            entry = Entry{place_of(key_row, name), std::nullopt};
        }
        return entry;
    }
    MB_TRY(const Item item, read(image, now));
    const Value* score = find_value(item.all(), options_.sorted_set.score);
    if (number_of(score)) {
        entry = Entry{place_of(item.all(), name), std::nullopt};
        if (!item.has_expired) {
            entry->score = score_text(score->text);
        }
    }
    return entry;
}

std::string hash_content(std::vector<std::pair<std::string, std::string>> fields) {
    std::sort(fields.begin(), fields.end());
    std::string text = "{";
    for (const auto& [name, value] : fields) {
        text.append(text.size() > 1 ? "," : "");
        append_json_text(text, name);
        text += ':';
        append_json_text(text, value);
    }
    return text + "}";
}

}  // namespace millbeck::sinks::redis
