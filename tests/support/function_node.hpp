// Functions without sockets: a registry in a folder of its own, Lambda's calls on it, and processes
// that are the test function.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "runtime/lambda/function_calls.hpp"
#include "runtime/lambda/function_registry.hpp"
#include "runtime/lambda/invoke_calls.hpp"
#include "shardlog/base64.hpp"
#include "tests/support/fake_http.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/zip_maker.hpp"

namespace millbeck::tests {

class FunctionNode {
  public:
    using Json = nlohmann::json;

    // `clock` outlives it; only the machine's serves for calls.
    explicit FunctionNode(const base::Clock& clock) : clock_(clock) { open(); }
    FunctionNode(const FunctionNode&) = delete;
    FunctionNode& operator=(const FunctionNode&) = delete;
    ~FunctionNode() { close(); }

    void configure(std::vector<runtime::lambda::FunctionRegistry::Configured> configured) {
        configured_ = std::move(configured);
        restart();
    }
    void restart() {
        close();
        open();
    }

    struct Reply {
        unsigned status = 0;
        std::string body;
        std::vector<std::pair<std::string, std::string>> headers;

        [[nodiscard]] Json json() const { return Json::parse(body, nullptr, false); }
        [[nodiscard]] std::string header(const std::string& name) const {
            const auto found = std::find_if(headers.begin(), headers.end(),
                                            [&](const auto& each) { return each.first == name; });
            return found == headers.end() ? "" : found->second;
        }
    };

    Reply send(const FakeHttpRequest& request) {
        const std::string target(request.target());
        const std::size_t mark = target.find('?');
        const auto match = table_.find(request.method(), target.substr(0, mark));
        if (!match) {
            ADD_FAILURE() << "no route for " << request.method() << " " << target;
            return {};
        }
        auto query =
            runtime::parse_parameters(mark == std::string::npos ? "" : target.substr(mark + 1));
        auto call = std::make_shared<const runtime::lambda::LambdaCall>(
            runtime::lambda::LambdaCall{request, match->places, std::move(*query), "request-1"});
        if (match->route->handle) {
            return reply_of(match->route->handle(*call));
        }
        const Answer answer;
        match->route->start(call, [respond = answer.responder()](auto result) {
            Reply reply = reply_of(std::move(result));
            base::HttpResponse response;
            response.status = reply.status;
            response.body = std::move(reply.body);
            response.headers = std::move(reply.headers);
            respond(std::move(response));
        });
        base::HttpResponse response = answer.wait();
        return {response.status, std::move(response.body), std::move(response.headers)};
    }
    Reply call(const std::string& method, const std::string& target, const Json& body = {}) {
        return send(FakeHttpRequest(method, target, body.is_null() ? "" : body.dump()));
    }

    // Of a function in Python; `more` wins.
    static Json create_body(const Json& more = Json::object(), const std::string& source = "x") {
        std::string zip;
        shardlog::append_base64(zip, make_zip({{"app.py", source}}));
        Json body{{"FunctionName", "fn"},
                  {"Runtime", "python3.12"},
                  {"Role", "arn:aws:iam::000000000000:role/any"},
                  {"Handler", "app.handler"},
                  {"Code", {{"ZipFile", zip}}}};
        body.update(more);
        return body;
    }
    Reply create(const Json& more = Json::object()) {
        return call("POST", "/2015-03-31/functions", create_body(more));
    }
#ifdef MILLBECK_TEST_FUNCTION
    // What create() needs for a function that is the test function in one of its modes.
    Json test_function(const std::vector<std::string>& mode) const {
        std::vector<std::string> command{MILLBECK_TEST_FUNCTION};
        command.insert(command.end(), mode.begin(), mode.end());
        return {{"Code", {{"MillbeckPath", folder_.path().native()}}},
                {"MillbeckCommand", command},
                {"Timeout", 60}};
    }
#endif

    // Where calls of type Event are told how they ended: what it was told, in order.
    class Told {
      public:
        // While `refuse` is set nothing is taken.
        void refuse(bool refuses) {
            const std::lock_guard lock(mutex_);
            refuses_ = refuses;
        }
        base::Status take(const std::string& arn, const triggers::FinishedCall& call) {
            const std::lock_guard lock(mutex_);
            ++asked_;
            changed_.notify_all();
            if (refuses_) {
                return base::fail(base::Code::Unavailable, "not now");
            }
            calls_.emplace_back(arn, call);
            return {};
        }
        [[nodiscard]] std::vector<std::pair<std::string, triggers::FinishedCall>> wait(
            std::size_t count) {
            std::unique_lock lock(mutex_);
            changed_.wait_for(lock, std::chrono::seconds(60),
                              [&] { return calls_.size() >= count; });
            return calls_;
        }
        bool wait_asked(std::size_t count) {
            std::unique_lock lock(mutex_);
            return changed_.wait_for(lock, std::chrono::seconds(60),
                                     [&] { return asked_ >= count; });
        }

      private:
        std::mutex mutex_;
        std::condition_variable changed_;
        bool refuses_ = false;
        std::size_t asked_ = 0;
        std::vector<std::pair<std::string, triggers::FinishedCall>> calls_;
    } told;

    runtime::lambda::FunctionRegistry& registry() {
        return *registry_;
    }
    [[nodiscard]] const std::filesystem::path& folder() const {
        return folder_.path();
    }
    base::Metrics& metrics() {
        return metrics_;
    }

    void open() {
        auto registry = runtime::lambda::FunctionRegistry::open(
            {.data = folder_.path(),
             .function = {.clock = clock_,
                          .metrics = metrics_,
                          .on_stderr = [](std::string_view, std::string_view) {}},
             .files = *files_,
             .random = *random_},
            configured_);
        ASSERT_TRUE(registry) << registry.error().message;
        registry_ = std::move(*registry);
        invokes_ = runtime::lambda::InvokeCalls::create(
            {.registry = *registry_,
             .clock = clock_,
             .files = *files_,
             .metrics = metrics_,
             .data = folder_.path(),
             .random = *random_,
             .hand_over = [this](const std::string& arn, const triggers::FinishedCall& call) {
                 return told.take(arn, call);
             }});
        const auto started = invokes_->start();
        ASSERT_TRUE(started) << started.error().message;
        const runtime::lambda::FunctionCallContext context{
            .registry = *registry_,
            .clock = clock_,
            .random = *random_,
            .has_destination = [](const std::string& arn) { return arn.ends_with(":known"); }};
        add_function_calls(table_, context);
        add_version_calls(table_, context);
        add_alias_calls(table_, context);
        add_function_setting_calls(table_, context);
        add_event_config_calls(table_, context);
        add_permission_calls(table_, context);
        add_tag_routes(table_, {tags_of_functions(context)});
        invokes_->add_to(table_);
    }
    void close() {
        table_ = {};
        registry_->stop(clock_.instant());
        invokes_.reset();
        registry_.reset();
    }

  private:
    static Reply reply_of(
        const runtime::lambda::LambdaResult<runtime::lambda::LambdaAnswer>& result) {
        if (!result) {
            return {result.error().exception.status,
                    runtime::lambda::error_body(result.error()),
                    {{"x-amzn-ErrorType", std::string(result.error().exception.name)}}};
        }
        return {result->status, result->body, result->headers};
    }

    const base::Clock& clock_;
    TempFolder folder_;
    std::unique_ptr<base::FileSystem> files_ = base::system_files();
    std::unique_ptr<base::Random> random_ = base::seeded_random(1);
    base::Metrics metrics_;
    std::vector<runtime::lambda::FunctionRegistry::Configured> configured_;
    std::unique_ptr<runtime::lambda::FunctionRegistry> registry_;
    std::unique_ptr<runtime::lambda::InvokeCalls> invokes_;
    runtime::lambda::RouteTable table_;
};

}  // namespace millbeck::tests
