#include "sinks/handler/reply.hpp"

#include <cstdint>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace millbeck::sinks {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kErrorTextBytesMax = 1024;  // of what is repeated in logs and status
constexpr std::size_t kExcerptBytesMax = 100;

// Walks the reply without keeping it: only two members of the outermost object matter.
class ReplyReader final : public nlohmann::json_sax<Json> {
  public:
    std::optional<std::string> error_message;
    std::optional<std::string> error_type;

    bool null() override { return true; }
    bool boolean(bool /*value*/) override { return true; }
    bool number_integer(std::int64_t /*value*/) override { return true; }
    bool number_unsigned(std::uint64_t /*value*/) override { return true; }
    bool number_float(double /*value*/, const std::string& /*text*/) override { return true; }
    bool binary(Json::binary_t& /*value*/) override { return true; }
    bool string(std::string& value) override {
        if (depth_ == 1 && wanted_ != nullptr) {
            *wanted_ = value.substr(0, kErrorTextBytesMax);
        }
        return true;
    }
    bool start_object(std::size_t /*elements*/) override {
        ++depth_;
        return true;
    }
    bool end_object() override {
        --depth_;
        return true;
    }
    bool key(std::string& name) override {
        if (depth_ == 1) {
            wanted_ = name == "errorMessage" ? &error_message
                      : name == "errorType"  ? &error_type
                                             : nullptr;
        }
        return true;
    }
    // Members inside an array, also of an outermost one, are below depth 1.
    bool start_array(std::size_t /*elements*/) override {
        depth_ += 2;
        return true;
    }
    bool end_array() override {
        depth_ -= 2;
        return true;
    }
    bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                     const nlohmann::detail::exception& /*error*/) override {
        return false;
    }

  private:
    int depth_ = 0;
    std::optional<std::string>* wanted_ = nullptr;
};

}  // namespace

base::Status judge_reply(std::string_view reply) {
    ReplyReader reader;
    if (!Json::sax_parse(reply.begin(), reply.end(), &reader)) {
        std::string excerpt(reply.substr(0, kExcerptBytesMax));
        if (reply.size() > kExcerptBytesMax) {
            excerpt += "...";
        }
        return base::fail(base::Code::Malformed,
                          "the handler's reply is not one JSON value: " + excerpt);
    }
    if (reader.error_message) {
        const std::string type = reader.error_type ? *reader.error_type + ": " : "";
        return base::fail(base::Code::Io, type + *reader.error_message);
    }
    return {};
}

}  // namespace millbeck::sinks
