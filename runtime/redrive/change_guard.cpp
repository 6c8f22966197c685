#include "runtime/redrive/change_guard.hpp"

#include <algorithm>
#include <functional>

#include <nlohmann/json.hpp>

namespace millbeck::runtime {

using base::Result;
using sinks::Event;
using sinks::Message;

namespace {

using Json = nlohmann::json;

std::uint64_t hash_of(std::string_view text) {
    return std::hash<std::string_view>{}(text);
}

// Whether it is known what the item is after the change.
bool shows_result(const Message& message) {
    return message.event == Event::Remove || !message.new_image.empty();
}

// An INSERT follows on nothing, whatever its stream shows.
bool shows_beginning(const Message& message) {
    return message.event == Event::Insert || !message.old_image.empty();
}

// Texts are canonical; that both were written by the same version is not known.
bool same_item(std::string_view one, std::string_view other) {
    return one == other || Json::parse(one, nullptr, false) == Json::parse(other, nullptr, false);
}

// The last change of each key in the batch, by where it stands.
std::unordered_map<std::uint64_t, std::size_t> last_of_keys(const sinks::Batch& batch) {
    std::unordered_map<std::uint64_t, std::size_t> last;
    for (std::size_t i = 0; i < batch.messages.size(); ++i) {
        last[hash_of(batch.messages[i].key)] = i;
    }
    return last;
}

}  // namespace

void ChangeGuard::plan_chosen(std::int64_t number, const sinks::Batch& batch) {
    for (const Message& message : batch.messages) {
        const Key key = hash_of(message.key);
        Last& last = last_[key];
        if (last.number != 0 && last.number != number) {
            const bool follows = !shows_beginning(message) || !last.has_image ||
                                 last.image == hash_of(message.old_image);
            next_[last.number][key] = follows ? Next::Follows : Next::DoesNotFollow;
        }
        last = {number, hash_of(message.new_image), shows_result(message)};
    }
}

void ChangeGuard::failed(std::int64_t number, const sinks::Batch& batch) {
    for (const Message& message : batch.messages) {
        const auto held = held_by_.emplace(hash_of(message.key), number).first;
        held->second = std::min(held->second, number);
    }
}

std::optional<std::int64_t> ChangeGuard::behind(std::int64_t number,
                                                const sinks::Batch& batch) const {
    for (const Message& message : batch.messages) {
        const auto found = held_by_.find(hash_of(message.key));
        if (found != held_by_.end() && found->second < number) {
            return found->second;
        }
    }
    return std::nullopt;
}

Result<ChangedKeys> ChangeGuard::changed(std::int64_t number, const sinks::Batch& batch,
                                         const Present& present) const {
    ChangedKeys changed;
    ChangedKeys unknown;
    unknown.is_unknown = true;
    const auto name = [](ChangedKeys& list, std::string_view key) {
        if (list.keys.size() < kKeysNamedMax) {
            list.keys.emplace_back(key);
        }
        ++list.count;
    };
    const auto later = next_.find(number);
    const auto last_of = last_of_keys(batch);
    for (std::size_t i = 0; i < batch.messages.size(); ++i) {
        const Message& message = batch.messages[i];
        const Key key = hash_of(message.key);
        if (last_of.at(key) != i) {
            continue;
        }
        if (later != next_.end() && later->second.contains(key)) {
            if (later->second.at(key) == Next::DoesNotFollow) {
                name(changed, message.key);
            }
            continue;
        }
        MB_TRY(const auto item, present(message.key));
        const bool is_gone = message.event == Event::Remove;
        const bool is_known = item.has_value() == is_gone || shows_result(message);
        if (!is_known) {
            name(unknown, message.key);
        } else if (item.has_value() == is_gone ||
                   (!is_gone && !same_item(*item, message.new_image))) {
            name(changed, message.key);
        }
    }
    return changed.count == 0 && unknown.count > 0 ? unknown : changed;
}

}  // namespace millbeck::runtime
