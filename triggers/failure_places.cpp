#include "triggers/failure_places.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/http_client.hpp"
#include "base/mutex.hpp"

namespace millbeck::triggers {

namespace {

using base::Code;
using base::Result;
using base::Status;

constexpr base::Milliseconds kPostTimeout{10'000};
constexpr std::size_t kDateChars = 10;     // of `2019-11-14T00:13:49.717`
constexpr std::size_t kInstantChars = 19;  // without milliseconds

class FailureFolder final : public Destination {
  public:
    FailureFolder(base::FileSystem& files, base::Random& random, shardlog::Identity identity,
                  base::Path folder)
        : files_(files),
          random_(random),
          identity_(std::move(identity)),
          folder_(std::move(folder)) {}

    Status take(const FailedBatch& failed) override {
        const std::string of = fmt::format("{}/{}", failed.trigger.value(), failed.batch->shard_id);
        const std::string arn = function_arn(identity_, failed.function);
        return put(of, failed.failed_at, failure_document(failed, arn, Payload::Kept));
    }

    Status take(const FinishedCall& call) override {
        return put("async/" + call.function, call.ended_at, call_document(call, identity_));
    }

  private:
    Status put(std::string_view of, base::WallTime when, const std::string& document) {
        const base::Path file = folder_ / key_of(of, when);
        MB_TRY_STATUS(files_.create_folders(file.parent_path()));
        return base::write_atomically(files_, file, document);
    }

    [[nodiscard]] std::string key_of(std::string_view of, base::WallTime when) const {
        const std::string time = base::to_iso8601(when);
        std::string day = time.substr(0, kDateChars);
        std::replace(day.begin(), day.end(), '-', '/');
        std::string second = time.substr(0, kInstantChars);
        std::replace(second.begin(), second.end(), ':', '.');
        return fmt::format("aws/lambda/{}/{}/{}-{}", of, day, second, base::make_uuid(random_));
    }

    base::FileSystem& files_;
    base::Random& random_;
    const shardlog::Identity identity_;
    const base::Path folder_;
};

class FailureUrl final : public Destination {
  public:
    FailureUrl(std::unique_ptr<base::HttpClient> client, shardlog::Identity identity,
               std::string target)
        : identity_(std::move(identity)), target_(std::move(target)), client_(std::move(client)) {}

    Status take(const FailedBatch& failed) override {
        const std::string arn = function_arn(identity_, failed.function);
        return post(failure_document(failed, arn, Payload::Kept));
    }

    Status take(const FinishedCall& call) override { return post(call_document(call, identity_)); }

  private:
    Status post(const std::string& document) {
        const base::MutexLock lock(mutex_);
        MB_TRY(const auto answer,
               client_->send("POST", target_, document, {{"Content-Type", "application/json"}},
                             kPostTimeout));
        if (answer.status < 200 || answer.status > 299) {
            return base::fail(Code::Unavailable,
                              fmt::format("it answered with status {}", answer.status));
        }
        return {};
    }

    const shardlog::Identity identity_;
    const std::string target_;
    base::Mutex mutex_;
    std::unique_ptr<base::HttpClient> client_ MB_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<Destination> open_failure_folder(base::FileSystem& files, base::Random& random,
                                                 shardlog::Identity identity, base::Path folder) {
    return std::make_unique<FailureFolder>(files, random, std::move(identity), std::move(folder));
}

Result<std::unique_ptr<Destination>> open_failure_url(shardlog::Identity identity,
                                                      std::string_view url) {
    constexpr std::string_view kScheme = "http://";
    if (!url.starts_with(kScheme)) {
        return base::fail(Code::Invalid, fmt::format("\"{}\" is not an http:// URL", url));
    }
    const std::size_t path = std::min(url.find('/', kScheme.size()), url.size());
    MB_TRY(auto client, base::HttpClient::open(url.substr(0, path)));
    return std::unique_ptr<Destination>(
        std::make_unique<FailureUrl>(std::move(client), std::move(identity),
                                     path == url.size() ? "/" : std::string(url.substr(path))));
}

}  // namespace millbeck::triggers
