#include "sinks/memcached/entry.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/sha256.hpp"
#include "sinks/expiry.hpp"

namespace millbeck::sinks::memcached {

using base::Code;

namespace {

constexpr std::int64_t kSecond = 1'000;

// What a key cannot have: the end of a word or of a line, and control characters.
std::string forbidden() {
    constexpr char kDelete = 0x7f;
    std::string all(1, kDelete);
    for (char c = 0; c <= ' '; ++c) {
        all += c;
    }
    return all;
}

}  // namespace

base::Result<EntryMaker> EntryMaker::create(MemcachedOptions options, std::string_view table) {
    EntryMaker made;
    const std::string never = forbidden();
    if (options.key.find_first_of(never) != std::string::npos) {
        return base::fail(Code::Invalid, "a key cannot have spaces or control characters");
    }
    MB_TRY(made.key_, KeyTemplate::parse(options.key, table, never));
    MB_TRY(made.value_, TextTemplate::parse(options.value, table));
    made.options_ = std::move(options);
    return made;
}

base::Result<std::string> EntryMaker::key_of(std::string_view key) const {
    MB_TRY(const Row row, make_row(key, {}));
    std::string text;
    MB_TRY_STATUS(key_.append(text, row));
    return fitting_key(std::move(text));
}

base::Result<Entry> EntryMaker::make(const Message& message, base::WallTime now) const {
    Entry entry;
    MB_TRY(entry.key, key_of(message.key));
    if (message.event == Event::Remove) {
        return entry;
    }
    if (message.new_image.empty()) {
        return base::fail(Code::Invalid,
                          "the changes bring no new images, which a copy is made of");
    }
    RowMapping needed;
    needed.include = value_.names();
    const std::int64_t seconds = seconds_of(now);
    if (!options_.expire_at.empty()) {
        needed.include.push_back(options_.expire_at);
    }
    Row row;
    if (!needed.include.empty()) {
        MB_TRY(row, make_row(message.new_image, needed));
        entry.expires = expiry_of(find_value(row, options_.expire_at), now).value_or(0);
    }
    if (entry.expires == 0 && options_.expire_after.count() > 0) {
        entry.expires =
            seconds + std::max<std::int64_t>(1, options_.expire_after.count() / kSecond);
    }
    if (entry.expires != 0 && entry.expires <= seconds) {
        return entry;
    }
    if (!options_.value.empty()) {
        entry.value = value_.fill(row);
        return entry;
    }
    MB_TRY(const Row mapped, make_row(message.new_image, options_.mapping));
    entry.value = json_of(mapped);
    return entry;
}

std::string fitting_key(std::string key) {
    if (key.size() <= kKeyBytesMax) {
        return key;
    }
    const std::string digest = base::sha256(key);
    constexpr std::size_t kHexDigits = 2;
    key.resize(kKeyBytesMax - 1 - kHexDigits * digest.size());
    key += '#';
    for (const char byte : digest) {
        key += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    }
    return key;
}

}  // namespace millbeck::sinks::memcached
