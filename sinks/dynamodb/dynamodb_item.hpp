// Items as this sink writes and reads them: stamped with where and when they come from. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sinks/dynamodb/dynamodb_options.hpp"
#include "sinks/sink.hpp"

namespace millbeck::sinks {

class DynamoDbItems {
  public:
    // Borrowed. Requires: valid options.
    explicit DynamoDbItems(const DynamoDbOptions& options) : options_(options) {}

    struct Stamp {
        std::string generation;  // "": none
        std::string_view sequence;
        std::int64_t seconds = 0;  // now, since 1970
    };
    // `g-1:` and `g-1:0000...17`: texts whose order is that of the numbers.
    static std::string stamp_prefix(const Stamp& stamp);
    static std::string stamp_text(const Stamp& stamp);

    // The body of the PutItem or DeleteItem that makes the target hold this change, if what it
    // holds is older. Errors: Corrupt; Invalid (a sequence of more than 40 digits, or no new
    // image).
    [[nodiscard]] base::Result<std::string> request(const Message& message, std::string_view table,
                                                    const Stamp& stamp) const;
    [[nodiscard]] bool is_put(const Message& message) const {
        return message.event != Event::Remove ||
               options_.deletes == DynamoDbOptions::Deletes::Tombstone;
    }

    // Whether this change is none of ours to send: the peer made it, or a tombstone expired.
    // Errors: Invalid (a two-way sink needs old images), Corrupt.
    [[nodiscard]] base::Result<bool> is_echo(const Message& message) const;

    // What is compared: the mapped item without stamps, members and sets sorted; "" for a
    // tombstone.
    [[nodiscard]] base::Result<std::string> content(std::string_view image, std::string_view key,
                                                    bool is_mapped) const;

  private:
    [[nodiscard]] base::Result<std::string> item(std::string_view image,
                                                 std::string_view key) const;
    [[nodiscard]] std::string name(std::string_view rest) const {
        return options_.prefix + std::string(rest);
    }

    const DynamoDbOptions& options_;
};

}  // namespace millbeck::sinks
