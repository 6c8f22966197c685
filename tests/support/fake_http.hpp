// An HTTP request without a connection, and a place for its one answer.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>
#include <strings.h>

#include "base/http_server.hpp"

namespace millbeck::tests {

class FakeHttpRequest final : public base::HttpRequest {
  public:
    FakeHttpRequest(std::string method, std::string target, std::string body)
        : method_(std::move(method)), target_(std::move(target)), body_(std::move(body)) {}

    // Names as a client writes them; compared without regard to case, as HTTP does.
    FakeHttpRequest& with(std::string name, std::string value) {
        headers_.insert_or_assign(std::move(name), std::move(value));
        return *this;
    }
    FakeHttpRequest& without(const std::string& name) {
        headers_.erase(name);
        return *this;
    }

    [[nodiscard]] std::string_view method() const override { return method_; }
    [[nodiscard]] std::string_view target() const override { return target_; }
    [[nodiscard]] std::string_view body() const override { return body_; }
    [[nodiscard]] std::string_view header(std::string_view name) const override {
        const auto found = headers_.find(name);
        return found == headers_.end() ? std::string_view() : found->second;
    }
    [[nodiscard]] bool peer_closed() const override { return false; }

  private:
    struct IgnoreCase {
        using is_transparent = void;
        bool operator()(std::string_view a, std::string_view b) const {
            const int order = strncasecmp(a.data(), b.data(), std::min(a.size(), b.size()));
            return order != 0 ? order < 0 : a.size() < b.size();
        }
    };

    std::string method_;
    std::string target_;
    std::string body_;
    std::map<std::string, std::string, IgnoreCase> headers_;
};

// Takes one answer from any thread. A second one is the caller's bug and fails the test.
class Answer {
  public:
    [[nodiscard]] base::Responder responder() const {
        return [state = state_](base::HttpResponse response) {
            const std::lock_guard lock(state->mutex);
            EXPECT_FALSE(state->response) << "answered twice";
            state->response = std::move(response);
            state->arrived.notify_all();
        };
    }

    // Waits for it; an answer that never comes fails the test after a generous while.
    [[nodiscard]] base::HttpResponse wait() const {
        std::unique_lock lock(state_->mutex);
        const bool came = state_->arrived.wait_for(lock, std::chrono::seconds(60),
                                                   [&] { return state_->response.has_value(); });
        EXPECT_TRUE(came) << "no answer";
        return came ? *state_->response : base::HttpResponse{};
    }

  private:
    struct State {
        std::mutex mutex;
        std::condition_variable arrived;
        std::optional<base::HttpResponse> response;
    };
    std::shared_ptr<State> state_ = std::make_shared<State>();
};

// The value of a header of an answer; empty when absent.
inline std::string header_of(const base::HttpResponse& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
        if (key == name) {
            return value;
        }
    }
    return "";
}

}  // namespace millbeck::tests
