#include "sinks/kafka/outgoing.hpp"

#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "sinks/row.hpp"

namespace millbeck::sinks::kafka {

using base::Code;

namespace {

std::string_view operation_of(const Message& message, Content content) {
    if (content == Content::Rows) {
        return "r";
    }
    switch (message.event) {
        case Event::Insert:
            return "c";
        case Event::Modify:
            return "u";
        case Event::Remove:
            break;
    }
    return "d";
}

base::Status append_image(std::string& out, std::string_view image, const RowMapping& mapping) {
    if (image.empty()) {
        out += "null";
        return {};
    }
    MB_TRY(const Row row, make_row(image, mapping));
    append_json(out, row);
    return {};
}

// Builds texts one behind the other; what points into them is made when none is added any more.
class Maker {
  public:
    Maker(const KafkaOptions& options, const Origin& origin, base::WallTime now)
        : options_(options), origin_(origin), now_(now) {}

    base::Status add(const Message& message, Content content, std::string_view shard_id) {
        const bool is_removal = message.event == Event::Remove;
        if (options_.format == KafkaFormat::Record) {
            push(message, message.record, false);
            return {};
        }
        if (!is_removal && message.new_image.empty()) {
            return base::fail(Code::Invalid,
                              "the table's stream shows no new images, which formats row and "
                              "debezium are made of: set it to NEW_IMAGE or NEW_AND_OLD_IMAGES");
        }
        std::string& text = *made_.text;
        const std::size_t begin = text.size();
        if (options_.format == KafkaFormat::Debezium) {
            MB_TRY_STATUS(append_envelope(message, content, shard_id));
        } else if (!is_removal) {
            MB_TRY_STATUS(append_image(text, message.new_image, options_.mapping));
        }
        if (text.size() > begin) {
            push(message, {}, false);
            places_.push_back({made_.messages.size() - 1, begin, text.size() - begin});
        }
        if (is_removal) {
            push(message, {}, true);
        }
        return {};
    }

    OutgoingBatch take(std::string shard_id, Content content) {
        OutgoingBatch batch = std::move(made_);
        batch.shard_id = std::move(shard_id);
        batch.content = content;
        for (const Place& place : places_) {
            batch.messages[place.message].value =
                std::string_view(*batch.text).substr(place.begin, place.size);
        }
        return batch;
    }

    void reserve(std::size_t messages) { made_.messages.reserve(messages); }

  private:
    struct Place {
        std::size_t message;
        std::size_t begin;
        std::size_t size;
    };

    void push(const Message& message, std::string_view value, bool is_tombstone) {
        Outgoing out;
        out.id = message.id;
        out.key = message.key;
        out.value = value;
        out.is_tombstone = is_tombstone;
        out.event = message.event;
        out.milliseconds = message.milliseconds;
        made_.messages.push_back(out);
    }

    // Source: Debezium's documentation of change events, without their schema part.
    base::Status append_envelope(const Message& message, Content content,
                                 std::string_view shard_id) {
        std::string& out = *made_.text;
        out += R"({"op":")";
        out += operation_of(message, content);
        out += R"(","before":)";
        MB_TRY_STATUS(append_image(out, message.old_image, options_.mapping));
        out += R"(,"after":)";
        MB_TRY_STATUS(append_image(out, message.event == Event::Remove ? "" : message.new_image,
                                   options_.mapping));
        out += R"(,"source":{"connector":"millbeck","name":)";
        append_json_text(out, origin_.sink);
        out += R"(,"table":)";
        append_json_text(out, origin_.table);
        out += R"(,"shard":)";
        append_json_text(out, shard_id);
        out += R"(,"sequence":)";
        append_json_text(out, message.id);
        fmt::format_to(std::back_inserter(out), R"(,"snapshot":"{}","ts_ms":{}}},"ts_ms":{}}})",
                       content == Content::Rows ? "true" : "false", message.milliseconds,
                       base::to_millis(now_));
        return {};
    }

    const KafkaOptions& options_;
    const Origin& origin_;
    base::WallTime now_;
    OutgoingBatch made_;
    std::vector<Place> places_;
};

}  // namespace

base::Result<OutgoingBatch> make_outgoing(const Batch& batch, const KafkaOptions& options,
                                          const Origin& origin, base::WallTime now) {
    Maker maker(options, origin, now);
    maker.reserve(batch.messages.size());
    for (const Message& message : batch.messages) {
        MB_TRY_STATUS(maker.add(message, batch.content, batch.shard_id));
    }
    return maker.take(batch.shard_id, batch.content);
}

base::Result<OutgoingBatch> make_removals(const std::vector<std::string>& keys,
                                          const KafkaOptions& options, const Origin& origin,
                                          base::WallTime now) {
    // There is no record of it, so none is made up: in format record the value is absent.
    KafkaOptions removing = options;
    if (removing.format == KafkaFormat::Record) {
        removing.format = KafkaFormat::Plain;
    }
    Maker maker(removing, origin, now);
    for (const std::string& key : keys) {
        Message message;
        message.id = "";
        message.key = key;
        message.event = Event::Remove;
        message.milliseconds = base::to_millis(now);
        MB_TRY_STATUS(maker.add(message, Content::Changes, ""));
    }
    return maker.take("", Content::Changes);
}

}  // namespace millbeck::sinks::kafka
