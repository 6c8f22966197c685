// A node without sockets: a real log and store in a folder of their own, the committer on its
// thread, and the Api in front. Time stands still until moved.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "capture/table_store.hpp"
#include "runtime/api/api.hpp"
#include "runtime/restore/table_backups.hpp"
#include "runtime/restore/table_exports.hpp"
#include "runtime/restore/table_restores.hpp"
#include "shardlog/shard_log.hpp"
#include "tests/support/fake_http.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::tests {

// A trigger manager with no triggers: everything is delivered.
class NoTriggers final : public runtime::TriggerManager {
  public:
    base::Status add(triggers::TriggerSpec /*spec*/,
                     std::shared_ptr<sinks::Sink> /*sink*/) override {
        return base::fail(base::Code::Unsupported, "no triggers here");
    }
    base::Status update(triggers::TriggerSpec /*spec*/, std::shared_ptr<sinks::Sink> /*sink*/,
                        std::function<void()> /*done*/) override {
        return base::fail(base::Code::NotFound, "no triggers here");
    }
    base::Status remove(const std::string& /*name*/, std::function<void()> /*done*/) override {
        return base::fail(base::Code::NotFound, "no triggers here");
    }
    void start() override {}
    void stop(base::Milliseconds /*deadline*/) override {}
    [[nodiscard]] std::vector<runtime::TriggerStatus> status() const override { return {}; }
    [[nodiscard]] std::vector<runtime::TriggerStatus> brief_status() const override { return {}; }
    void wait_drained(base::Milliseconds /*timeout*/, std::function<void(bool)> done) override {
        done(true);
    }
    base::Status begin_copy(const std::string& name) override {
        return base::fail(base::Code::NotFound, "there is no sink named " + name);
    }
    base::Status move(
        const std::string& name, runtime::TriggerMove /*move*/,
        std::function<void(base::Result<triggers::CheckpointChange>)> /*done*/) override {
        return base::fail(base::Code::NotFound, "there is no trigger named " + name);
    }
    [[nodiscard]] base::Result<std::vector<triggers::CheckpointChange>> changes(
        const std::string& name, std::size_t /*limit*/) const override {
        return base::fail(base::Code::NotFound, "there is no trigger named " + name);
    }
    [[nodiscard]] std::vector<runtime::TriggerPositions> positions() const override { return {}; }
    bool look_again(const triggers::TriggerId& /*trigger*/) override { return false; }
    [[nodiscard]] std::vector<runtime::Unhealthy> unhealthy() const override { return {}; }
};

// Segments small enough to be made in no time.
inline shardlog::LogOptions small_log() {
    shardlog::LogOptions options;
    options.segment_bytes = 4U << 20U;
    options.commit_bytes_max = 2U << 20U;
    return options;
}

// Whether a node can restore, back up and export tables.
enum class Copies { None, Kept };

class ApiNode {
  public:
    explicit ApiNode(shardlog::LogOptions log_options = small_log(), Copies copies = Copies::None)
        : log_options_(std::move(log_options)), copies_(copies) {
        open();
    }
    ApiNode(const ApiNode&) = delete;
    ApiNode& operator=(const ApiNode&) = delete;
    ~ApiNode() { close(); }

    // What a crash leaves is opened again; time goes on.
    void restart() {
        close();
        open();
    }

    [[nodiscard]] base::HttpResponse send(const FakeHttpRequest& request) const {
        const Answer answer;
        api_->handle(request, answer.responder());
        return answer.wait();
    }

    // A signed call with a JSON body, as an SDK sends it. `call`: "PutItem", "GetRecords", ...
    [[nodiscard]] base::HttpResponse call(std::string_view call, std::string body) const {
        return send(signed_request(call, std::move(body)));
    }

    // The same, not waited for.
    [[nodiscard]] Answer begin(std::string_view call, std::string body) const {
        Answer answer;
        api_->handle(signed_request(call, std::move(body)), answer.responder());
        return answer;
    }

    [[nodiscard]] static FakeHttpRequest signed_request(std::string_view call, std::string body) {
        const bool stream = call.find("Stream") != std::string_view::npos || call == "GetRecords" ||
                            call == "GetShardIterator";
        std::string target = stream ? "DynamoDBStreams_20120810." : "DynamoDB_20120810.";
        FakeHttpRequest request("POST", "/", std::move(body));
        request.with("Content-Type", "application/x-amz-json-1.0")
            .with("X-Amz-Target", target.append(call))
            .with("X-Amz-Date", "20231114T221320Z")
            .with("Authorization",
                  "AWS4-HMAC-SHA256 Credential=any/20231114/us-east-1/dynamodb/aws4_request, "
                  "SignedHeaders=host;x-amz-date, Signature=0");
        return request;
    }

    // The body of a call that must succeed.
    // NOLINTNEXTLINE(modernize-use-nodiscard): that it succeeded is often all that matters.
    std::string ok(std::string_view name, std::string body) const {
        const auto response = call(name, std::move(body));
        EXPECT_EQ(response.status, 200U) << name << ": " << response.body;
        return response.body;
    }

    triggers::DeadLetterStore& dead_letters() { return *dead_letters_; }
    shardlog::ShardLog& log() { return *log_; }
    capture::TableStore& store() { return *store_; }
    base::VirtualClock& clock() { return clock_; }
    base::Metrics& metrics() { return metrics_; }
    [[nodiscard]] base::Path path() const { return folder_.path(); }

  private:
    void open() {
        log_ = must(shardlog::ShardLog::open(*files_, folder_.path() / "log", clock_, metrics_,
                                             log_options_));
        store_ = must(capture::TableStore::open({*files_, clock_, *random_, metrics_, *log_},
                                                folder_.path() / "store", {}));
        dead_letters_ =
            must(triggers::DeadLetterStore::open(folder_.path() / "dead-letters.db", {}));
        committer_ = std::jthread([this](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                EXPECT_TRUE(store_->commit_some(base::Milliseconds(50)));
            }
        });
        runtime::ApiContext context{*store_, *log_,    triggers_, *dead_letters_,
                                    clock_,  *random_, metrics_,  shardlog::Identity{}};
        if (copies_ == Copies::Kept) {
            open_copies(context);
        }
        api_ = runtime::Api::create(context);
    }

    void open_copies(runtime::ApiContext& context) {
        restores_ =
            must(runtime::TableRestores::open(*store_, *random_, folder_.path() / "restores.db"));
        backups_ = must(runtime::TableBackups::open({*files_, *store_, clock_, *random_},
                                                    folder_.path() / "backups"));
        exports_ = must(runtime::TableExports::open({*files_, clock_, *random_},
                                                    folder_.path() / "exports.db",
                                                    folder_.path() / "exports"));
        context.restores = restores_.get();
        context.backups = backups_.get();
        context.exports = exports_.get();
    }

    void close() {
        api_.reset();
        restores_.reset();
        backups_.reset();
        exports_.reset();
        committer_.request_stop();
        store_->close_queue();
        committer_.join();
        dead_letters_.reset();
        store_.reset();
        log_.reset();
    }

    template <typename T>
    static std::unique_ptr<T> must(base::Result<std::unique_ptr<T>> opened) {
        if (!opened) {
            ADD_FAILURE() << opened.error().message;
            std::abort();
        }
        return std::move(*opened);
    }

    const shardlog::LogOptions log_options_;
    const Copies copies_;
    TempFolder folder_;
    std::unique_ptr<base::FileSystem> files_ = base::system_files();
    base::VirtualClock clock_;
    std::unique_ptr<base::Random> random_ = base::seeded_random(1);
    base::Metrics metrics_;
    NoTriggers triggers_;
    std::unique_ptr<shardlog::ShardLog> log_;
    std::unique_ptr<triggers::DeadLetterStore> dead_letters_;
    std::unique_ptr<capture::TableStore> store_;
    std::unique_ptr<runtime::TableBackups> backups_;
    std::unique_ptr<runtime::TableExports> exports_;
    std::unique_ptr<runtime::TableRestores> restores_;
    std::unique_ptr<runtime::Api> api_;
    std::jthread committer_;
};

}  // namespace millbeck::tests
