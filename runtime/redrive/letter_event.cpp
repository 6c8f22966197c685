#include "runtime/redrive/letter_event.hpp"

#include <charconv>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace millbeck::runtime {

using base::Code;
using base::Result;

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

// Walks over JSON that was written by this program: it is not checked again, but no text makes it
// read beyond the end.
class Walk {
  public:
    explicit Walk(std::string_view text) : text_(text) {}

    // Past the character, when it comes next.
    bool take(char wanted) {
        skip_blanks();
        if (at_ < text_.size() && text_[at_] == wanted) {
            ++at_;
            return true;
        }
        return false;
    }

    // The text of the value that comes next; "" at the end.
    std::string_view value() {
        skip_blanks();
        const std::size_t begin = at_;
        std::size_t depth = 0;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '"') {
                skip_string();
                if (depth == 0) {
                    break;
                }
                continue;
            }
            if (depth == 0 && (c == ',' || c == ']' || c == '}')) {
                break;
            }
            depth += c == '{' || c == '[' ? 1U : 0U;
            depth -= c == '}' || c == ']' ? 1U : 0U;
            ++at_;
            if (depth == 0 && (c == '}' || c == ']')) {
                break;
            }
        }
        return text_.substr(begin, at_ - begin);
    }

    // What has not been walked over.
    [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }

  private:
    void skip_blanks() { at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size()); }
    void skip_string() {
        for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
            at_ += text_[at_] == '\\' ? 1U : 0U;
        }
        at_ = std::min(at_ + 1, text_.size());
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

using Visit = std::function<void(std::string_view name, std::string_view value)>;

// Names come with their quotes.
bool for_each_member(std::string_view object, const Visit& visit) {
    Walk walk(object);
    if (!walk.take('{')) {
        return false;
    }
    while (!walk.take('}')) {
        const std::string_view name = walk.value();
        if (name.empty() || !walk.take(':')) {
            return false;
        }
        visit(name, walk.value());
        walk.take(',');
    }
    return true;
}

std::string_view unquoted(std::string_view text) {
    return text.size() < 2 ? text : text.substr(1, text.size() - 2);
}

std::int64_t milliseconds_of(std::string_view seconds) {
    std::int64_t whole = 0;
    std::from_chars(seconds.data(), seconds.data() + seconds.size(), whole);
    return whole * 1'000;
}

bool read_change(std::string_view change, sinks::Message& message) {
    return for_each_member(change, [&](std::string_view name, std::string_view value) {
        if (name == R"("Keys")") {
            message.key = value;
        } else if (name == R"("NewImage")") {
            message.new_image = value;
        } else if (name == R"("OldImage")") {
            message.old_image = value;
        } else if (name == R"("SequenceNumber")") {
            message.id = unquoted(value);
        } else if (name == R"("ApproximateCreationDateTime")") {
            message.milliseconds = milliseconds_of(value);
        }
    });
}

std::optional<sinks::Message> read_record(std::string_view record) {
    sinks::Message message;
    message.record = record;
    bool is_whole = true;
    const bool read = for_each_member(record, [&](std::string_view name, std::string_view value) {
        if (name == R"("dynamodb")") {
            is_whole = read_change(value, message);
        } else if (name == R"("eventName")") {
            message.event = value == R"("INSERT")"   ? sinks::Event::Insert
                            : value == R"("REMOVE")" ? sinks::Event::Remove
                                                     : sinks::Event::Modify;
        } else if (name == R"("userIdentity")") {
            message.is_expiry = true;
        }
    });
    if (!read || !is_whole || message.key.empty() || message.id.empty()) {
        return std::nullopt;
    }
    return message;
}

// `"Records":[...]`; what follows them are the members of a window.
bool read_event(std::string_view event, sinks::Batch& batch) {
    Walk walk(event);
    if (!walk.take('{') || walk.value() != R"("Records")" || !walk.take(':') || !walk.take('[')) {
        return false;
    }
    while (!walk.take(']')) {
        const std::string_view record = walk.value();
        auto message = record.empty() ? std::nullopt : read_record(record);
        if (!message) {
            return false;
        }
        batch.payload_bytes += record.size();
        batch.messages.push_back(*message);
        walk.take(',');
    }
    walk.take(',');
    const std::string_view members = walk.rest();
    if (members.empty() || members.back() != '}') {
        return false;
    }
    batch.members = std::string(members.substr(0, members.size() - 1));
    return true;
}

}  // namespace

Result<std::shared_ptr<const sinks::Batch>> batch_of(const triggers::DeadLetter& letter) {
    auto event = std::make_shared<const std::string>(letter.event);
    auto batch = std::make_shared<sinks::Batch>();
    batch->request_id = letter.request_id;
    batch->trigger = letter.trigger;
    batch->shard_id = letter.shard_id;
    if (!read_event(*event, *batch)) {
        return base::fail(
            Code::Malformed,
            fmt::format("the event of dead letter {} holds no records of a stream", letter.number));
    }
    batch->memory = std::move(event);
    return std::shared_ptr<const sinks::Batch>(std::move(batch));
}

}  // namespace millbeck::runtime
