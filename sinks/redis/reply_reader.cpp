#include <string>
#include <utility>

#include <fmt/format.h>
#include <hiredis/read.h>

#include "sinks/redis/reply.hpp"

namespace millbeck::sinks::redis {

namespace {

// The reader makes our replies in place: an element is written where its array holds it.
Reply* place_of(const redisReadTask* task) {
    if (task->parent == nullptr) {
        return std::make_unique<Reply>().release();  // given back by next() or free_object
    }
    auto* array = static_cast<Reply*>(task->parent->obj);
    return &array->elements[static_cast<std::size_t>(task->idx)];
}

Reply::Kind text_kind(int type) {
    switch (type) {
        case REDIS_REPLY_STATUS:
            return Reply::Kind::Status;
        case REDIS_REPLY_ERROR:
            return Reply::Kind::Error;
        default:
            return Reply::Kind::Text;
    }
}

void* create_text(const redisReadTask* task, char* text, std::size_t size) {
    Reply* reply = place_of(task);
    reply->kind = text_kind(task->type);
    reply->text.assign(text, size);
    return reply;
}

void* create_array(const redisReadTask* task, int size) {
    Reply* reply = place_of(task);
    reply->kind = Reply::Kind::Array;
    reply->elements.resize(static_cast<std::size_t>(size));
    return reply;
}

void* create_integer(const redisReadTask* task, long long value) {
    Reply* reply = place_of(task);
    reply->kind = Reply::Kind::Integer;
    reply->integer = value;
    return reply;
}

void* create_nil(const redisReadTask* task) {
    return place_of(task);
}

// Called with whole replies only.
void free_object(void* reply) {
    const std::unique_ptr<Reply> owned(static_cast<Reply*>(reply));
}

redisReplyObjectFunctions functions() {
    return {create_text, create_array, create_integer, create_nil, free_object};
}

struct Free {
    void operator()(redisReader* reader) const { redisReaderFree(reader); }
};

}  // namespace

struct ReplyReader::Impl {
    redisReplyObjectFunctions makers = functions();
    std::unique_ptr<redisReader, Free> reader{redisReaderCreateWithFunctions(&makers)};

    [[nodiscard]] base::Error error() const {
        return {base::Code::Io,
                fmt::format("the server does not speak Redis's protocol ({})", reader->errstr)};
    }
};

ReplyReader::ReplyReader() : impl_(std::make_unique<Impl>()) {
    MB_CHECK(impl_->reader != nullptr, "out of memory");
}
ReplyReader::~ReplyReader() = default;

base::Status ReplyReader::feed(std::string_view bytes) {
    if (redisReaderFeed(impl_->reader.get(), bytes.data(), bytes.size()) != REDIS_OK) {
        return tl::unexpected(impl_->error());
    }
    return {};
}

base::Result<std::optional<Reply>> ReplyReader::next() {
    void* made = nullptr;
    if (redisReaderGetReply(impl_->reader.get(), &made) != REDIS_OK) {
        return tl::unexpected(impl_->error());
    }
    if (made == nullptr) {
        return std::optional<Reply>{};
    }
    const std::unique_ptr<Reply> owned(static_cast<Reply*>(made));
    return std::optional<Reply>(std::move(*owned));
}

}  // namespace millbeck::sinks::redis
